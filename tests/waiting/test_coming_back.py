"""Who was absent, gone, or waited for the rest of a party comes back: once, at no better place, and told why."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from eguichet_rdv.scheduling.domain.move import move
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.waiting.domain.call import call_next
from eguichet_rdv.waiting.domain.check_in import check_in_again
from eguichet_rdv.waiting.domain.line import say_reason
from eguichet_rdv.waiting.domain.numbers import build_roster
from eguichet_rdv.waiting.domain.priority import give_priority
from eguichet_rdv.waiting.domain.refusals import AlreadyArrived
from eguichet_rdv.waiting.domain.serve import mark_left, mark_no_show, park, recall, transfer
from eguichet_rdv.waiting.domain.sessions import open_session
from eguichet_rdv.waiting.domain.tickets import describe_ticket
from eguichet_rdv.waiting.domain.visit import write_note
from eguichet_rdv.waiting.domain.walk_in import give_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel, PriorityReason, StopState
from eguichet_rdv.waiting.models import CounterSession, Stop, Ticket
from tests.town import Town, make_clerk
from tests.waiting.test_check_in import scan

pytestmark = [pytest.mark.django_db, pytest.mark.db]
Book = Callable[..., Appointment]
At = Callable[..., datetime]


@pytest.fixture
def session(town: Town, at: At) -> CounterSession:
    return open_session(town.counters[0], make_clerk(), now=at("08:30"))


def miss(session: CounterSession, *, called: datetime, again: datetime, absent: datetime) -> None:
    """Somebody is called twice and does not come."""
    stop = call_next(session, intent=uuid4(), now=called).stop
    assert stop is not None
    recall(session, stop, intent=uuid4(), now=again)
    mark_no_show(session, stop, intent=uuid4(), now=absent)


def leave(session: CounterSession, now: datetime) -> None:
    mark_left(session, Stop.objects.get(), intent=uuid4(), now=now)


@pytest.mark.parametrize("hour", [("09:00", 25), ("11:30", 24)])
def test_who_left_and_moved_comes_anew(
    town: Town, session: CounterSession, booked: Book, at: At, hour: tuple[str, int]
) -> None:
    then = at(*hour)
    made = booked("11:00")
    build_roster(town.location, at("08:00").date())
    old = scan(town, made, at("08:50")).ticket
    assert old is not None
    write_note(Stop.objects.get(), "Marie fetches a photo")
    leave(session, at("09:10"))
    move(made, then, now=at("09:20"), intent=uuid4())
    assert check_in_again(Ticket.objects.get(), now=at("09:25"), user=session.clerk).ticket is None
    build_roster(town.location, then.date())
    answer = scan(town, made, then)
    assert (answer.outcome, answer.ticket != old) == ("ticket", True)
    stop = Stop.objects.get(ticket=answer.ticket)
    assert (stop.state, stop.booked_at, stop.due_at) == (StopState.WAITING, then, then)
    assert stop.ticket.date == then.date()
    assert Stop.objects.filter(ticket=old).values_list("state", "note").get() == (StopState.LEFT, "")


def test_coming_back_improves_no_place_and_the_reason_says_so(
    town: Town, session: CounterSession, booked: Book, at: At
) -> None:
    early, punctual = booked("11:00"), booked("10:00", "1950-01-01")
    scan(town, early, at("08:50"))
    give_priority(session, Stop.objects.get(), PriorityReason.AGREED, intent=uuid4(), now=at("08:51"))
    miss(session, called=at("09:00"), again=at("09:02"), absent=at("09:10"))
    back = scan(town, early, at("09:20"))
    stop = Stop.objects.select_related("location").get()
    assert (back.outcome, stop.due_at, stop.priority, stop.calls) == ("ticket", at("11:00"), 0, 0)
    reason = say_reason(stop, at("09:20"))
    assert "09:20" in reason
    assert "08:50" not in reason
    scan(town, punctual, at("09:30"))
    called = call_next(session, intent=uuid4(), now=at("09:30")).stop
    assert called is not None
    assert called.ticket.appointment == punctual


def test_who_left_before_the_party_was_complete_is_asked_again(
    town: Town, session: CounterSession, booked: Book, at: At
) -> None:
    made = booked("09:00", persons=3)
    scan(town, made, at("08:50"), party_complete=False)
    leave(session, at("08:55"))
    assert scan(town, made, at("09:00")).outcome == "party"
    scan(town, made, at("09:00"), party_complete=False)
    assert Stop.objects.get().awaits_party
    leave(session, at("09:05"))
    scan(town, made, at("09:10"), party_complete=True)
    assert Stop.objects.get().state == StopState.WAITING


def test_who_came_without_appointment_comes_back_under_their_number(
    town: Town, session: CounterSession, at: At
) -> None:
    ticket = give_ticket(town.location, town.card, language="fr", channel=ArrivalChannel.KIOSK, now=at("09:00")).ticket
    assert ticket is not None
    miss(session, called=at("09:30"), again=at("09:32"), absent=at("09:40"))
    for _twice in range(2):
        assert check_in_again(ticket, now=at("09:50"), user=session.clerk).ticket == ticket
    stop = Stop.objects.select_related("location").get()
    assert (stop.state, stop.due_at) == (StopState.WAITING, at("09:50"))
    assert [event.kind for event in stop.events.all()].count("came_back") == 1
    assert "09:50" in say_reason(stop, at("09:51"))
    assert check_in_again(ticket, now=at("09:00", day=25), user=session.clerk).outcome == "other_day"


def test_who_scans_again_is_sent_where_they_are_called(
    town: Town, session: CounterSession, booked: Book, at: At
) -> None:
    made = booked("09:00")
    scan(town, made, at("08:50"))
    there = town.counters[1]
    there.zone = town.zone_b
    there.save()
    stop = call_next(session, intent=uuid4(), now=at("09:00")).stop
    assert stop is not None
    transfer(session, stop, service=town.service, counter=there, intent=uuid4(), now=at("09:05"))
    again = scan(town, made, at("09:06"))
    assert again.ticket is not None
    assert "B" in again.sentence.split()[-1]
    assert describe_ticket(again.ticket, "fr", now=at("09:06"))["zone"] == "B"


def test_who_was_served_at_one_of_two_counters_moves_nothing(
    town: Town, session: CounterSession, booked: Book, at: At
) -> None:
    made = booked("09:00")
    scan(town, made, at("08:50"))
    stop = call_next(session, intent=uuid4(), now=at("09:00")).stop
    assert stop is not None
    sent_on = transfer(session, stop, service=town.service, intent=uuid4(), now=at("09:05"))
    mark_left(session, sent_on, intent=uuid4(), now=at("09:10"))
    with pytest.raises(AlreadyArrived):
        move(made, at("09:00", day=25), now=at("09:12"), intent=uuid4())


@pytest.mark.parametrize("at_reception", [False, True])
def test_who_was_put_aside_and_is_here_again_is_back_in_the_line(
    town: Town, session: CounterSession, booked: Book, at: At, *, at_reception: bool
) -> None:
    made = booked("09:00")
    scan(town, made, at("08:50"))
    stop = call_next(session, intent=uuid4(), now=at("09:00")).stop
    assert stop is not None
    park(session, stop, intent=uuid4(), now=at("09:01"))
    assert scan(town, made, at("08:55"), reported_later=True).outcome == "same_ticket"
    assert Stop.objects.get().state == StopState.PARKED
    for _twice in range(2):
        if at_reception:
            again = check_in_again(Ticket.objects.get(), now=at("09:20"), user=session.clerk)
        else:
            again = scan(town, made, at("09:20"))
        assert again.outcome == "same_ticket"
    back = Stop.objects.get()
    assert (back.state, back.due_at) == (StopState.WAITING, at("09:00"))
    assert [event.kind for event in back.events.all()] == ["arrived", "called", "parked", "resumed"]
    assert call_next(session, intent=uuid4(), now=at("09:21")).stop == stop


def test_the_earliest_of_two_arrivals_counts_whichever_is_told_first(
    town: Town, session: CounterSession, booked: Book, at: At
) -> None:
    made = booked("09:00")
    scan(town, made, at("09:25"))
    give_priority(session, Stop.objects.get(), PriorityReason.AGREED, intent=uuid4(), now=at("09:26"))
    late = Stop.objects.get()
    for told in ("09:27", "08:55", "09:05"):
        assert scan(town, made, at(told), reported_later=True).outcome == "same_ticket"
    stop = Stop.objects.select_related("ticket").get()
    assert (stop.arrived_at, stop.ticket.arrived_at) == (at("08:55"), at("08:55"))
    assert (late.due_at, stop.due_at) == (at("09:35") - minutes(stop.priority), at("09:00") - minutes(stop.priority))


@pytest.mark.parametrize("then", ["called", "back"])
def test_an_earlier_arrival_changes_no_place_that_has_come_of_something_else(
    town: Town, session: CounterSession, booked: Book, at: At, then: str
) -> None:
    made = booked("09:00")
    scan(town, made, at("09:25"))
    if then == "called":
        call_next(session, intent=uuid4(), now=at("09:26"))
    else:
        leave(session, at("09:26"))
        scan(town, made, at("09:40"))
    facts = Stop.objects.values_list("state", "arrived_at", "due_at", "back_at")
    before = facts.get()
    scan(town, made, at("08:55"), reported_later=True)
    assert facts.get() == before


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)
