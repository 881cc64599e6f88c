"""Two who reach for the same visitor at the same instant: one wins, the other gets a sentence, nothing is half done."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from eguichet_rdv.accounts.models import User
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.cancel import cancel
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.enums import AppointmentState, CancelledBy
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.models import Counter
from eguichet_rdv.waiting.domain import call, sessions
from eguichet_rdv.waiting.domain.answers import ByAppointment
from eguichet_rdv.waiting.domain.call import call_next
from eguichet_rdv.waiting.domain.check_in import check_in
from eguichet_rdv.waiting.domain.numbers import build_roster
from eguichet_rdv.waiting.domain.refusals import JustCalled, SessionNotOpen, StopChanged, TooLateToUndo
from eguichet_rdv.waiting.domain.serve import finish, mark_no_show, recall, transfer
from eguichet_rdv.waiting.domain.sessions import close_session, open_session
from eguichet_rdv.waiting.domain.undo import find_undoable, undo
from eguichet_rdv.waiting.enums import LIVE, ArrivalChannel, SessionState, StopState
from eguichet_rdv.waiting.models import CallNumber, CounterSession, Stop, StopEvent
from tests.race.meeting import meeting
from tests.town import MONDAY, Town, make_clerk, make_town

pytestmark = [pytest.mark.race, pytest.mark.db, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def town() -> Town:
    return make_town(counters=2)


def arrive(town: Town) -> Appointment:
    appointment = book(town.wanted(), town.at("09:00"), Person("Lejeune"), language="fr", now=MONDAY, intent=uuid4())
    now = town.at("08:55")
    check_in(town.location, ByAppointment(appointment), channel=ArrivalChannel.RECEPTION, now=now, user=make_clerk("r"))
    return appointment


def sit_down(town: Town, counter: int) -> CounterSession:
    return open_session(town.counters[counter], make_clerk(f"clerk{counter}"), now=town.at("08:30"))


def test_a_call_wins_over_a_cancellation_that_waits_for_it(town: Town) -> None:
    appointment, session, now = arrive(town), sit_down(town, 0), town.at("09:00")
    with meeting(lambda: cancel(appointment, by=CancelledBy.CITIZEN, now=now)) as refused:
        called = call_next(session, intent=uuid4(), now=now)
    assert called.stop is not None
    assert [type(one) for one in refused] == [JustCalled]
    assert Stop.objects.get().state == StopState.CALLED
    appointment.refresh_from_db()
    assert appointment.state == AppointmentState.CONFIRMED
    assert appointment.reservations.exists()


def test_a_cancellation_wins_over_a_call_that_waits_for_it(town: Town) -> None:
    appointment, session, now = arrive(town), sit_down(town, 0), town.at("09:00")
    found = []
    with meeting(lambda: found.append(call_next(session, intent=uuid4(), now=now).stop)):
        cancel(appointment, by=CancelledBy.CITIZEN, now=now)
    assert found == [None]
    assert Stop.objects.get().state == StopState.LEFT


def send_on(town: Town) -> tuple[CounterSession, CounterSession, Stop, StopEvent]:
    """Somebody called to the first counter and sent on to the second: both clerks, the first stop, the order."""
    arrive(town)
    first, second, now = sit_down(town, 0), sit_down(town, 1), town.at("09:00")
    stop = call_next(first, intent=uuid4(), now=now).stop
    assert stop is not None
    transfer(first, stop, service=town.service, counter=town.counters[1], intent=uuid4(), now=now)
    order = find_undoable(first, now)
    assert order is not None
    return first, second, stop, order


def test_a_call_wins_over_taking_back_the_transfer_that_led_to_it(town: Town) -> None:
    first, second, _stop, order = send_on(town)
    now = town.at("09:00")
    later = now + timedelta(seconds=5)
    with meeting(lambda: undo(first, event=order.pk, intent=uuid4(), now=later)) as refused:
        called = call_next(second, intent=uuid4(), now=now).stop
    assert called is not None
    assert [type(one) for one in refused] == [StopChanged]
    assert Stop.objects.get(pk=called.pk).state == StopState.CALLED


def test_taking_back_a_transfer_wins_over_a_call_that_waits_for_it(town: Town) -> None:
    first, second, stop, order = send_on(town)
    now = town.at("09:00")
    found = []
    with meeting(lambda: found.append(call_next(second, intent=uuid4(), now=now).stop)):
        undo(first, event=order.pk, intent=uuid4(), now=now + timedelta(seconds=5))
    assert found == [None]
    live = Stop.objects.get(state__in=LIVE)
    assert (live.pk, live.state, live.counter) == (stop.pk, StopState.CALLED, town.counters[0])


def test_nobody_is_called_or_taken_back_to_a_counter_that_closes(town: Town) -> None:
    arrive(town)
    session, now = sit_down(town, 0), town.at("09:00")
    with meeting(lambda: call_next(session, intent=uuid4(), now=now)) as refused:
        close_session(session, now=now)
    assert [type(one) for one in refused] == [SessionNotOpen]
    session = open_session(town.counters[0], session.clerk, now=now)
    stop = call_next(session, intent=uuid4(), now=now).stop
    assert stop is not None
    finish(session, stop, intent=uuid4(), now=now)
    order = find_undoable(session, now)
    assert order is not None
    with meeting(lambda: undo(session, event=order.pk, intent=uuid4(), now=now)) as refused:
        close_session(session, now=now)
    assert [type(one) for one in refused] == [TooLateToUndo]
    assert Stop.objects.get().state == StopState.DONE


@pytest.mark.postgres_only
def test_without_the_turn_somebody_is_called_to_a_closed_counter(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The positive control; SQLite lets one writer in at a time by itself."""
    arrive(town)
    session, now = sit_down(town, 0), town.at("09:00")
    for module in (call, sessions):
        monkeypatch.setattr(module, "lock_turn", lambda _location: None)
    with meeting(lambda: call_next(session, intent=uuid4(), now=now)) as refused:
        close_session(session, now=now)
    assert refused == []
    assert Stop.objects.get().counter == session.counter
    session.refresh_from_db()
    assert session.state == SessionState.CLOSED


