"""The outbox against a real mail server, well-behaved and otherwise."""

from datetime import timedelta

import pytest
from django.utils import translation

from eguichet_rdv.messaging.domain import deliver
from eguichet_rdv.messaging.domain.builders import register_temporarily
from eguichet_rdv.messaging.domain.content import Content, Drop
from eguichet_rdv.messaging.domain.deliver import claim, deliver_due
from eguichet_rdv.messaging.enums import MessageChannel, MessageState
from eguichet_rdv.messaging.models import Message
from tests.harness.clock import Clock
from tests.harness.smtp import SmtpMode, SmtpSink
from tests.messaging.conftest import KIND, Queue, write_plain

SECRET = "Jeanne Martin, jeanne@people.example"


def state_of(message: Message) -> str:
    return Message.objects.values_list("state", flat=True).get(pk=message.pk)


def test_due_messages_are_sent_oldest_first_and_once(sink: SmtpSink, queue: Queue, clock: Clock) -> None:
    queue("late", due_at=clock.now + timedelta(minutes=1))
    queue("second", due_at=clock.now - timedelta(minutes=1))
    queue("first", due_at=clock.now - timedelta(minutes=2))
    assert deliver_due(clock) == {"sent": 2}
    assert [mail.recipients for mail in sink.mails] == [("first@people.example",), ("second@people.example",)]
    assert deliver_due(clock) == {}
    clock.advance(timedelta(minutes=1))
    assert deliver_due(clock) == {"sent": 1}


def test_a_sent_message_says_when_and_has_no_lease(sink: SmtpSink, queue: Queue, clock: Clock) -> None:
    message = queue("ada")
    deliver_due(clock)
    message.refresh_from_db()
    assert (message.state, message.sent_at, message.lease, message.lease_until, message.attempts) == (
        MessageState.SENT,
        clock.now,
        None,
        None,
        1,
    )


def test_what_comes_too_late_is_dropped(sink: SmtpSink, queue: Queue, clock: Clock) -> None:
    message = queue("ada", not_after=clock.now)
    assert deliver_due(clock) == {"dropped": 1}
    assert (state_of(message), sink.attempts) == (MessageState.DROPPED, 0)


def test_what_nobody_needs_any_more_is_dropped(sink: SmtpSink, queue: Queue, clock: Clock) -> None:
    message = queue("ada")
    with register_temporarily(KIND, lambda _message: Drop("cancelled")):
        assert deliver_due(clock) == {"dropped": 1}
    message.refresh_from_db()
    assert (message.state, message.problem, sink.attempts) == (MessageState.DROPPED, "cancelled", 0)


def test_a_poisoned_message_is_parked_and_the_others_go(sink: SmtpSink, queue: Queue, clock: Clock) -> None:
    def write_poisoned(message: Message) -> Content:
        raise RuntimeError(SECRET)

    poisoned = queue("poisoned", kind="test.poisoned")
    queue("ada")
    queue("bob")
    with translation.override("en"), register_temporarily("test.poisoned", write_poisoned):
        assert deliver_due(clock) == {"parked": 1, "sent": 2}
    poisoned.refresh_from_db()
    assert poisoned.state == MessageState.PARKED
    assert poisoned.problem.startswith("It could not be written: RuntimeError in test_deliver.py:")
    assert not any(word in poisoned.problem for word in ("Jeanne", "Martin", "@"))


def test_a_subject_with_line_breaks_adds_no_header(sink: SmtpSink, queue: Queue, clock: Clock) -> None:
    queue("ada")
    with register_temporarily(KIND, lambda _message: Content("Hello\r\nBcc: x@evil.example", "text")):
        assert deliver_due(clock) == {"sent": 1}
    (mail,) = sink.mails
    assert (mail.recipients, mail.message["Subject"], mail.message["Bcc"]) == (
        ("ada@people.example",),
        "Hello Bcc: x@evil.example",
        None,
    )


