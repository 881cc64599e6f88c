"""Calling: in order, once, with the reason; and everything a clerk does afterwards."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from eguichet_rdv.scheduling.domain.agenda import extend_agenda
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.cancel import cancel
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.refusals import NotCancellable
from eguichet_rdv.scheduling.enums import CancelledBy
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.waiting.domain.answers import ByAppointment
from eguichet_rdv.waiting.domain.board import board_version, snapshot
from eguichet_rdv.waiting.domain.call import call_next, call_stop
from eguichet_rdv.waiting.domain.check_in import check_in
from eguichet_rdv.waiting.domain.line import current_stop, describe_waiting, standing_here
from eguichet_rdv.waiting.domain.refusals import (
    CounterBusy,
    CounterTaken,
    NotHandledHere,
    NotYetAbsent,
    SessionNotOpen,
    StopChanged,
)
from eguichet_rdv.waiting.domain.serve import (
    finish,
    mark_no_show,
    park,
    recall,
    resume,
    start_serving,
    transfer,
)
from eguichet_rdv.waiting.domain.sessions import (
    close_session,
    find_left_over,
    open_session,
    pause_session,
    resume_session,
)
from eguichet_rdv.waiting.domain.tickets import describe_ticket, live_stop
from eguichet_rdv.waiting.domain.walk_in import give_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel, StopEventKind, StopState
from eguichet_rdv.waiting.models import CounterSession, Stop, StopEvent, Ticket
from tests.sentences import say
from tests.town import MONDAY, Town, make_clerk, make_counter, make_procedure

pytestmark = [pytest.mark.django_db, pytest.mark.db]
Book = Callable[..., Appointment]
At = Callable[..., datetime]


def arrive(town: Town, appointment: Appointment, now: datetime) -> Ticket:
    answer = check_in(
        town.location, ByAppointment(appointment), channel=ArrivalChannel.KIOSK, now=now, party_complete=True
    )
    assert answer.ticket is not None
    return answer.ticket


def walk_in(town: Town, now: datetime) -> Ticket:
    answer = give_ticket(town.location, town.card, language="nl", channel=ArrivalChannel.KIOSK, now=now)
    assert answer.ticket is not None
    return answer.ticket


@pytest.fixture
def session(town: Town, at: At) -> CounterSession:
    return open_session(town.counters[0], make_clerk(), now=at("08:30"))


def call(session: CounterSession, now: datetime) -> str:
    called = call_next(session, intent=uuid4(), now=now)
    return str(called.stop.ticket.number) if called.stop else ""


def test_nobody_who_has_not_arrived_is_callable(session: CounterSession, booked: Book, at: At) -> None:
    booked("09:00")
    called = call_next(session, intent=uuid4(), now=at("09:00"))
    assert called.stop is None
    assert "1" in called.reason


def test_order_is_by_due_time_and_the_reason_is_said(town: Town, session: CounterSession, booked: Book, at: At) -> None:
    later, sooner = booked("09:30"), booked("09:00", "1950-01-01")
    arrive(town, later, at("08:40"))
    walker = walk_in(town, at("08:45"))
    arrive(town, sooner, at("08:50"))
    order = []
    for _ in range(3):
        called = call_next(session, intent=uuid4(), now=at("09:05"))
        assert called.stop is not None
        order.append((called.stop.ticket, called.reason))
        finish(session, called.stop, intent=uuid4(), now=at("09:10"))
    assert [ticket for ticket, _reason in order] == [sooner.ticket, walker, later.ticket]
    assert "09:00" in order[0][1]
    assert "20" in order[1][1]


def test_who_leaves_while_being_called_is_followed_by_the_next(
    town: Town, session: CounterSession, booked: Book, at: At
) -> None:
    first, second = (arrive(town, booked(hour), at("08:50")) for hour in ("09:00", "09:15"))

    def leave_first(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        if sql.startswith('UPDATE "waiting_stop"'):
            left = 'UPDATE "waiting_stop" SET "state" = %s WHERE "ticket_id" = %s'
            execute(left, [StopState.LEFT, first.pk], False, context)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(leave_first):
        assert call(session, at("09:00")) == str(second.number)


def test_a_double_click_calls_one_person(town: Town, session: CounterSession, booked: Book, at: At) -> None:
    arrive(town, booked("09:00"), at("08:50"))
    arrive(town, booked("09:15", "1950-01-01"), at("08:50"))
    intent = uuid4()
    stops = {call_next(session, intent=intent, now=at("09:00")).stop for _ in range(5)}
    assert len(stops) == 1
    with pytest.raises(CounterBusy):
        call_next(session, intent=uuid4(), now=at("09:00"))
    assert Stop.objects.filter(state=StopState.CALLED).count() == 1


def test_the_database_refuses_a_second_visitor_at_a_counter(
    town: Town, session: CounterSession, booked: Book, at: At
) -> None:
    arrive(town, booked("09:00"), at("08:50"))
    arrive(town, booked("09:15", "1950-01-01"), at("08:50"))
    call(session, at("09:00"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Stop.objects.filter(state=StopState.WAITING).update(state=StopState.CALLED, counter=session.counter)


def test_a_call_shows_on_the_board_with_a_new_version(
    town: Town, session: CounterSession, booked: Book, at: At
) -> None:
    arrive(town, booked("09:00"), at("08:50"))
    before = board_version(town.location.pk)
    call(session, at("09:00"))
    shown = snapshot(town.location, now=at("09:00"))
    assert shown["version"] == before + 1
    [one] = shown["calls"]
    assert (one["number"], one["counter"], one["zone"], one["kind"]) == ("P001", "1", "A", "call")
    assert set(one) == {"id", "kind", "number", "counter", "zone", "zones", "languages", "audio", "at"}


def test_recall_serve_finish_and_the_history(town: Town, session: CounterSession, booked: Book, at: At) -> None:
    arrive(town, booked("09:00"), at("08:50"))
    stop = call_next(session, intent=uuid4(), now=at("09:00")).stop
    assert stop is not None
    recall(session, stop, intent=uuid4(), now=at("09:02"))
    start_serving(session, stop, intent=uuid4(), now=at("09:03"))
    assert current_stop(session) == stop
    with pytest.raises(StopChanged):
        recall(session, stop, intent=uuid4(), now=at("09:04"))
    finish(session, stop, intent=uuid4(), now=at("09:10"))
    assert current_stop(session) is None
    assert [event.kind for event in stop.events.all()] == ["arrived", "called", "recalled", "served", "finished"]


def test_absent_only_after_the_calls_the_place_asks_for(
    town: Town, session: CounterSession, booked: Book, at: At
) -> None:
    arrive(town, booked("09:00"), at("08:50"))
    stop = call_next(session, intent=uuid4(), now=at("09:00")).stop
    assert stop is not None
    with pytest.raises(NotYetAbsent):
        mark_no_show(session, stop, intent=uuid4(), now=at("09:01"))
    recall(session, stop, intent=uuid4(), now=at("09:01"))
    with pytest.raises(NotYetAbsent):  # heard twice at once, it is still one call
        mark_no_show(session, stop, intent=uuid4(), now=at("09:03"))
    recall(session, stop, intent=uuid4(), now=at("09:03"))
    with pytest.raises(NotYetAbsent):
        mark_no_show(session, stop, intent=uuid4(), now=at("09:04"))
    mark_no_show(session, stop, intent=uuid4(), now=at("09:05"))
    assert Stop.objects.get().state == StopState.NO_SHOW


def test_parking_keeps_number_and_place(town: Town, session: CounterSession, booked: Book, at: At) -> None:
    arrive(town, booked("09:00"), at("08:50"))
    arrive(town, booked("09:15", "1950-01-01"), at("08:50"))
    stop = call_next(session, intent=uuid4(), now=at("09:00")).stop
    assert stop is not None
    park(session, stop, intent=uuid4(), now=at("09:01"))
    second = call_next(session, intent=uuid4(), now=at("09:02")).stop
    assert second is not None
    finish(session, second, intent=uuid4(), now=at("09:10"))
    resume(session, stop, intent=uuid4(), now=at("09:11"))
    assert call(session, at("09:12")) == "P001"


def test_transfer_keeps_number_and_due_time(town: Town, session: CounterSession, booked: Book, at: At) -> None:
    ticket = arrive(town, booked("09:00"), at("08:50"))
    stop = call_next(session, intent=uuid4(), now=at("09:00")).stop
    assert stop is not None
    transfer(session, stop, service=town.service, counter=town.counters[1], intent=uuid4(), now=at("09:05"))
    assert call(session, at("09:06")) == ""
    other = open_session(town.counters[1], make_clerk("second"), now=at("08:30"))
    called = call_next(other, intent=uuid4(), now=at("09:06")).stop
    assert called is not None
    assert (called.ticket, called.due_at) == (ticket, at("09:00"))
    [shown] = snapshot(town.location, now=at("09:07"))["calls"]
    assert (shown["number"], shown["counter"]) == ("P001", "2")
    # Put aside there: nobody is to go back to the first counter.
    park(other, called, intent=uuid4(), now=at("09:08"))
    assert snapshot(town.location, now=at("09:08"))["calls"] == []


def test_two_counters_under_one_number(town: Town, session: CounterSession, at: At) -> None:
    passport = make_procedure(town.service, "passeport", "Passeport", "Paspoort", minutes=20)
    third = make_counter(town.zone_b, "9", [passport])
    extend_agenda(MONDAY)
    made = book(
        town.wanted(town.kids, passport), town.at("09:00"), Person("Name"), language="fr", now=MONDAY, intent=uuid4()
    )
    ticket = arrive(town, made, at("08:50"))
    other = open_session(third, make_clerk("second"), now=at("08:30"))
    assert call(other, at("09:00")) == ""
    stop = call_next(session, intent=uuid4(), now=at("09:00")).stop
    assert stop is not None
    assert [left.ticket for left in find_left_over(other)] == [ticket]
    Stop.objects.filter(pk=stop.pk).update(state=StopState.LEFT)
    assert find_left_over(other) == []
    Stop.objects.filter(pk=stop.pk).update(state=StopState.CALLED)
    finish(session, stop, intent=uuid4(), now=at("09:15"))
    made.refresh_from_db()
    assert made.state == "confirmed"
    second = call_next(other, intent=uuid4(), now=at("09:20")).stop
    assert second is not None
    assert (second.ticket, second.zone.code) == (ticket, "B")
    finish(other, second, intent=uuid4(), now=at("09:40"))
    made.refresh_from_db()
    assert made.state == "honoured"


def test_between_two_counters_nobody_cancels_what_was_half_done(
    town: Town, session: CounterSession, booked: Book, at: At
) -> None:
    made = booked("09:00")
    ticket = arrive(town, made, at("08:50"))
    stop = call_next(session, intent=uuid4(), now=at("09:00")).stop
    assert stop is not None
    transfer(session, stop, service=town.service, counter=town.counters[1], intent=uuid4(), now=at("09:05"))
    now_at = live_stop(ticket)
    assert now_at is not None
    assert (now_at.state, now_at.only_counter) == ("waiting", town.counters[1])
    with pytest.raises(NotCancellable):
        cancel(made, by=CancelledBy.CITIZEN, now=at("09:06"))


def test_a_chosen_person_is_called_with_a_reason(town: Town, session: CounterSession, booked: Book, at: At) -> None:
    arrive(town, booked("09:00"), at("08:50"))
    chosen = arrive(town, booked("09:15", "1950-01-01"), at("08:50")).stops.get()
    called = call_stop(session, chosen, "with a baby", intent=uuid4(), now=at("09:00"))
    assert called.stop == chosen
    assert chosen.events.last().reason == "with a baby"  # type: ignore[union-attr]


def test_a_counter_cannot_call_what_it_does_not_handle(town: Town, session: CounterSession, at: At) -> None:
    passport = make_procedure(town.service, "passeport", "Passeport", "Paspoort", minutes=20)
    make_counter(town.zone_b, "9", [passport])
    extend_agenda(MONDAY)
    ticket = give_ticket(town.location, passport, language="fr", channel=ArrivalChannel.KIOSK, now=at("09:00")).ticket
    assert ticket is not None
    assert call(session, at("09:00")) == ""
    with pytest.raises(NotHandledHere):
        call_stop(session, ticket.stops.get(), "x", intent=uuid4(), now=at("09:00"))


def test_a_long_walk_in_is_not_begun_before_somebody_here_for_this_counter(
    town: Town, session: CounterSession, booked: Book, at: At
) -> None:
    walker = walk_in(town, at("08:35"))
    made = booked("09:10")
    made.reservations.update(counter=session.counter)
    arrive(town, made, at("09:00"))
    line, _parked = standing_here(session.counter, at("09:00"))
    assert [stop.ticket for stop in line] == [made.ticket, walker]  # what the desk shows as next is who is called
    assert call(session, at("09:00")) == str(made.ticket.number)
    why = say("Whoever waits before without appointment would take too long until then.")
    assert why in " ".join(StopEvent.objects.get(kind=StopEventKind.CALLED).reason.split())
    other = open_session(town.counters[1], make_clerk("second"), now=at("08:30"))
    assert call(other, at("09:00")) == str(walker.number)


def test_one_clerk_a_counter_and_taking_over_is_asked(town: Town, session: CounterSession, at: At) -> None:
    second = make_clerk("second")
    with pytest.raises(CounterTaken):
        open_session(town.counters[0], second, now=at("09:00"))
    mine = open_session(town.counters[0], second, now=at("09:00"), take_over=True)
    session.refresh_from_db()
    assert (session.state, mine.state) == ("closed", "open")
    moved = open_session(town.counters[1], second, now=at("09:10"))
    mine.refresh_from_db()
    assert (mine.state, moved.counter) == ("closed", town.counters[1])


def test_paused_counters_do_not_call(town: Town, session: CounterSession, booked: Book, at: At) -> None:
    arrive(town, booked("09:00"), at("08:50"))
    pause_session(session)
    with pytest.raises(SessionNotOpen):
        call_next(session, intent=uuid4(), now=at("09:00"))
    resume_session(session)
    assert call(session, at("09:00")) == "P001"
    with pytest.raises(CounterBusy):
        close_session(session, now=at("09:01"))


def test_the_line_shows_waits_and_lights(town: Town, session: CounterSession, booked: Book, at: At) -> None:
    arrive(town, booked("09:00"), at("08:50"))
    walk_in(town, at("08:40"))
    line = [describe_waiting(stop, at("09:20")) for stop in standing_here(session.counter, at("09:20"))[0]]
    assert [(one.wait, one.light) for one in line] == [
        (timedelta(minutes=30), "amber"),
        (timedelta(minutes=40), "green"),
    ]


def test_a_ticket_tells_number_zone_and_wait_and_nobody_s_name(
    town: Town, session: CounterSession, booked: Book, at: At
) -> None:
    ticket = arrive(town, booked("09:00"), at("08:50"))
    shown = describe_ticket(ticket, "fr", now=at("08:50"))
    assert (shown["number"], shown["zone"], shown["hour"], shown["wait"]) == (
        "P001",
        "A",
        "09:00",
        {"low": 0, "high": 5},
    )
    assert "Name" not in str(shown)
