"""What people are told of their wait, and how near it comes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from eguichet_rdv.catalogue.models import Procedure, Service
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.waiting.domain import forecast
from eguichet_rdv.waiting.domain.answers import ByAppointment
from eguichet_rdv.waiting.domain.call import call_next
from eguichet_rdv.waiting.domain.check_in import check_in
from eguichet_rdv.waiting.domain.forecast import Wait, count_ahead, estimate_services, estimate_wait
from eguichet_rdv.waiting.domain.pace import measure_pace
from eguichet_rdv.waiting.domain.play import Desk, Person, play
from eguichet_rdv.waiting.domain.serve import finish
from eguichet_rdv.waiting.domain.sessions import open_session, pause_session
from eguichet_rdv.waiting.domain.walk_in import give_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel
from eguichet_rdv.waiting.models import PaceRecord, Stop
from tests.town import Town, make_clerk, make_procedure

At = Callable[[str], datetime]
KIOSK = ArrivalChannel.KIOSK


@pytest.fixture
def no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every question looks at the hall anew."""
    monkeypatch.setattr(forecast, "KEPT_SECONDS", -1)


def walk_in(town: Town, now: datetime, procedure: Procedure | None = None) -> Stop:
    answer = give_ticket(
        town.location, procedure or town.card, language="fr", channel=KIOSK, now=now, user=make_clerk(f"r{uuid4()}")
    )
    assert answer.stop is not None
    return answer.stop


def person(
    key: int, *, due: float, arrived: float = 0, booked: float | None = None, at: tuple[int, ...] = (1,)
) -> Person:
    return Person(key, due, arrived, booked, 600, frozenset(at), frozenset(at) if booked is not None else frozenset())


def test_counters_call_in_order_only_who_is_there_and_start_no_walk_in_that_would_delay_somebody() -> None:
    people = [person(1, due=1800), person(2, due=300, booked=300), person(3, due=0, arrived=5000)]
    called = play(people, [Desk(1, 0)], takes=lambda _one: 600, patience=0)
    # 2 is due at 300: a walk-in of 600 started at 0 would delay them; 3 is first in order, but comes at 5000 only.
    assert called == {2: 0, 1: 600, 3: 5000}
    assert play(people, [Desk(1, 0, closes_at=600)], takes=lambda _one: 600, patience=0) == {2: 0}


def test_a_walk_in_is_not_passed_for_ever() -> None:
    walker = person(1, due=0)
    booked = [person(key, due=60 * key, booked=60 * key) for key in range(2, 9)]
    for patience, called_at in ((0, 0), (1200, 1200), (10_000, 4200)):
        called = play([walker, *booked], [Desk(1, 0)], takes=lambda _one: 600, patience=patience)
        assert called[1] == called_at


@pytest.mark.django_db
@pytest.mark.usefixtures("no_memory")
def test_the_wait_grows_with_the_line_and_shrinks_with_the_counters(town: Town, at: At) -> None:
    alone = walk_in(town, at("09:00"))
    assert (alone.foreseen_low, estimate_wait(alone, now=at("09:00"))) == (None, None)  # no counter is open
    open_session(town.counters[0], make_clerk("one"), now=at("09:00"))
    for _each in range(5):
        last = walk_in(town, at("09:00"))
    one = estimate_wait(last, now=at("09:00"))
    second = open_session(town.counters[1], make_clerk("two"), now=at("09:00"))
    two = estimate_wait(last, now=at("09:00"))
    assert one
    assert two
    assert one.low <= 5 * 15 <= one.high  # five people of a quarter of an hour before
    assert two.high < one.high
    pause_session(second)
    assert estimate_wait(last, now=at("09:00")) == one
    # The same is told to whoever asks before coming, one person later.
    assert estimate_services(town.location, now=at("09:00"))[town.service.pk].high >= one.high
    assert last.foreseen_low is not None  # kept at arrival, drawn anew since under another key: two steps apart at most
    assert abs(last.foreseen_low - one.low) <= 10


@pytest.mark.django_db
def test_before_somebody_are_all_whom_their_counter_calls_first(town: Town, at: At) -> None:
    strangers = Service.objects.create(code="etrangers", labels={"fr": "Étrangers"}, letter_declared="E")
    visa = make_procedure(strangers, "visa", "Visa", "Visum", minutes=15)
    first, second = town.counters
    first.procedures.set([visa, town.card])
    second.procedures.set([town.kids])
    for procedure in (visa, town.kids, visa):
        walk_in(town, at("09:00"), procedure)
    last = walk_in(town, at("09:01"))
    walk_in(town, at("09:02"), visa)
    assert count_ahead(last, now=at("09:02")) == 2  # no counter is open yet
    open_session(second, make_clerk("two"), now=at("09:03"))
    assert count_ahead(last, now=at("09:03")) == 2
    session = open_session(first, make_clerk("one"), now=at("09:03"))
    for still in (1, 0):
        called = call_next(session, intent=uuid4(), now=at("09:03")).stop
        assert called is not None
        assert count_ahead(last, now=at("09:03")) == still
        finish(session, called, intent=uuid4(), now=at("09:03"))


@pytest.mark.django_db
@pytest.mark.usefixtures("no_memory")
def test_somebody_expected_before_counts_but_not_who_is_due_later(
    town: Town, at: At, booked: Callable[..., Appointment]
) -> None:
    open_session(town.counters[0], make_clerk(), now=at("09:00"))
    due = booked("09:30")
    answer = check_in(town.location, ByAppointment(due), channel=KIOSK, now=at("09:25"))
    assert answer.stop
    assert estimate_wait(answer.stop, now=at("09:25")) == Wait(0, 5)
    booked("09:30", born="1991-01-01")  # not here yet; due at the same hour, arrives later: no difference
    assert estimate_wait(answer.stop, now=at("09:25")) == Wait(0, 5)
    came = walk_in(town, at("09:25"))
    later = estimate_wait(came, now=at("09:25"))
    assert later
    assert later.high >= 20  # behind the one here and the one expected


@pytest.mark.django_db
@pytest.mark.usefixtures("no_memory")
def test_slow_counters_are_learned(town: Town, at: At) -> None:
    session = open_session(town.counters[0], make_clerk(), now=at("09:00"))
    now = at("09:00")
    for _each in range(12):  # each takes twice the planned quarter of an hour
        walk_in(town, now)
        called = call_next(session, intent=uuid4(), now=now)
        assert called.stop
        now += timedelta(minutes=30)
        finish(session, called.stop, intent=uuid4(), now=now)
    for _each in range(4):
        last = walk_in(town, now)
    usual = estimate_wait(last, now=now)
    assert measure_pace(now) == 1
    learned = estimate_wait(last, now=now)
    assert PaceRecord.objects.get().ratios == {str(town.service.pk): [2.0] * 9}
    assert usual
    assert learned
    assert usual.high < 3 * 30 <= learned.high


@pytest.mark.django_db
def test_one_look_at_the_hall_serves_the_questions_of_ten_seconds(
    town: Town, at: At, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    open_session(town.counters[0], make_clerk("one"), now=at("09:00"))
    stop = walk_in(town, at("09:00"))
    now = at("09:01")
    with django_assert_num_queries(6):  # sessions, pace, who is at a counter, what counters do, the line, the expected
        first = estimate_wait(stop, now=now)
    with django_assert_num_queries(0):
        assert estimate_wait(stop, now=now + timedelta(seconds=10)) == first
    with django_assert_num_queries(6):
        estimate_wait(stop, now=now + timedelta(seconds=11))
