"""The night after, nobody is left in a line and no counter is open."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from eguichet_rdv.scheduling.domain.absent import mark_absent
from eguichet_rdv.scheduling.models import Appointment, AppointmentEvent
from eguichet_rdv.waiting.domain.answers import ByAppointment
from eguichet_rdv.waiting.domain.board import board_version
from eguichet_rdv.waiting.domain.call import call_next, call_stop
from eguichet_rdv.waiting.domain.check_in import check_in
from eguichet_rdv.waiting.domain.end_day import end_past_days
from eguichet_rdv.waiting.domain.serve import mark_left, mark_no_show, recall, start_serving, transfer
from eguichet_rdv.waiting.domain.sessions import open_session
from eguichet_rdv.waiting.domain.walk_in import give_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel
from eguichet_rdv.waiting.models import CounterSession, Stop, StopEvent
from tests.town import Town, make_clerk

pytestmark = [pytest.mark.django_db, pytest.mark.db]


def test_what_the_day_left_open_is_closed_the_night_after(town: Town, at: Callable[..., datetime]) -> None:
    clerk = make_clerk()
    for _ in range(2):
        give_ticket(
            town.location, town.card, language="fr", channel=ArrivalChannel.RECEPTION, now=at("11:00"), user=clerk
        )
    session = open_session(town.counters[0], clerk, now=at("11:00"))
    call_stop(session, Stop.objects.latest("pk"), "a train to catch", intent=uuid4(), now=at("11:05"))
    assert end_past_days(at("23:00")) == 0
    assert end_past_days(at("00:10") + timedelta(days=1)) == 2
    assert {stop.state for stop in Stop.objects.all()} == {"left"}
    assert CounterSession.objects.get().state == "closed"
    why = StopEvent.objects.filter(kind="called").values_list("reason", flat=True)
    for days, kept in ((30, ["a train to catch"]), (31, [""])):
        end_past_days(at("00:10") + timedelta(days=days))
        assert list(why.all()) == kept


def test_a_day_that_ended_well_leaves_the_screens_too(town: Town, at: Callable[..., datetime]) -> None:
    assert [end_past_days(at("00:10")), board_version(town.location.pk)] == [0, 1]


@pytest.mark.parametrize("jobs", [(end_past_days, mark_absent), (mark_absent, end_past_days)])
def test_who_came_has_honoured_the_appointment_however_the_visit_ended(
    town: Town,
    at: Callable[..., datetime],
    booked: Callable[..., Appointment],
    jobs: tuple[Callable[[datetime], int], ...],
) -> None:
    hours = ("09:00", "09:15", "09:30", "09:45", "10:00")
    made = [booked(clock, born=f"1980-01-0{n}") for n, clock in enumerate(hours, 1)]
    for one in made[:-1]:
        check_in(town.location, ByAppointment(one), channel=ArrivalChannel.KIOSK, now=at("08:50"))
    session = open_session(town.counters[0], make_clerk(), now=at("08:30"))

    def serve(clock: str) -> Stop:
        stop = call_next(session, intent=uuid4(), now=at(clock)).stop
        assert stop is not None
        start_serving(session, stop, intent=uuid4(), now=at(clock))
        return stop

    on = transfer(session, serve("09:00"), service=town.service, intent=uuid4(), now=at("09:20"))
    mark_left(session, on, intent=uuid4(), now=at("09:40"))
    absent = call_next(session, intent=uuid4(), now=at("09:41")).stop
    assert absent is not None
    for clock in ("09:43", "09:45"):
        recall(session, absent, intent=uuid4(), now=at(clock))
    mark_no_show(session, absent, intent=uuid4(), now=at("09:50"))
    serve("09:51")  # and « finish » is forgotten; the next one waits in vain, the last one never came
    for job in (*jobs, *jobs):
        job(at("04:00") + timedelta(days=1))
    states = list(Appointment.objects.order_by("start").values_list("state", flat=True))
    assert states == ["honoured", "no_show", "honoured", "honoured", "no_show"]
    told = AppointmentEvent.objects.filter(appointment=made[0], kind="honoured")
    assert told.count() == 1
