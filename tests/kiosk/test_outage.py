"""A kiosk is cut off for 72 hours, its clock is wrong by ten minutes, it is killed again and again: nobody is lost."""

import os
import random
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from eguichet_rdv.kiosk import roster
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.tokens import check_in_token
from eguichet_rdv.townhall.models import Kiosk
from tests.harness.waiting import wait_until
from tests.kiosk.outage import Gate, Outage, Visitor, find_faults
from tests.town import MONDAY, Town, make_town

SEED = int(os.environ.get("SOAK_SEED", "7"))
LASTS = timedelta(hours=72)
COMES_HOME_WITHIN = 60.0
SHORT = (1, 12, 1)
LONG = (31, 5000, 50)
ROSTER_DAYS = 4
WALK_INS = 30
"""Every so many visitors one has no appointment."""

pytestmark = pytest.mark.db


@pytest.fixture
def town(transactional_db: None, request: pytest.FixtureRequest) -> Town:
    counters = request.node.callspec.params["size"][0] if hasattr(request.node, "callspec") else 1
    return make_town(counters=counters, opens="07:00", closes="21:00")


@pytest.fixture
def outage(kiosk: Kiosk, live_server: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outage]:
    monkeypatch.setattr(roster, "DIGEST_SECONDS", 600.0)
    gate = Gate(live_server.thread.port)  # type: ignore[attr-defined]
    outage = Outage(kiosk, gate, tmp_path, random.Random(SEED))
    yield outage
    outage.close()
    gate.close()


def invite(town: Town, chance: random.Random, count: int, begins: datetime) -> list[Visitor]:
    """People who come during the outage, in the order of their coming; every tenth types a date of birth."""
    visitors: list[Visitor] = []
    births = iter(datetime(1930, 1, 1) + timedelta(days=13 * day) for day in range(2000))  # noqa: DTZ001 - a date
    starts = [
        town.at("07:00", day) + timedelta(minutes=15 * quarter)
        for day in (24, 25, 26, 27)
        for quarter in range(56)
        for _counter in town.counters
    ]
    wanted = [start for start in starts if begins + timedelta(minutes=30) < start < begins + LASTS]
    for place, start in enumerate(sorted(chance.sample(wanted, min(count, len(wanted))))):
        at = start - timedelta(seconds=chance.randrange(1500))
        if place % WALK_INS == WALK_INS - 1:
            request = {"service": "population", "procedure": "carte", "persons": 1}
            visitors.append(Visitor(at, request))
            continue
        birth = f"{next(births):%Y-%m-%d}" if place % 10 == 0 else ""
        person = Person(last_name=f"Person {place}", birth_date=birth)
        booked = book(town.wanted(), start, person, language="fr", now=MONDAY, intent=uuid.uuid4())
        key = {"birth_date": birth} if birth else {"code": check_in_token(booked)}
        visitors.append(Visitor(at, key, booked.pk))
    return sorted(visitors, key=lambda visitor: visitor.at)


def live_through(outage: Outage, town: Town, travel: time_machine.Traveller, count: int, kills: int) -> float:
    """Three days without a line; the seconds it took to come home."""
    begins = town.at("09:00")
    visitors = invite(town, outage.chance, count, begins)
    outage.set_clock(begins)
    outage.start()
    wait_until(lambda: outage.health()["server"] == "ok" and not outage.health()["locked"], 60, "the bridge is ready")
    wait_until(lambda: outage.count_days() == ROSTER_DAYS, 120, "the roster has come")
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
    size: tuple[int, int, int],
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    _counters, count, kills = size
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