def test_an_unknown_kind_a_channel_without_gateway_and_two_addresses_are_parked(
    sink: SmtpSink, queue: Queue, clock: Clock
) -> None:
    queue("ada", kind="test.unknown")
    queue("bob", channel=MessageChannel.SMS)
    two = queue("eve")
    Message.objects.filter(pk=two.pk).update(recipient="eve@people.example, x@evil.example")
    assert deliver_due(clock) == {"parked": 3}
    assert sink.attempts == 0


def test_a_refused_recipient_is_parked_at_once(sink: SmtpSink, queue: Queue, clock: Clock) -> None:
    gone = queue("gone")
    queue("ada")
    sink.refuse("gone@people.example")
    with translation.override("en"):
        assert deliver_due(clock) == {"parked": 1, "sent": 1}
    gone.refresh_from_db()
    assert (gone.state, gone.problem) == (MessageState.PARKED, "The mail server refused the message (550 5.1.1).")


@pytest.mark.parametrize("mode", [SmtpMode.LATER, SmtpMode.STALL, SmtpMode.UNAVAILABLE])
def test_a_server_in_trouble_gets_the_message_later(mode: SmtpMode, sink: SmtpSink, queue: Queue, clock: Clock) -> None:
    message = queue("ada")
    sink.mode = mode
    assert deliver_due(clock) == {"later": 1}
    message.refresh_from_db()
    assert (message.state, message.attempts, "@" in message.problem) == (MessageState.PENDING, 1, False)
    sink.clear()
    assert deliver_due(clock) == {}
    clock.advance(deliver.FIRST_PAUSE)
    assert deliver_due(clock) == {"sent": 1}
    ids = {mail.message["Message-ID"] for mail in sink.mails}
    assert len(ids) == 1


def test_a_connection_cut_after_the_content_gives_at_most_a_second_copy_with_the_same_id(
    sink: SmtpSink, queue: Queue, clock: Clock
) -> None:
    queue("ada")
    sink.mode = SmtpMode.CLOSE_AFTER_DATA
    assert deliver_due(clock) == {"later": 1}
    sink.mode = SmtpMode.ACCEPT
    clock.advance(deliver.FIRST_PAUSE)
    assert deliver_due(clock) == {"sent": 1}
    assert len(sink.mails) == 2
    assert len({mail.message["Message-ID"] for mail in sink.mails}) == 1


def test_after_an_outage_of_an_hour_everything_goes_out(sink: SmtpSink, queue: Queue, clock: Clock) -> None:
    for number in range(20):
        queue(f"person{number}")
    reminder = queue("too-late", not_after=clock.now + timedelta(minutes=30))
    sink.stop()
    for _minute in range(60):
        assert deliver_due(clock).keys() <= {"later", "dropped"}
        clock.advance(timedelta(minutes=1))
    sink.start()
    clock.advance(deliver.LONGEST_PAUSE)
    assert deliver_due(clock)["sent"] == 20
    assert len({mail.recipients for mail in sink.mails}) == len(sink.mails) == 20
    assert state_of(reminder) == MessageState.DROPPED


def test_an_unreachable_server_is_asked_once_a_run(sink: SmtpSink, queue: Queue, clock: Clock) -> None:
    for number in range(5):
        queue(f"person{number}")
    sink.mode = SmtpMode.UNAVAILABLE
    assert deliver_due(clock) == {"later": 1}
    assert sink.attempts == 1


