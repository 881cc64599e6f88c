"""One QR code at two kiosks at the same instant: ``python -m tests.race.kiosks PAIRS``.

Each kiosk is a process of its own; they meet before every code. First both ask the server, then both upload what they
decided while they were cut off, then one asks and one uploads, then both upload many at once, one in the opposite order.
Prints one line of JSON per way; in the last but one uploads lock in opposite order too (not on SQLite, which has one writer),
in the last one people are let in without protection.
"""

import json
import os
import sys
from collections import Counter as Tally
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import product
from typing import Any
from uuid import uuid4

import django

sys.path.insert(0, "site")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eguichet_site.settings.testing")
django.setup()

from django.db import OperationalError, connection, models, transaction  # noqa: E402

from eguichet_rdv.kiosk.arrivals import answer_check_in  # noqa: E402
from eguichet_rdv.kiosk.journal import take_entries  # noqa: E402
from eguichet_rdv.kiosk.messages import CheckInEntry, CheckInMessage, Entry  # noqa: E402
from eguichet_rdv.scheduling.domain.tokens import check_in_token  # noqa: E402
from eguichet_rdv.scheduling.enums import AppointmentState  # noqa: E402
from eguichet_rdv.scheduling.models import Appointment  # noqa: E402
from eguichet_rdv.townhall.models import Kiosk  # noqa: E402
from eguichet_rdv.waiting.domain.arrive import Arrival, write_appointment_stops  # noqa: E402
from eguichet_rdv.waiting.domain.numbers import build_roster, draw_numbers  # noqa: E402
from eguichet_rdv.waiting.enums import ArrivalChannel, StopEventKind  # noqa: E402
from eguichet_rdv.waiting.models import StopEvent, Ticket  # noqa: E402
from tests.bench.fill import occupy  # noqa: E402
from tests.race.crowd import FORK, run_crowd  # noqa: E402
from tests.town import Town, make_town  # noqa: E402

COUNTERS, FIRST_DAY, OPENS = 10, date(2026, 11, 24), time(9)
SLOTS = [timedelta(minutes=15 * slot) for slot in range(94)]
A_DAY = COUNTERS * len(SLOTS)
NAIVE_PAIRS = 3
TOGETHER_AT_LEAST = 10
AT_HOME = {"recorded", "already"}
Answer = tuple[str, str]
"""Outcome and number."""
Way = Callable[["Visit"], Answer]


class Visit:
    """Somebody with an appointment in front of a kiosk; ``seq`` is the kiosk's own number for it."""

    def __init__(self, kiosk: Kiosk, appointment: Appointment, seq: int, now: datetime) -> None:
        self.kiosk = kiosk
        self.appointment = appointment
        self.seq = seq
        self.now = now

    @property
    def facts(self) -> dict[str, Any]:
        """What every message says; another id each time."""
        code = check_in_token(self.appointment)
        return {"id": uuid4(), "seq": self.seq, "at": self.now, "language": "fr", "code": code}

    def ask(self) -> Answer:
        """The server decides."""
        answer = answer_check_in(self.kiosk, CheckInMessage(**self.facts), self.now)
        return answer["outcome"], answer["ticket"]["number"]

    def upload(self) -> Answer:
        """The kiosk has decided and printed the number of the roster."""
        (answer,) = upload_all(self.kiosk, [self])
        return answer

    def let_in_naively(self, together: Any) -> Answer:
        """The protection switched off: look, then write (the constraint is dropped before)."""
        known = Ticket.objects.filter(appointment=self.appointment).exists()
        together.wait()
        if known:
            return "same_ticket", ""
        with transaction.atomic():
            place, service = self.appointment.location, self.appointment.items.get().procedure.service
            (number,) = draw_numbers(place, self.appointment.date, service)
            write_appointment_stops(self.appointment, number, Arrival(ArrivalChannel.KIOSK, self.now, "fr", self.kiosk))
        return "ticket", str(number)


def upload_all(kiosk: Kiosk, visits: Sequence[Visit]) -> list[Answer]:
    """Sent twice, as after a lost answer; what is answered comes in the order of the kiosk's numbering."""
    entries: list[Entry] = [
        CheckInEntry(kind="check_in", number=str(visit.appointment.call_number), **visit.facts) for visit in visits
    ]
    results, again = (take_entries(kiosk, entries, visits[0].now + timedelta(minutes=late)) for late in (5, 6))
    known = {result["seq"] for result in again if result["outcome"] == "already"}
    told = {one["seq"]: (one["outcome"] if one["seq"] in known else "taken twice", one["number"]) for one in results}
    return [told[visit.seq] for visit in visits]


def come_home(kiosk: Kiosk, visits: Sequence[Visit], together: Any) -> list[Answer]:
    """Everybody in one upload, at the same instant as the other kiosk."""
    together.wait(60)
    return upload_all(kiosk, visits)


def come_home_in_a_circle(circles: Any, kiosk: Kiosk, visits: Sequence[Visit], together: Any) -> list[Answer]:
    """The order of locks switched off: each kiosk has locked somebody whom the other one is about to lock."""
    alone = f'SELECT 1 FROM "{Appointment._meta.db_table}" WHERE "id" = %s FOR NO KEY UPDATE'  # noqa: S608 - our own words
    first = iter([visits[0].appointment.pk if visits[0].seq < visits[-1].seq else visits[-1].appointment.pk])

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's
        if f'FROM "{Appointment._meta.db_table}"' in sql and "FOR NO KEY UPDATE" in sql and (key := next(first, None)):
            run(alone, [key], False, context)
            together.wait(60)
        try:
            return run(sql, params, many, context)
        except OperationalError:
            circles.value += 1
            raise

    with connection.execute_wrapper(execute):
        return upload_all(kiosk, visits)


