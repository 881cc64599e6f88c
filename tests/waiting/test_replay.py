"""A day under other rules, by the code that makes the order."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from eguichet_rdv.scheduling.domain.agenda import extend_agenda
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.waiting.domain.answers import ByAppointment
from eguichet_rdv.waiting.domain.call import call_next
from eguichet_rdv.waiting.domain.check_in import check_in
from eguichet_rdv.waiting.domain.end_day import end_past_days
from eguichet_rdv.waiting.domain.order import Rules
from eguichet_rdv.waiting.domain.replay import read_day, replay
from eguichet_rdv.waiting.domain.serve import finish, mark_left, mark_no_show, park, recall, resume, transfer
from eguichet_rdv.waiting.domain.service_level import Kind, Visit, measure_level
from eguichet_rdv.waiting.domain.sessions import close_session, open_session
from eguichet_rdv.waiting.domain.statistics import measure_days
from eguichet_rdv.waiting.domain.tickets import live_stop
from eguichet_rdv.waiting.domain.undo import find_undoable, undo
from eguichet_rdv.waiting.domain.walk_in import give_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel
from eguichet_rdv.waiting.models import CounterSession, Stop
from tests.town import MONDAY, Town, make_clerk, make_counter, make_procedure

pytestmark = pytest.mark.django_db
At = Callable[[str], datetime]
KIOSK = ArrivalChannel.KIOSK


@pytest.fixture
def morning(town: Town, at: At, booked: Callable[..., Appointment]) -> None:
    """One counter, always busy: walk-ins of 9:00, 9:00 and 9:05, an appointment of 9:30 booked at the other one."""
    session = open_session(town.counters[0], make_clerk(), now=at("09:00"))
    booked("09:30")
    elsewhere = booked("09:30", born="1991-01-01")
    assert elsewhere.reservations.get().counter == town.counters[1]
    for clock in ("09:00", "09:00", "09:05"):
        give_ticket(town.location, town.card, language="fr", channel=KIOSK, now=at(clock))
    check_in(town.location, ByAppointment(elsewhere), channel=KIOSK, now=at("09:08"))
    now = at("09:10")
    for _each in range(4):
        called = call_next(session, intent=uuid4(), now=now)
        assert called.stop
        now += timedelta(minutes=20)
        finish(session, called.stop, intent=uuid4(), now=now)
    close_session(session, now=now)


@pytest.mark.usefixtures("morning")
def test_the_same_rules_give_the_same_order_and_others_another_one(town: Town, at: At) -> None:
    past = read_day(town.location, at("12:00").date())
    present, nothing = Rules.of(town.location), timedelta()

    def walked_in(visits: list[Visit]) -> list[bool]:
        return [visit.booked_at is None for visit in sorted(visits, key=lambda visit: visit.until)]

    # The clerk pressed « call » ten minutes after sitting down; a replay calls at once: earlier, in the same order.
    assert walked_in(past.visits()) == walked_in(replay(past, present)) == [True, True, False, True]
    assert max(visit.until for visit in replay(past, present)) == at("10:00")
    assert walked_in(replay(past, Rules(present.tolerance, nothing, nothing))) == [True, True, True, False]


@pytest.mark.usefixtures("morning")
def test_the_command_prints_three_tables_and_refuses_rules_that_starve_somebody(town: Town) -> None:
    out = StringIO()
    call_command("replay", "--date", "2026-11-24", "--head-start", "0", "--late-penalty", "0", stdout=out)
    text = out.getvalue()
    assert text.count("without appointment") == 3
    assert "head start 0 min" in text
    with pytest.raises(CommandError, match="late penalty <= head start"):
        call_command("replay", "--date", "2026-11-24", "--head-start", "5", stdout=out)
    with pytest.raises(CommandError, match="Nobody was called"):
        call_command("replay", "--date", "2026-11-25", stdout=out)


def test_calls_taken_back_and_time_put_aside_or_absent_count_neither_as_call_nor_as_service(
    town: Town, at: At, booked: Callable[..., Appointment]
) -> None:
    session = open_session(town.counters[0], make_clerk(), now=at("08:30"))

    def arrive(clock: str, now: str) -> Stop:
        check_in(town.location, ByAppointment(booked(clock)), channel=KIOSK, now=at(now))
        return Stop.objects.latest("pk")

    def call(clock: str) -> Stop:
        stop = call_next(session, intent=uuid4(), now=at(clock)).stop
        assert stop is not None
        return stop

    withdrawn, parked, absent = arrive("09:00", "08:50"), arrive("09:15", "08:51"), arrive("09:30", "08:52")
    call("09:00")
    order = find_undoable(session, at("09:00"))
    assert order is not None
    undo(session, order.pk, intent=uuid4(), now=at("09:00"))
    finish(session, call("09:40"), intent=uuid4(), now=at("09:50"))
    park(session, call("10:00"), intent=uuid4(), now=at("10:05"))
    call("10:10")
    recall(session, absent, intent=uuid4(), now=at("10:12"))
    mark_no_show(session, absent, intent=uuid4(), now=at("10:14"))
    resume(session, parked, intent=uuid4(), now=at("10:20"))
    finish(session, call("10:20"), intent=uuid4(), now=at("10:26"))
    check_in(town.location, ByAppointment(absent.ticket.appointment), channel=KIOSK, now=at("10:40"))  # type: ignore[arg-type]
    finish(session, call("10:50"), intent=uuid4(), now=at("10:57"))
    day = at("12:00").date()
    came = {one.stop: (one.called_at, one.took) for one in read_day(town.location, day).came}
    assert came == {
        withdrawn: (at("09:40"), timedelta(minutes=10)),
        parked: (at("10:00"), timedelta(minutes=6)),
        absent: (at("10:10"), timedelta(minutes=7)),
    }
    (figures,) = measure_days(town.location, day, day, now=at("12:00"))
    assert figures.on_time is not None
    assert (figures.called, figures.on_time.longest) == (3, timedelta(minutes=45))
    assert figures.error is not None
    assert (figures.error.count, figures.error.later) == (3, 1.0)


def test_who_is_sent_on_comes_to_the_planned_counter_after_that(town: Town, at: At) -> None:
    passport = make_procedure(town.service, "passeport", "Passeport", "Paspoort", minutes=20)
    third = make_counter(town.zone_b, "9", [passport])
    extend_agenda(MONDAY)
    wish = town.wanted(town.kids, passport)
    made = book(wish, town.at("09:00"), Person("Name"), language="fr", now=MONDAY, intent=uuid4())
    first, second, last = (
        open_session(counter, make_clerk(counter.name), now=at("08:30")) for counter in (*town.counters, third)
    )
    ticket = check_in(town.location, ByAppointment(made), channel=KIOSK, now=at("08:50"), party_complete=True).ticket
    assert ticket is not None

    def call(session: CounterSession, clock: str) -> Stop:
        stop = call_next(session, intent=uuid4(), now=at(clock)).stop
        assert stop is not None
        return stop

    transfer(first, call(first, "09:00"), service=town.service, counter=second.counter, intent=uuid4(), now=at("09:05"))
    finish(second, call(second, "09:10"), intent=uuid4(), now=at("09:20"))
    stop = call(last, "09:25")
    recall(last, stop, intent=uuid4(), now=at("09:27"))
    mark_no_show(last, stop, intent=uuid4(), now=at("09:29"))
    assert live_stop(ticket) == stop  # and not the one made last, where they have been served
    assert check_in(town.location, ByAppointment(made), channel=KIOSK, now=at("09:40")).ticket == ticket
    finish(last, call(last, "09:45"), intent=uuid4(), now=at("10:00"))
    assert [one.since for one in read_day(town.location, at("12:00").date()).came] == [
        at("08:50"),
        at("09:05"),
        at("09:20"),
    ]


def test_a_party_waits_from_when_it_is_complete_in_figures_and_replays_alike(
    town: Town, at: At, booked: Callable[..., Appointment]
) -> None:
    session = open_session(town.counters[0], make_clerk(), now=at("08:30"))
    party = ByAppointment(booked("09:00", persons=3))
    check_in(town.location, party, channel=KIOSK, now=at("08:50"), party_complete=False)
    check_in(town.location, party, channel=KIOSK, now=at("09:40"), party_complete=True)
    called = call_next(session, intent=uuid4(), now=at("09:41")).stop
    assert called is not None
    park(session, called, intent=uuid4(), now=at("09:42"))
    resume(session, called, intent=uuid4(), now=at("09:50"))
    finish(session, call_next(session, intent=uuid4(), now=at("09:51")).stop, intent=uuid4(), now=at("10:00"))  # type: ignore[arg-type]
    day = at("12:00").date()
    past = read_day(town.location, day)
    assert [visit.until for visit in replay(past, Rules.of(town.location))] == [at("09:40")]
    (figures,) = measure_days(town.location, day, day, now=at("12:00"))
    assert [*measure_level(past.visits())] == [*figures.levels.values()]
    assert [(level.kind, level.longest) for level in figures.levels.values()] == [(Kind.LATE, timedelta(minutes=1))]


def test_who_leaves_or_still_waits_counts_as_well(town: Town, at: At, booked: Callable[..., Appointment]) -> None:
    clerk = make_clerk()
    session = open_session(town.counters[0], clerk, now=at("08:30"))
    for number, clock in enumerate(("09:00", "09:15", "09:30", "09:45", "10:00"), 1):
        one = ByAppointment(booked(clock, born=f"1980-01-0{number}"))
        check_in(town.location, one, channel=KIOSK, now=at("08:50"))
    give_ticket(town.location, town.card, language="fr", channel=KIOSK, now=at("09:00"))
    incomplete = ByAppointment(booked("09:00", born="1970-01-01", persons=2))
    check_in(town.location, incomplete, channel=KIOSK, now=at("08:50"), party_complete=False)
    call_next(session, intent=uuid4(), now=at("09:00"))
    *gone, walk_in, party = Stop.objects.exclude(state="called").order_by("pk")
    for stop in (*gone[:3], party):
        mark_left(session, stop, intent=uuid4(), now=at("11:30"))

    def look(clock: str) -> tuple[int, int, int, float | None, timedelta | None]:
        day = at("12:00").date()
        (figures,) = measure_days(town.location, day, day, now=at(clock))
        on_time, walked_in = figures.on_time, figures.walk_in
        assert on_time is not None
        return figures.called, figures.left, on_time.count, on_time.in_time, walked_in.longest if walked_in else None

    # The one of 10:00 waits still: within the goal at 10:05, no longer so at 11:40.
    assert look("10:05") == (1, 4, 4, 0.25, timedelta(minutes=65))
    assert look("11:40") == (1, 4, 5, 0.2, timedelta(minutes=160))
    mark_left(session, walk_in, intent=uuid4(), now=at("11:45"))
    assert look("11:50") == (1, 5, 5, 0.2, timedelta(minutes=165))
    # Whoever is found missing at night may have waited until the last call of the day.
    end_past_days(at("00:10") + timedelta(days=1))
    assert look("11:50") == (1, 6, 5, 0.2, timedelta(minutes=165))


def test_waits_are_counted_from_the_hour_or_the_arrival(at: At) -> None:
    tolerance = timedelta(minutes=10)
    visits = [
        Visit(at("08:50"), at("09:04"), at("09:00"), tolerance),  # four minutes after the hour
        Visit(at("09:09"), at("09:12"), at("09:00"), tolerance),  # on time by tolerance, but twelve after the hour
        Visit(at("09:30"), at("09:50"), at("09:00"), tolerance),
        Visit(at("09:00"), at("09:40"), None, tolerance),
    ]
    on_time, late, walk_in = measure_level(visits)
    assert (on_time.kind, on_time.count, on_time.in_time, on_time.longest) == (
        Kind.ON_TIME,
        2,
        0.5,
        timedelta(minutes=4),
    )
    assert (late.kind, late.median) == (Kind.LATE, timedelta(minutes=20))
    assert (walk_in.kind, walk_in.longest) == (Kind.WALK_IN, timedelta(minutes=40))