def test_pauses_grow_and_end_in_parking(sink: SmtpSink, queue: Queue, clock: Clock) -> None:
    message = queue("ada")
    sink.stop()
    pauses = []
    while state_of(message) == MessageState.PENDING:
        deliver_due(clock)
        message.refresh_from_db()
        if message.lease_until:
            pauses.append((message.lease_until - clock.now) // timedelta(minutes=1))
            clock.set(message.lease_until)
    assert pauses[:7] == [1, 2, 4, 8, 16, 30, 30]
    assert (len(pauses) + 1, state_of(message)) == (deliver.MOST_ATTEMPTS, MessageState.PARKED)


def test_no_new_message_is_begun_after_the_time_of_a_run(sink: SmtpSink, queue: Queue, clock: Clock) -> None:
    queue("ada")
    assert deliver_due(clock, limit_seconds=0) == {}
    assert deliver_due(clock) == {"sent": 1}


# Two workers. The builder of the first lets the second one run in the middle of its work: no luck is needed.


def send_while_another_worker_runs(clock: Clock, pause: timedelta) -> None:
    meanwhile: list[object] = []

    def write_slowly(message: Message) -> Content:
        if not meanwhile:
            meanwhile.append("once")
            clock.advance(pause)
            deliver_due(clock)
        return write_plain(message)

    with register_temporarily(KIND, write_slowly):
        deliver_due(clock)


def test_two_workers_send_one_copy(sink: SmtpSink, queue: Queue, clock: Clock) -> None:
    queue("ada")
    send_while_another_worker_runs(clock, timedelta())
    assert len(sink.mails) == 1


def test_control_without_a_lease_two_workers_send_two(
    sink: SmtpSink, queue: Queue, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "LEASE", timedelta())
    monkeypatch.setattr(deliver, "renew_lease", lambda _message, _now: None)
    queue("ada")
    send_while_another_worker_runs(clock, timedelta())
    assert len(sink.mails) == 2


def test_a_worker_frozen_beyond_its_lease_is_fenced(sink: SmtpSink, queue: Queue, clock: Clock) -> None:
    message = queue("ada")
    send_while_another_worker_runs(clock, deliver.LEASE)
    assert (len(sink.mails), state_of(message)) == (1, MessageState.SENT)


def test_control_without_the_last_look_the_frozen_worker_sends_too(
    sink: SmtpSink, queue: Queue, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "renew_lease", lambda _message, _now: None)
    queue("ada")
    send_while_another_worker_runs(clock, deliver.LEASE)
    assert len(sink.mails) == 2


def test_a_worker_that_wakes_up_alone_does_not_trust_its_old_lease(sink: SmtpSink, queue: Queue, clock: Clock) -> None:
    message = queue("ada")

    def write_too_slowly(message: Message) -> Content:
        clock.advance(deliver.LEASE)
        return write_plain(message)

    with register_temporarily(KIND, write_too_slowly):
        assert deliver_due(clock, limit_seconds=0.2)["sent"] == 0
    assert (sink.mails, state_of(message)) == ([], MessageState.PENDING)
    assert deliver_due(clock) == {"sent": 1}


def test_a_message_is_claimed_by_one_only_until_the_lease_ends(queue: Queue, clock: Clock) -> None:
    queue("ada")
    first = claim(clock.now)
    assert first is not None
    assert claim(clock.now + deliver.LEASE - timedelta(seconds=1)) is None
    second = claim(clock.now + deliver.LEASE)
    assert second is not None
    assert (second.pk, second.attempts) == (first.pk, 2)
    assert second.lease != first.lease


def test_a_domain_with_accents_travels_in_ascii(sink: SmtpSink, queue: Queue, clock: Clock) -> None:
    queue("ada", recipient="ada@straße-é.example")
    assert deliver_due(clock) == {"sent": 1}
    (mail,) = sink.mails
    (recipient,) = mail.recipients
    assert recipient.isascii()
    assert recipient.startswith("ada@xn--")
    assert str(mail.message["To"]) == recipient


def test_every_line_is_short_and_seven_bit(sink: SmtpSink, queue: Queue, clock: Clock) -> None:
    queue("ada")
    with register_temporarily(KIND, lambda _message: Content("Été à Liège " * 20, "é" * 3000, "<p>" + "é" * 3000)):
        assert deliver_due(clock) == {"sent": 1}
    raw = sink.mails[0].raw
    assert raw.isascii()
    assert max(map(len, raw.splitlines())) < 999
    assert str(sink.mails[0].message["Subject"]) == ("Été à Liège " * 20).strip()
