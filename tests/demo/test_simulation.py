"""The simulated day: its clock, its judge, and a short one for real."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from eguichet_rdv.demo.simulation.clock import BEFORE, FastClock
from eguichet_rdv.demo.simulation.diary import Diary
from eguichet_rdv.demo.simulation.judge import judge_arrivals, judge_boards, judge_calls, judge_order, list_waited
from eguichet_rdv.demo.simulation.stage import NotEmpty, set_stage
from eguichet_rdv.waiting.domain.call import call_next
from eguichet_rdv.waiting.domain.order import Rules
from eguichet_rdv.waiting.domain.serve import finish
from eguichet_rdv.waiting.domain.sessions import open_session
from eguichet_rdv.waiting.domain.walk_in import give_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel, StopEventKind
from eguichet_rdv.waiting.models import StopEvent, Ticket
from tests.harness.databases import copy_database, drop_database
from tests.harness.installation import Installation
from tests.town import Town, make_clerk, make_town

NO_BLUR = timedelta()


def test_the_clock_stands_before_the_gate_and_runs_fast_after_it(tmp_path: Path) -> None:
    opens = datetime.fromisoformat("2026-11-24T08:00:00+01:00")
    clock = FastClock(opens, 1000.0, tmp_path / "gate")
    elsewhere = FastClock.read(str(clock))
    assert timedelta() <= clock.now() - (opens - BEFORE) < timedelta(minutes=1)
    clock.open_gate()
    assert opens <= elsewhere.now() <= clock.now() + timedelta(seconds=1)
    assert clock.seconds_until(opens + timedelta(days=1)) < 86.4
    assert clock.seconds_until(opens - timedelta(days=1)) == 0


@pytest.fixture
def morning(town: Town) -> Diary:
    """Four people called in order by one counter."""
    diary = Diary()
    session = open_session(town.counters[0], make_clerk(), now=town.at("09:00"))
    for minute in range(4):
        now = town.at(f"09:0{minute}")
        answer = give_ticket(town.location, town.card, language="fr", channel=ArrivalChannel.KIOSK, now=now)
        diary.tickets[str(answer.ticket)] = ""
    now = town.at("09:10")
    for _each in range(4):
        called = call_next(session, intent=uuid4(), now=now)
        assert called.stop
        now += timedelta(minutes=10)
        finish(session, called.stop, intent=uuid4(), now=now)
    return diary


@pytest.fixture
def town(db: None) -> Town:
    return make_town(counters=1)


def lose_an_arrival() -> None:
    Ticket.objects.filter(number__ordinal=2).delete()


def call_twice() -> None:
    event = StopEvent.objects.filter(kind=StopEventKind.CALLED).first()
    assert event
    event.pk = None
    event.save()


def call_too_soon() -> None:
    first, second = StopEvent.objects.filter(kind=StopEventKind.CALLED).order_by("pk")[:2]
    StopEvent.objects.filter(pk=second.pk).update(at=first.at + timedelta(minutes=5))


def pass_somebody_by() -> None:
    """The second and the fourth change their places in the history."""
    calls = list(StopEvent.objects.filter(kind=StopEventKind.CALLED).order_by("pk"))
    for event, stop in ((calls[1], calls[3].stop_id), (calls[3], calls[1].stop_id)):
        StopEvent.objects.filter(pk=event.pk).update(stop_id=stop)


@pytest.mark.parametrize("fault", [lose_an_arrival, call_twice, call_too_soon, pass_somebody_by])
def test_the_judge_finds_nothing_in_a_good_day_and_each_fault_in_a_bad_one(
    town: Town, morning: Diary, fault: Callable[[], None]
) -> None:
    day = town.at("12:00").date()

    def judge() -> list[str]:
        return [
            *judge_arrivals(town.location, day, morning),
            *judge_calls(town.location, day, blur=NO_BLUR),
            *judge_order(list_waited(town.location, day), patience=Rules.of(town.location).patience, blur=NO_BLUR),
        ]

    assert judge() == []
    fault()
    assert judge() != []


def test_a_screen_that_misses_a_call_is_named() -> None:
    right = {(1, "P001", "5")}
    assert list(judge_boards([("all", right | {(2, "P002", "1")}, right)])) == []
    assert list(judge_boards([("all", set(), right)])) == ["all does not show [(1, 'P001', '5')]"]


@pytest.mark.sqlite_only
def test_it_refuses_a_database_in_use_and_another_shape(town: Town) -> None:
    with pytest.raises(CommandError, match="PostgreSQL"):
        call_command("simulate_day")
    said: list[str] = []
    with pytest.raises(NotEmpty):
        set_stage(20, Random(1), said.append)
    assert said == []


@pytest.mark.e2e
def test_a_short_day_in_the_production_shape(tmp_path: Path, postgres: str, redis_url: str) -> None:
    url = copy_database(tmp_path, f"simulation_{os.getpid()}", postgres)
    prefix = f"simulation{Random().getrandbits(32)}"
    site = Installation(tmp_path, database_url=url, redis_url=redis_url, settings={"EGUICHET_REDIS_PREFIX": prefix})
    site.collect_static()
    said = site.manage("simulate_day", "--visitors", "20", "--minutes", "0.4", "--any-level", limit=170)
    assert "errors: 0, promises broken: 0" in said
    assert "20 tickets" in said
    drop_database(url)
