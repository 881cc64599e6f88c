"""From a booking to the mail in the mailbox, over a real SMTP conversation."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation
from icalendar import Calendar
from pytest_django import Settings

from eguichet_rdv.common.announcing import announce
from eguichet_rdv.messaging.domain.deliver import deliver_due
from eguichet_rdv.messaging.enums import MessageState
from eguichet_rdv.messaging.models import Message
from eguichet_rdv.scheduling.domain.cancel import cancel
from eguichet_rdv.scheduling.domain.correct import correct
from eguichet_rdv.scheduling.domain.move import move
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.tokens import check_in_token, manage_token
from eguichet_rdv.scheduling.enums import CancelledBy, Need
from eguichet_rdv.scheduling.messages import reminder_due
from eguichet_rdv.scheduling.models import Appointment, Visitor
from eguichet_rdv.scheduling.reminders import queue_second_reminders, second_reminder_due
from eguichet_rdv.townhall.models import Location
from tests.harness.clock import Clock
from tests.harness.smtp import SmtpSink
from tests.scheduling.papers.conftest import BookIt
from tests.scheduling.papers.test_papers import decode, read_pdf
from tests.town import MONDAY, Town

BRUSSELS = ZoneInfo("Europe/Brussels")
DAY_BEFORE = datetime(2026, 11, 30, 7, 30, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock(MONDAY)


@pytest.fixture(autouse=True)
def sink(smtp_sink: SmtpSink, settings: Settings) -> SmtpSink:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_sink.port
    settings.DEFAULT_FROM_EMAIL = "Ville de Verviers <rdv@verviers.example>"
    settings.PUBLIC_URL = "https://rdv.verviers.example"
    return smtp_sink


def kinds() -> list[tuple[str, str]]:
    return sorted(Message.objects.values_list("kind", "state"))


def subjects(sink: SmtpSink) -> list[str]:
    return [str(mail.message["Subject"]).replace("\N{NO-BREAK SPACE}", " ") for mail in sink.mails]


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\N{NO-BREAK SPACE}", " ")


def attachments(mail: EmailMessage) -> dict[str, EmailMessage]:
    return {part.get_content_type(): part for part in mail.iter_attachments()}


def picture(mail: EmailMessage) -> EmailMessage:
    (found,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    return found


# What arrives


def test_the_confirmation_arrives_complete(sink: SmtpSink, book_it: BookIt, clock: Clock, tmp_path: Path) -> None:
    appointment = book_it("fr")
    assert deliver_due(clock) == {"sent": 1}
    (received,) = sink.mails
    mail, code = received.message, check_in_token(appointment)
    assert (received.sender, received.recipients) == ("rdv@verviers.example", ("anne@people.example",))
    assert (str(mail["From"]), str(mail["Reply-To"])) == (
        "Ville de Verviers <rdv@verviers.example>",
        "population@verviers.example",
    )
    assert (mail["Content-Language"], mail["Auto-Submitted"]) == ("fr", "auto-generated")
    assert mail.defects == []
    png = picture(mail)
    assert png["Content-ID"] == "<qr>"
    assert 'src="cid:qr"' in body(mail, "html")
    assert decode(png.get_content(), tmp_path) == [code]
    files = attachments(mail)
    assert files.keys() == {"application/pdf", "text/calendar"}
    assert code in read_pdf(files["application/pdf"].get_content(), tmp_path)
    calendar = Calendar.from_ical(files["text/calendar"].get_content())
    assert (calendar["METHOD"], str(calendar.walk("VEVENT")[0]["UID"])) == ("REQUEST", str(appointment.uid))
    assert files["text/calendar"].get_param("method") == "REQUEST"
    assert files["application/pdf"].get_filename() == f"{appointment.reference}.pdf"


@pytest.mark.parametrize("part", ["plain", "html"])
def test_both_parts_say_everything(part: str, sink: SmtpSink, book_it: BookIt, clock: Clock) -> None:
    appointment = book_it("fr", persons=2)
    deliver_due(clock)
    text = body(sink.mails[0].message, part).replace("&#x27;", "'")
    reference = appointment.reference if part == "plain" else f"{appointment.reference[:3]} {appointment.reference[3:]}"
    for words in (
        *("Mardi 1er décembre 2026", "8 h 30", "Kids-ID", "Anne O'Neill", "Maison communale", "Place du Marché 55"),
        *("+3287325240", "Une photo récente", reference, check_in_token(appointment)),
        f"https://rdv.verviers.example/rdv/{manage_token(appointment)}/",
    ):
        assert words in text


def test_in_the_language_of_the_citizen(sink: SmtpSink, book_it: BookIt, clock: Clock) -> None:
    book_it("nl")
    deliver_due(clock)
    (mail,) = [received.message for received in sink.mails]
    assert "dinsdag 1 december 2026 om 8.30 uur" in subjects(sink)[0]
    assert "Identiteitskaart" in body(mail, "plain")
    assert '<html lang="nl">' in body(mail, "html")


def test_needs_answers_and_sensitive_procedures_are_not_in_the_mail(
    sink: SmtpSink, town: Town, book_it: BookIt, clock: Clock, tmp_path: Path
) -> None:
    town.card.sensitive_declared = True
    town.card.save()
    appointment = book_it("fr")
    Appointment.objects.update(needs=[Need.WHEELCHAIR], answers={"file": "Secret 42"})
    Visitor.objects.update(birth_date="1990-02-01")
    deliver_due(clock)
    mail = sink.mails[0].message
    everything = "".join(
        (
            str(mail["Subject"]),
            body(mail, "plain"),
            body(mail, "html"),
            read_pdf(attachments(mail)["application/pdf"].get_content(), tmp_path),
            attachments(mail)["text/calendar"].get_payload(decode=True).decode(),  # type: ignore[union-attr]
        )
    )
    assert "Population" in everything
    for word in ("Carte d", "wheelchair with", "Secret 42", "1990", "photo récente"):
        assert word not in everything
    assert town.card.label("fr") not in everything
    assert appointment.reference in everything


def test_a_name_cannot_write_html(sink: SmtpSink, book_it: BookIt, clock: Clock) -> None:
    book_it(last_name="<script>alert(1)</script>", first_name="{{7*7}}")
    deliver_due(clock)
    mail = sink.mails[0].message
    assert "<script" not in body(mail, "html")
    assert "{{7*7}} <script>alert(1)</script>" in body(mail, "plain")


def test_the_subject_names_neither_person_nor_procedure(sink: SmtpSink, book_it: BookIt, clock: Clock) -> None:
    book_it("en")
    deliver_due(clock)
    assert subjects(sink) == ["Your appointment: Tuesday 1 December 2026 at 8.30 am"]


# What is queued, and when


def test_booking_queues_a_confirmation_and_a_reminder(book_it: BookIt) -> None:
    appointment = book_it()
    rows = Message.objects.order_by("due_at").values_list("key", "due_at", "not_after", "recipient", "subject_ref")
    facts = (appointment.start, "anne@people.example", appointment.reference)
    assert list(rows) == [
        (f"{appointment.uid}:confirmation:0:email", MONDAY, *facts),
        (f"{appointment.uid}:reminder:0:email", DAY_BEFORE, *facts),
    ]


def test_without_an_address_nothing_is_queued(book_it: BookIt) -> None:
    book_it(email="")
    assert kinds() == []


def test_within_a_day_there_is_no_reminder(book_it: BookIt) -> None:
    book_it(now=DAY_BEFORE)
    assert [kind for kind, _state in kinds()] == ["appointment.confirmation"]


def test_a_refused_booking_leaves_no_message(book_it: BookIt) -> None:
    with translation.override("en"), pytest.raises(Exception, match="address"):
        book_it(email="a@b.be, x@evil.be")
    assert (kinds(), Appointment.objects.count()) == ([], 0)


def test_announcing_the_same_change_twice_queues_once(book_it: BookIt) -> None:
    appointment = book_it()
    announce(appointment, "booked", now=MONDAY)
    assert len(kinds()) == 2


def test_the_reminder_comes_the_day_before_at_the_same_hour(sink: SmtpSink, book_it: BookIt, clock: Clock) -> None:
    book_it("en")
    deliver_due(clock)
    clock.set(DAY_BEFORE - timedelta(seconds=1))
    assert deliver_due(clock) == {}
    clock.set(DAY_BEFORE)
    assert deliver_due(clock) == {"sent": 1}
    assert subjects(sink)[1] == "Reminder of your appointment: Tuesday 1 December 2026 at 8.30 am"


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (datetime(2027, 3, 28, 8, 30, tzinfo=BRUSSELS), datetime(2027, 3, 27, 7, 30, tzinfo=UTC)),
        (datetime(2027, 3, 29, 8, 30, tzinfo=BRUSSELS), datetime(2027, 3, 28, 6, 30, tzinfo=UTC)),
        (datetime(2027, 10, 31, 8, 30, tzinfo=BRUSSELS), datetime(2027, 10, 30, 6, 30, tzinfo=UTC)),
        (datetime(2027, 11, 1, 8, 30, tzinfo=BRUSSELS), datetime(2027, 10, 31, 7, 30, tzinfo=UTC)),
    ],
)
def test_the_reminder_keeps_the_hour_when_clocks_change(start: datetime, due: datetime, town: Town) -> None:
    assert reminder_due(Appointment(location=town.location, start=start)) == due


# Changes


def test_cancelling_before_the_reminder_sends_none(sink: SmtpSink, book_it: BookIt, clock: Clock) -> None:
    appointment = book_it("en")
    deliver_due(clock)
    cancel(appointment, by=CancelledBy.CITIZEN, now=clock.now)
    assert deliver_due(clock) == {"sent": 1}
    clock.set(DAY_BEFORE)
    assert deliver_due(clock) == {"dropped": 1}
    assert [subject.split(":")[0] for subject in subjects(sink)] == [
        "Your appointment",
        "Your appointment is cancelled",
    ]


def test_control_the_reminder_would_have_come(sink: SmtpSink, book_it: BookIt, clock: Clock) -> None:
    book_it()
    clock.set(DAY_BEFORE)
    assert deliver_due(clock) == {"sent": 2}


def test_what_was_cancelled_before_it_could_be_confirmed_sends_only_the_cancellation(
    sink: SmtpSink, book_it: BookIt, clock: Clock
) -> None:
    cancel(book_it("en"), by=CancelledBy.MUNICIPALITY, now=MONDAY)
    assert deliver_due(clock) == {"sent": 1, "dropped": 1}
    mail = sink.mails[0].message
    assert "We are sorry" in body(mail, "plain")
    assert attachments(mail).keys() == {"text/calendar"}
    assert attachments(mail)["text/calendar"].get_param("method") == "CANCEL"
    assert [part for part in mail.walk() if part.get_content_maintype() == "image"] == []


def test_a_move_sends_the_new_time_and_one_reminder(sink: SmtpSink, town: Town, book_it: BookIt, clock: Clock) -> None:
    appointment = book_it("en")
    deliver_due(clock)
    move(appointment, town.at("09:00", day=3, month=12), now=clock.now, intent=uuid4())
    deliver_due(clock)
    clock.set(datetime(2026, 12, 2, 8, 0, tzinfo=UTC))
    assert deliver_due(clock) == {"sent": 1, "dropped": 1}
    assert subjects(sink) == [
        "Your appointment: Tuesday 1 December 2026 at 8.30 am",
        "Your appointment has a new time: Thursday 3 December 2026 at 9 am",
        "Reminder of your appointment: Thursday 3 December 2026 at 9 am",
    ]


def test_an_erased_person_gets_nothing(sink: SmtpSink, book_it: BookIt, clock: Clock) -> None:
    book_it()
    Visitor.objects.all().delete()
    assert deliver_due(clock) == {"dropped": 1}
    assert sink.attempts == 0


def test_a_corrected_address_is_told_anew_and_the_wrong_one_nothing_more(
    sink: SmtpSink, book_it: BookIt, clock: Clock
) -> None:
    appointment = book_it()
    person = Person("O'Neill", "Anna", email="anna@people.example")
    correct(appointment, person, now=clock.now)
    correct(appointment, person, now=clock.now)
    clock.set(DAY_BEFORE)
    assert deliver_due(clock) == {"sent": 2, "dropped": 2}
    assert {mail.recipients for mail in sink.mails} == {("anna@people.example",)}
    assert "Anna O'Neill" in body(sink.mails[0].message, "plain")


def test_a_correction_after_the_confirmation_sends_it_again(sink: SmtpSink, book_it: BookIt, clock: Clock) -> None:
    appointment = book_it()
    deliver_due(clock)
    correct(appointment, Person("O'Neill", "Anne", email="anna@people.example"), now=clock.now)
    assert deliver_due(clock) == {"sent": 1}
    assert [mail.recipients for mail in sink.mails] == [("anne@people.example",), ("anna@people.example",)]


def test_an_address_changed_behind_the_back_gets_nothing(sink: SmtpSink, book_it: BookIt, clock: Clock) -> None:
    book_it()
    Visitor.objects.update(email="anna@people.example")
    assert deliver_due(clock) == {"dropped": 1}


def test_after_an_outage_over_the_visit_nothing_is_sent(sink: SmtpSink, book_it: BookIt, clock: Clock) -> None:
    book_it()
    sink.stop()
    deliver_due(clock)
    clock.set(datetime(2026, 12, 1, 7, 30, tzinfo=UTC))
    sink.start()
    assert deliver_due(clock) == {"dropped": 2}
    assert set(Message.objects.values_list("state", flat=True)) == {MessageState.DROPPED}
    assert sink.mails == []


# The second reminder


@pytest.fixture
def remind_again(town: Town, clock: Clock) -> Callable[..., list[str]]:
    """Let the minute ``at`` pass; the kinds that are sent in it."""
    Location.objects.update(second_reminder_hours=3)

    def pass_minute(at: datetime) -> list[str]:
        clock.set(at)
        queue_second_reminders(clock.now)
        queue_second_reminders(clock.now)
        before = set(Message.objects.filter(state=MessageState.SENT).values_list("key", flat=True))
        deliver_due(clock)
        sent = Message.objects.filter(state=MessageState.SENT).exclude(key__in=before).values_list("key", flat=True)
        return sorted(key.split(":")[1] for key in sent)

    return pass_minute


THREE_HOURS_BEFORE = datetime(2026, 12, 1, 4, 30, tzinfo=UTC)
RemindAgain = Callable[..., list[str]]


def test_a_second_reminder_comes_once_at_its_hour(book_it: BookIt, clock: Clock, remind_again: RemindAgain) -> None:
    book_it()
    deliver_due(clock)
    assert remind_again(THREE_HOURS_BEFORE - timedelta(seconds=1)) == ["reminder"]
    assert remind_again(THREE_HOURS_BEFORE) == ["second_reminder"]
    assert remind_again(THREE_HOURS_BEFORE + timedelta(hours=1)) == []


def test_no_second_reminder_unless_the_place_wants_it(book_it: BookIt, clock: Clock, remind_again: RemindAgain) -> None:
    book_it()
    Location.objects.update(second_reminder_hours=None)
    assert remind_again(THREE_HOURS_BEFORE) == ["confirmation", "reminder"]


@pytest.mark.parametrize("change", ["cancelled", "moved", "past", "just booked"])
def test_no_second_reminder_of_what_is_no_longer_so(
    change: str, town: Town, book_it: BookIt, clock: Clock, remind_again: RemindAgain
) -> None:
    if change == "just booked":
        book_it(now=THREE_HOURS_BEFORE + timedelta(minutes=1))
        assert remind_again(THREE_HOURS_BEFORE + timedelta(minutes=2)) == ["confirmation"]
        return
    appointment = book_it()
    deliver_due(clock)
    clock.set(THREE_HOURS_BEFORE)
    queue_second_reminders(clock.now)  # queued in time, but the worker comes later than what happens now
    if change == "cancelled":
        cancel(appointment, by=CancelledBy.CITIZEN, now=clock.now)
    elif change == "moved":
        move(appointment, town.at("09:00", day=3, month=12), now=clock.now, intent=uuid4())
    assert "second_reminder" not in remind_again(appointment.start if change == "past" else clock.now)


def test_after_a_move_the_second_reminder_is_for_the_new_time(
    town: Town, book_it: BookIt, clock: Clock, remind_again: RemindAgain
) -> None:
    move(book_it(), town.at("09:00", day=3, month=12), now=clock.now, intent=uuid4())
    assert "second_reminder" not in remind_again(THREE_HOURS_BEFORE)
    assert "second_reminder" in remind_again(datetime(2026, 12, 3, 5, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (datetime(2027, 3, 28, 9, 0, tzinfo=BRUSSELS), datetime(2027, 3, 28, 0, 0, tzinfo=UTC)),
        (datetime(2027, 10, 31, 9, 0, tzinfo=BRUSSELS), datetime(2027, 10, 30, 23, 0, tzinfo=UTC)),
    ],
)
def test_the_second_reminder_goes_by_the_clock_on_the_wall(start: datetime, due: datetime, town: Town) -> None:
    assert second_reminder_due(Appointment(location=town.location, start=start), 8) == due


@pytest.mark.parametrize("hours", [0, 24])
def test_a_second_reminder_before_the_first_is_refused_by_the_database(hours: int, town: Town) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Location.objects.update(second_reminder_hours=hours)