def stand_at(kiosk: Kiosk, visits: Sequence[Visit], way: Way, together: Any) -> list[Answer]:
    """Every code in turn, each at the same instant as the other kiosk."""
    answers = []
    for visit in visits:
        together.wait(60)
        answers.append(way(visit))
    return answers


def expect_people(town: Town, pairs: int, first_day: date = FIRST_DAY) -> Iterator[tuple[datetime, list[Appointment]]]:
    """So many appointments on as many days as needed; the hour of the arrivals and who comes."""
    for number in range(-(-pairs // A_DAY)):
        day = first_day + timedelta(days=number)
        midnight = datetime.combine(day, time(), town.location.tz)
        slots = ((counter, midnight + slot) for slot, counter in product(SLOTS, town.counters))
        chosen = [slot for slot, _one in zip(slots, range(pairs - number * A_DAY), strict=False)]
        occupy(town, iter(chosen), AppointmentState.CONFIRMED)
        with transaction.atomic():
            expected = build_roster(town.location, day)
        yield datetime.combine(day, OPENS, town.location.tz), expected


def check_in_twice(
    kiosks: Sequence[Kiosk], expected: list[Appointment], now: datetime, ways: Sequence[Way], seq: int
) -> dict[str, Any]:
    """All of them at both kiosks; what was answered and what was written."""
    together = FORK.Barrier(len(kiosks))
    visits = [[Visit(kiosk, one, seq + n, now) for n, one in enumerate(expected)] for kiosk in kiosks]
    return meet(
        expected,
        [partial(stand_at, kiosk, row, way, together) for kiosk, row, way in zip(kiosks, visits, ways, strict=True)],
    )


def come_home_twice(
    kiosks: Sequence[Kiosk], expected: list[Appointment], now: datetime, seq: int, way: Callable[..., Any] = come_home
) -> dict[str, Any]:
    """All of them in one upload of each kiosk, at the second one in the opposite order."""
    together = FORK.Barrier(len(kiosks))
    last = seq + len(expected) - 1
    there = [Visit(kiosks[0], one, seq + n, now) for n, one in enumerate(expected)]
    back = [Visit(kiosks[1], one, last - n, now) for n, one in enumerate(expected)]
    return meet(
        expected, [partial(way, kiosk, row, together) for kiosk, row in zip(kiosks, (there, back), strict=True)]
    )


def meet(expected: list[Appointment], jobs: Sequence[Callable[[], list[Answer]]]) -> dict[str, Any]:
    """Let both kiosks go; what they were answered and what was written."""
    answers = run_crowd(jobs)
    tickets = Ticket.objects.filter(appointment__in=[one.pk for one in expected])
    arrivals = StopEvent.objects.filter(kind=StopEventKind.ARRIVED, stop__ticket__in=tickets)
    outcomes = Tally(" + ".join(sorted(outcome for outcome, _number in pair)) for pair in zip(*answers, strict=True))
    return {
        "pairs": len(expected),
        "tickets": tickets.count(),
        "arrivals": arrivals.count(),
        "two_numbers": sum(len({number for _outcome, number in pair}) > 1 for pair in zip(*answers, strict=True)),
        "outcomes": outcomes,
    }


def drop_constraint() -> None:
    """An appointment may have two tickets."""
    field = models.ForeignKey(Appointment, on_delete=models.PROTECT, null=True, related_name="+")
    field.set_attributes_from_name("appointment")
    field.model = Ticket
    with connection.schema_editor() as editor:
        editor.alter_field(Ticket, Ticket._meta.get_field("appointment"), field)


def main(pairs: int) -> None:
    """The three ways, then the control."""
    town = make_town(counters=COUNTERS, opens="00:00", closes="23:45")
    kiosks = [Kiosk.objects.create(location=town.location, slug=f"hall-{name}", name=name) for name in "12"]
    ways: dict[str, tuple[Way, Way]] = {
        "online": (Visit.ask, Visit.ask),
        "offline": (Visit.upload, Visit.upload),
        "one offline": (Visit.ask, Visit.upload),
    }
    totals: dict[str, Tally[str]] = {name: Tally() for name in (*ways, "together")}
    seq = 0
    for now, expected in expect_people(town, pairs):
        # Most of them online; a tenth each of the other ways.
        tenth = max(1, len(expected) // 10)
        many = max(tenth, min(TOGETHER_AT_LEAST, len(expected) // 3))
        parts = {
            "offline": expected[:tenth],
            "one offline": expected[tenth : 2 * tenth],
            "together": expected[2 * tenth : 2 * tenth + many],
            "online": expected[2 * tenth + many :],
        }
        for name, part in parts.items():
            way = ways.get(name)
            told = check_in_twice(kiosks, part, now, way, seq) if way else come_home_twice(kiosks, part, now, seq)
            seq += len(part)
            totals[name].update(told.pop("outcomes"))
            totals[name].update(told)
    for name, total in totals.items():
        say(name, total)
    if connection.vendor == "postgresql":
        ((now, expected),) = expect_people(town, TOGETHER_AT_LEAST, FIRST_DAY - timedelta(days=2))
        circles = FORK.Value("i", 0)
        told = come_home_twice(kiosks, expected, now, seq, partial(come_home_in_a_circle, circles))
        say("circle", {**told, "circles": circles.value})
        seq += len(expected)
    drop_constraint()
    together = FORK.Barrier(2)
    ((now, expected),) = expect_people(town, NAIVE_PAIRS, FIRST_DAY - timedelta(days=1))
    naive = partial(Visit.let_in_naively, together=together)
    say("naive", check_in_twice(kiosks, expected, now, (naive, naive), seq))


def say(way: str, told: Any) -> None:
    """One line for the test that listens."""
    sys.stdout.write(json.dumps({"way": way, **told}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
