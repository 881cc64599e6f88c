"""What was pressed by mistake is taken back within ten seconds, and everything is as before."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from eguichet_rdv.catalogue.models import Service
from eguichet_rdv.scheduling.domain.agenda import extend_agenda
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.models import Location
from eguichet_rdv.waiting.domain.answers import ByAppointment
from eguichet_rdv.waiting.domain.board import snapshot
from eguichet_rdv.waiting.domain.call import call_next
from eguichet_rdv.waiting.domain.check_in import check_in
from eguichet_rdv.waiting.domain.refusals import StopChanged, TooLateToUndo
from eguichet_rdv.waiting.domain.serve import (
    finish,
    finish_unserved,
    mark_left,
    mark_no_show,
    park,
    resume,
    start_serving,
    transfer,
)
from eguichet_rdv.waiting.domain.sessions import open_session
from eguichet_rdv.waiting.domain.undo import find_undoable, undo
from eguichet_rdv.waiting.enums import ArrivalChannel, StopState, UnservedReason
from eguichet_rdv.waiting.models import CounterSession, Stop, Ticket
from tests.town import MONDAY, Town, make_clerk, make_counter, make_procedure

pytestmark = [pytest.mark.django_db]
Book = Callable[..., Appointment]
At = Callable[..., datetime]
SECONDS = timedelta(seconds=1)


@pytest.fixture
def session(town: Town, at: At) -> CounterSession:
    return open_session(town.counters[0], make_clerk(), now=at("08:30"))


def arrive(town: Town, appointment: Appointment, now: datetime) -> Ticket:
    answer = check_in(town.location, ByAppointment(appointment), channel=ArrivalChannel.KIOSK, now=now)
    assert answer.ticket is not None
    return answer.ticket


def call(session: CounterSession, now: datetime) -> Stop:
    stop = call_next(session, intent=uuid4(), now=now).stop
    assert stop is not None
    return stop


def take_back(session: CounterSession, now: datetime) -> Stop:
    order = find_undoable(session, now)
    assert order is not None
    return undo(session, order.pk, intent=uuid4(), now=now)


def test_a_call_is_taken_back_for_ten_seconds(town: Town, session: CounterSession, booked: Book, at: At) -> None:
    arrive(town, booked("09:00"), at("08:50"))
    stop = call(session, at("09:00"))
    order = find_undoable(session, at("09:00") + 10 * SECONDS)
    assert order is not None
    assert find_undoable(session, at("09:00") + 11 * SECONDS) is None
    with pytest.raises(TooLateToUndo):
        undo(session, order.pk, intent=uuid4(), now=at("09:01"))
    intent = uuid4()
    for _press in range(2):
        assert undo(session, order.pk, intent=intent, now=at("09:00") + 5 * SECONDS).state == StopState.WAITING
    assert snapshot(town.location, now=at("09:01"))["calls"] == []
    assert find_undoable(session, at("09:00") + 6 * SECONDS) is None
    assert call(session, at("09:02")) == stop


def test_a_finish_is_taken_back_with_all_that_followed(
    town: Town, session: CounterSession, booked: Book, at: At
) -> None:
    made = booked("09:00")
    arrive(town, made, at("08:50"))
    stop = call(session, at("09:00"))
    start_serving(session, stop, intent=uuid4(), now=at("09:01"))
    finish(session, stop, intent=uuid4(), now=at("09:10"), done=[town.kids])
    assert dict(stop.items.values_list("procedure", "done")) == {town.card.pk: False, town.kids.pk: True}
    back = take_back(session, at("09:10") + 3 * SECONDS)
    assert (back.state, back.counter, back.ended_at) == (StopState.SERVING, session.counter, None)
    assert dict(stop.items.values_list("procedure", "done")) == {town.card.pk: None}
    finish_unserved(session, stop, UnservedReason.PHOTO, intent=uuid4(), now=at("09:12"))
    made.refresh_from_db()
    assert (made.state, stop.events.last().reason) == ("honoured", "photo")  # type: ignore[union-attr]
    assert [event.kind for event in made.events.all()] == ["booked", "honoured", "corrected", "honoured"]


def test_a_finish_is_not_taken_back_once_the_next_counter_has_called(
    town: Town, session: CounterSession, at: At
) -> None:
    passport = make_procedure(town.service, "passeport", "Passeport", "Paspoort", minutes=20)
    third = make_counter(town.zone_b, "9", [passport])
    extend_agenda(MONDAY)
    wish = town.wanted(town.kids, passport)
    made = book(wish, town.at("09:00"), Person("Name"), language="fr", now=MONDAY, intent=uuid4())
    arrive(town, made, at("08:50"))
    other = open_session(third, make_clerk("second"), now=at("08:30"))
    stop = call(session, at("09:00"))
    finish(session, stop, intent=uuid4(), now=at("09:10"))
    take_back(session, at("09:10") + SECONDS)
    assert list(Stop.objects.order_by("position").values_list("state", flat=True)) == ["called", "planned"]
    finish(session, stop, intent=uuid4(), now=at("09:11"))
    call(other, at("09:11") + SECONDS)
    with pytest.raises(StopChanged):
        take_back(session, at("09:11") + 2 * SECONDS)
    assert list(Stop.objects.order_by("position").values_list("state", flat=True)) == ["done", "called"]


def test_absent_gone_and_sent_on_are_taken_back(town: Town, session: CounterSession, booked: Book, at: At) -> None:
    Location.objects.update(no_show_calls=1, recall_minutes=0)
    waiting = arrive(town, booked("09:15", "1950-01-01"), at("08:50")).stops.get()
    arrive(town, booked("09:00"), at("08:50"))
    stop = call(session, at("09:00"))
    mark_no_show(session, stop, intent=uuid4(), now=at("09:01"))
    assert snapshot(town.location, now=at("09:01"))["calls"] == []
    assert take_back(session, at("09:01") + SECONDS).state == StopState.CALLED
    [shown] = snapshot(town.location, now=at("09:01"))["calls"]
    assert shown["at"] == at("09:00").astimezone(MONDAY.tzinfo).isoformat(timespec="milliseconds")[:-6] + "Z"
    mark_left(session, waiting, intent=uuid4(), now=at("09:02"))
    assert take_back(session, at("09:02") + SECONDS).state == StopState.WAITING
    transfer(session, stop, service=Service.objects.get(), intent=uuid4(), now=at("09:03"))
    assert take_back(session, at("09:03") + SECONDS).state == StopState.CALLED
    assert stop.ticket.stops.count() == 1


def test_who_was_only_called_this_time_is_called_again(
    town: Town, session: CounterSession, booked: Book, at: At
) -> None:
    arrive(town, booked("09:00"), at("08:50"))
    stop = call(session, at("09:00"))
    start_serving(session, stop, intent=uuid4(), now=at("09:01"))
    park(session, stop, intent=uuid4(), now=at("09:05"))
    resume(session, stop, intent=uuid4(), now=at("09:20"))
    finish(session, call(session, at("09:21")), intent=uuid4(), now=at("09:22"))
    assert take_back(session, at("09:22")).state == StopState.CALLED