def test_a_clerk_who_sits_down_in_two_windows_sits_at_one_counter(town: Town) -> None:
    clerk, now = make_clerk(), town.at("08:30")
    with meeting(lambda: open_session(town.counters[1], clerk, now=now)):
        open_session(town.counters[0], clerk, now=now)
    assert list_sitting() == {(town.counters[1], clerk)}


def test_two_clerks_change_places(town: Town) -> None:
    one, two, now = sit_down(town, 0), sit_down(town, 1), town.at("09:00")
    with meeting(lambda: open_session(one.counter, two.clerk, now=now, take_over=True)):
        open_session(two.counter, one.clerk, now=now, take_over=True)
    assert list_sitting() == {(one.counter, two.clerk), (two.counter, one.clerk)}


def list_sitting() -> set[tuple[Counter, User]]:
    rows = CounterSession.objects.exclude(state=SessionState.CLOSED).select_related("counter", "clerk")
    return {(row.counter, row.clerk) for row in rows}


def test_who_comes_back_finds_the_absence_taken_back(town: Town) -> None:
    appointment, session, now = arrive(town), sit_down(town, 0), town.at("09:10")
    stop = call_next(session, intent=uuid4(), now=town.at("09:00")).stop
    assert stop is not None
    recall(session, stop, intent=uuid4(), now=town.at("09:02"))
    mark_no_show(session, stop, intent=uuid4(), now=now)
    order = find_undoable(session, now)
    assert order is not None
    answers = []

    def come_back() -> None:
        key, channel = ByAppointment(appointment), ArrivalChannel.KIOSK
        answers.append(check_in(town.location, key, channel=channel, now=now, party_complete=True).outcome)

    with meeting(come_back):
        undo(session, event=order.pk, intent=uuid4(), now=now + timedelta(seconds=5))
    assert answers == ["already_called"]
    assert Stop.objects.get().state == StopState.CALLED


@pytest.mark.parametrize("other", ["roster", "check-in"])
def test_an_appointment_gets_one_number_from_two_who_draw_it(town: Town, other: str) -> None:
    person, start = Person("Lejeune"), town.at("09:00")
    appointment = book(town.wanted(), start, person, language="fr", now=MONDAY, intent=uuid4())
    numbers = []

    def draw() -> None:
        with transaction.atomic():
            if other == "roster":
                build_roster(town.location, start.date())
            else:
                check_in(town.location, ByAppointment(appointment), channel=ArrivalChannel.KIOSK, now=start)
            numbers.append(CallNumber.objects.get(appointment=appointment))

    with meeting(draw):
        build_roster(town.location, start.date())
    assert numbers == list(CallNumber.objects.all())
