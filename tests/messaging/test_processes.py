"""Workers in processes of their own: killed in mid-work, or two at once."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from eguichet_rdv.messaging.domain.deliver import LEASE, LONGEST_PAUSE
from eguichet_rdv.messaging.domain.outbox import queue_message
from eguichet_rdv.messaging.domain.retry import try_again
from eguichet_rdv.messaging.enums import MessageChannel, MessageState
from eguichet_rdv.messaging.models import Message
from eguichet_rdv.scheduling.enums import AppointmentState, Channel
from eguichet_rdv.scheduling.models import Appointment, Visitor
from eguichet_rdv.townhall.models import Location
from tests.harness.smtp import Phase, SmtpMode, SmtpSink
from tests.messaging.nursery import Nursery

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
AFTER_THE_LEASE = int(LEASE.total_seconds()) + 1
AFTER_THE_PAUSE = int(LONGEST_PAUSE.total_seconds()) + AFTER_THE_LEASE


@pytest.fixture(scope="module")
def mailbox() -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        yield sink


@pytest.fixture(scope="module")
def mother(django_db_setup: None, mailbox: SmtpSink) -> Iterator[Nursery]:
    with Nursery(mailbox) as nursery:
        yield nursery


@pytest.fixture
def nursery(mother: Nursery) -> Nursery:
    mother.sink.clear()
    return mother


def queue(count: int) -> set[str]:
    now = timezone.now() - timedelta(minutes=1)
    for number in range(count):
        address = f"person{number}@people.example"
        queue_message(f"message{number}", "test.plain", "ref", address, channel=MessageChannel.EMAIL, due_at=now)
    return set(Message.objects.values_list("recipient", flat=True))


def received(nursery: Nursery) -> Counter[str]:
    return Counter(mail.recipients[0] for mail in nursery.sink.mails)


def test_a_worker_killed_between_two_mails_loses_none(nursery: Nursery) -> None:
    everybody = queue(3)
    assert nursery.run_and_kill(Phase.BEGUN, 2)
    assert received(nursery) == {"person0@people.example": 1}
    nursery.run()  # before the lease ends nobody takes what the dead worker held
    assert received(nursery) == {"person0@people.example": 1, "person2@people.example": 1}
    nursery.run(ahead=AFTER_THE_LEASE)
    assert received(nursery) == dict.fromkeys(everybody, 1)
    assert set(Message.objects.values_list("state", flat=True)) == {MessageState.SENT}


def test_a_worker_killed_before_it_heard_that_the_mail_was_taken_sends_one_copy_more(nursery: Nursery) -> None:
    everybody = queue(2)
    assert nursery.run_and_kill(Phase.TAKEN, 1)
    nursery.run(ahead=AFTER_THE_LEASE)
    assert received(nursery) == {"person0@people.example": 2, "person1@people.example": 1}
    assert len({mail.message["Message-ID"] for mail in nursery.sink.mails}) == len(everybody)


def test_two_workers_at_once_send_each_message_once(nursery: Nursery) -> None:
    everybody = queue(30)
    both = [nursery.start(), nursery.start()]
    assert [nursery.wait(worker) for worker in both] == [0, 0]
    assert received(nursery) == dict.fromkeys(everybody, 1)


# Killed again and again, with a mail server in all its moods


@dataclass
class Town:
    """Who must get a reminder, who must not, and what an outsider saw happen."""

    wanted: set[str] = field(default_factory=set)
    unwanted: set[str] = field(default_factory=set)
    poisoned: set[str] = field(default_factory=set)
    kills: int = 0
    cuts: int = 0
    refused: int = 0

    def find_faults(self, nursery: Nursery) -> list[str]:
        """What an oracle has to say that knows nothing of the outbox, only these sets and the mails that came."""
        copies = received(nursery)
        ids: dict[str, set[str]] = {}
        for mail in nursery.sink.mails:
            ids.setdefault(mail.recipients[0], set()).add(str(mail.message["Message-ID"]))
        spare = sum(copies.values()) - len(copies)
        return [
            *(f"lost: {address}" for address in sorted(self.wanted - copies.keys())),
            *(f"not wanted: {address}" for address in sorted(copies.keys() - self.wanted)),
            *(f"two identities: {address}" for address, one in ids.items() if len(one) > 1),
            *([f"{spare} copies too many after {self.kills} kills"] if spare > self.kills + self.cuts else []),
        ]


def fill(count: int, rng: random.Random) -> Town:
    """An outbox of reminders: one in twenty each of a cancelled, a moved and a past visit; one in 500 is poisoned."""
    now = timezone.now()
    place = Location.objects.create(slug="hall", name="Hall", municipality="Town", street="1", postcode="1", city="T")
    visitors = Visitor.objects.bulk_create(Visitor(email=f"person{number}@people.example") for number in range(count))
    appointments = Appointment.objects.bulk_create(
        Appointment(
            reference=f"{number:06d}", check_in_digest=f"c{number}", manage_digest=f"m{number}", location=place,
            channel=Channel.ONLINE, language="fr", visitor=visitor, start=now + timedelta(days=60),
            end=now + timedelta(days=60, minutes=15), date=(now + timedelta(days=60)).date(), uid=uuid4(),
        )
        for number, visitor in enumerate(visitors)
    )  # fmt: skip
    town = Town()
    messages = []
    for number, appointment in enumerate(appointments):
        address = visitors[number].email
        fate = "poisoned" if number % 500 == 7 else rng.choice(["cancelled", "moved", "past", *["kept"] * 17])
        kind, sort = ("test.poisoned", town.poisoned) if fate == "poisoned" else ("test.reminder", town.wanted)
        (sort if fate in {"kept", "poisoned"} else town.unwanted).add(address)
        change(appointment, fate)
        due = now - timedelta(hours=2, seconds=count - number)
        messages.append(
            Message(
                key=f"{appointment.uid}:reminder:0:email", kind=kind, subject_ref=appointment.reference,
                recipient=address, due_at=due, not_after=now if fate == "past" else appointment.start,
            )
        )  # fmt: skip
    Message.objects.bulk_create(messages)
    return town


def change(appointment: Appointment, fate: str) -> None:
    row = Appointment.objects.filter(pk=appointment.pk)
    if fate == "cancelled":
        row.update(state=AppointmentState.CANCELLED, version=1)
    elif fate == "moved":
        row.update(version=1)


def cancel_somebody(town: Town, nursery: Nursery, rng: random.Random) -> None:
    """While nobody works: a visit whose reminder has not come yet is cancelled, so it must never come."""
    waiting = sorted(town.wanted - received(nursery).keys())
    if waiting:
        address = rng.choice(waiting)
        town.wanted.discard(address)
        town.unwanted.add(address)
        change(Appointment.objects.get(visitor__email=address), "cancelled")


def torment(nursery: Nursery, town: Town, rng: random.Random, *, kills: int, mode: str = "plain") -> int:
    """Kill workers at random words of their conversations; how many seconds the clock is ahead in the end.

    By chance all may have been sent before the last of the ``kills``; at least half of them are made.
    """
    ahead, per_run = 0, max(4, 2 * len(town.wanted) // kills)
    while town.kills < kills:
        nursery.sink.mode = rng.choice([*SmtpMode, *[SmtpMode.ACCEPT] * 4])
        short = nursery.sink.mode not in {SmtpMode.ACCEPT, SmtpMode.CLOSE_AFTER_DATA}
        phase = rng.choice([Phase.BEGUN, Phase.ADDRESSED] if short else [*Phase])
        count = rng.randint(1, 3 if short else per_run)
        if nursery.sink.mode is SmtpMode.UNAVAILABLE:
            phase, count = Phase.BEGUN, 1
        taken = len(nursery.sink.mails)
        cutting = nursery.sink.mode is SmtpMode.CLOSE_AFTER_DATA
        killed = nursery.run_and_kill(phase, count, mode, ahead)
        town.kills += killed
        town.cuts += cutting * (len(nursery.sink.mails) - taken)
        ahead += AFTER_THE_PAUSE
        cancel_somebody(town, nursery, rng)
        if not killed and not Message.objects.filter(state=MessageState.PENDING).exists():
            assert town.kills >= kills / 2, f"only {town.kills} of {kills} workers could be killed before all was sent"
            break
    nursery.sink.mode = SmtpMode.ACCEPT
    return ahead


def send_the_rest(nursery: Nursery, town: Town, ahead: int, mode: str = "plain") -> None:
    """Let staff try again what was refused, and one worker send all."""
    now: datetime = timezone.now()
    refused = Message.objects.filter(state=MessageState.PARKED).exclude(kind="test.poisoned")
    town.refused = len(refused)
    for message in refused:
        assert try_again(message, now)
    nursery.run(mode, ahead)


def check_torment(nursery: Nursery, count: int, kills: int, seed: int) -> str:
    rng = random.Random(seed)
    town = fill(count, rng)
    send_the_rest(nursery, town, torment(nursery, town, rng, kills=kills))
    copies = received(nursery)
    said = (
        f"seed {seed}: {town.kills} kills over {count} messages, {town.cuts} connections cut after the content, "
        f"{town.refused} refused and tried again; "
        f"{len(copies)} people reached, {sum(copies.values()) - len(copies)} copies more, "
        f"{len(town.unwanted)} cancelled, moved or past, {len(town.poisoned)} poisoned"
    )
    assert town.find_faults(nursery) == [], said
    assert town.wanted == copies.keys(), said
    left = Message.objects.exclude(state__in=[MessageState.SENT, MessageState.DROPPED])
    assert set(left.values_list("recipient", "state")) == {(one, MessageState.PARKED) for one in town.poisoned}, said
    return said


def test_workers_killed_again_and_again_lose_nothing(nursery: Nursery) -> None:
    check_torment(nursery, count=60, kills=6, seed=random.SystemRandom().randrange(10**6))


def test_control_careless_workers_lose_mails_and_tell_what_is_no_longer_so(nursery: Nursery) -> None:
    rng = random.Random(7)
    town = fill(60, rng)
    send_the_rest(nursery, town, torment(nursery, town, rng, kills=6, mode="careless"), mode="careless")
    faults = {fault.partition(":")[0] for fault in town.find_faults(nursery)}
    assert faults >= {"lost", "not wanted"}


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_hundred_kills_over_two_thousand_messages(nursery: Nursery) -> None:
    print(check_torment(nursery, count=2000, kills=100, seed=random.SystemRandom().randrange(10**6)))  # noqa: T201
