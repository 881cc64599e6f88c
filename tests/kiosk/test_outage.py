"""A kiosk is cut off for 72 hours, its clock is wrong by ten minutes, it is killed again and again: nobody is lost."""

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from eguichet_rdv.common.cells import cell_of
from eguichet_rdv.kiosk import roster
from eguichet_rdv.scheduling.domain.tokens import check_in_token, seal
from eguichet_rdv.scheduling.enums import Channel, ReservationKind
from eguichet_rdv.scheduling.models import Appointment, AppointmentItem, Reservation
from eguichet_rdv.scheduling.models import Visitor as Person
from eguichet_rdv.townhall.models import Kiosk
from tests.harness.waiting import wait_until
from tests.kiosk.outage import Gate, Outage, Visitor, find_faults
from tests.town import Town, make_town

SEED = int(os.environ.get("SOAK_SEED", "7"))
LASTS = timedelta(hours=72)
COMES_HOME_WITHIN = 60.0
SHORT = (12, 1)
LONG = (int(os.environ.get("SOAK_ARRIVALS", "5000")), int(os.environ.get("SOAK_KILLS", "50")))
ROSTER_DAYS = 4
WALK_INS = 30
"""Every so many visitors one has no appointment."""

pytestmark = pytest.mark.db


@pytest.fixture
def town(transactional_db: None) -> Town:
    return make_town(counters=1, opens="07:00", closes="21:00")


@pytest.fixture
def outage(kiosk: Kiosk, live_server: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outage]:
    monkeypatch.setattr(roster, "DIGEST_SECONDS", 600.0)
    gate = Gate(live_server.thread.port)  # type: ignore[attr-defined]
    outage = Outage(kiosk, gate, tmp_path, random.Random(SEED))
    yield outage
    outage.close()
    gate.close()


def invite(town: Town, chance: random.Random, count: int, begins: datetime) -> list[Visitor]:
    """People who come during the outage, in the order of their coming; every fiftieth types a date of birth."""
    births = (f"{date(1930, 1, 1) + timedelta(days=13 * day)}" for day in range(2000))
    comings: list[Coming] = []
    for place in range(count):
        hour = chance.choice(open_hours(town, begins))
        at = hour + timedelta(seconds=chance.randrange(3600))
        comings.append(Coming(at, place % WALK_INS != WALK_INS - 1, next(births) if place % 50 == 0 else ""))
    booked = iter(expect(town, [coming for coming in comings if coming.has_appointment]))
    visitors: list[Visitor] = []
    for coming in comings:
        if not coming.has_appointment:
            visitors.append(Visitor(coming.at, {"service": "population", "procedure": "carte", "persons": 1}))
            continue
        appointment = next(booked)
        key = {"birth_date": coming.birth} if coming.birth else {"code": check_in_token(appointment)}
        visitors.append(Visitor(coming.at, key, appointment.pk))
    return sorted(visitors, key=lambda visitor: visitor.at)


def open_hours(town: Town, begins: datetime) -> list[datetime]:
    """The hours of the outage in which people come: from seven in the morning to nine in the evening."""
    hours = [begins + timedelta(hours=hour) for hour in range(int(LASTS / timedelta(hours=1)))]
    return [hour for hour in hours if 7 <= town.location.local(hour).hour < 21]


@dataclass(frozen=True)
class Coming:
    """When somebody comes, and how."""

    at: datetime
    has_appointment: bool
    birth: str


def expect(town: Town, comings: list[Coming]) -> list[Appointment]:
    """Appointments a quarter of an hour after each coming, written at once: booking is not what is tried here."""
    visitors = Person.objects.bulk_create(
        Person(last_name=f"Person {place}", birth_date=coming.birth) for place, coming in enumerate(comings)
    )
    appointments = []
    for place, (coming, visitor) in enumerate(zip(comings, visitors, strict=True)):
        start = coming.at.replace(second=0) + timedelta(minutes=15)
        facts = {"location": town.location, "channel": Channel.ONLINE, "language": "fr", "visitor": visitor}
        day = town.location.local(start).date()
        appointment = Appointment(
            reference=f"{place:06d}", start=start, end=start + timedelta(minutes=15), date=day, **facts
        )
        seal(appointment)
        appointments.append(appointment)
    Appointment.objects.bulk_create(appointments)
    AppointmentItem.objects.bulk_create(
        AppointmentItem(appointment=appointment, procedure=town.card, minutes=15) for appointment in appointments
    )
    Reservation.objects.bulk_create(
        Reservation(
            counter=town.counters[0],
            first_cell=cell_of(appointment.start),
            cells=3,
            kind=ReservationKind.APPOINTMENT,
            appointment=appointment,
        )
        for appointment in appointments
    )
    return appointments


def live_through(outage: Outage, town: Town, travel: time_machine.Traveller, count: int, kills: int) -> float:
    """Three days without a line; the seconds it took to come home."""
    begins = town.at("09:00")
    visitors = invite(town, outage.chance, count, begins)
    outage.set_clock(begins)
    outage.start()
    wait_until(lambda: outage.health()["server"] == "ok" and not outage.health()["locked"], 60, "the bridge is ready")
    wait_until(lambda: outage.count("roster_day") == ROSTER_DAYS, 300, "the roster has come")
    outage.gate.cut()
    outage.serve(visitors, set(outage.chance.sample(range(1, len(visitors)), kills)))
    travel.move_to(begins + LASTS)
    outage.set_clock(begins + LASTS)
    return outage.come_home()


@pytest.mark.parametrize("size", [SHORT, pytest.param(LONG, marks=[pytest.mark.soak, pytest.mark.timeout(5400)])])
def test_an_outage_of_three_days_loses_nobody(
    outage: Outage,
    town: Town,
    travel: time_machine.Traveller,
    size: tuple[int, int],
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    count, kills = size
    seconds = live_through(outage, town, travel, count, kills)
    figures = f"{len(outage.answered)} answered, {outage.turned_away} sent on, {kills} kills, home in {seconds:.1f} s"
    record_testsuite_property("outage", figures)
    assert find_faults(outage) == [], f"seed {SEED}"
    assert outage.kills == kills
    assert len(outage.answered) + outage.turned_away == count
    assert outage.turned_away <= count // WALK_INS
    assert seconds < COMES_HOME_WITHIN


def test_a_bridge_with_an_empty_disk_after_a_kill_is_noticed(
    outage: Outage, town: Town, travel: time_machine.Traveller
) -> None:
    """The positive control: the oracle above would notice a loss."""
    outage.forgetful = True
    live_through(outage, town, travel, 8, 1)
    assert [fault for fault in find_faults(outage) if fault.endswith("is lost")]
