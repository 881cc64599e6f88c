"""The day of a visit is over: whoever is still in a line has gone, and the appointment is settled."""

from datetime import datetime

from django.db.models import Q, QuerySet

from eguichet_rdv.scheduling.enums import AppointmentEventKind, AppointmentState
from eguichet_rdv.scheduling.models import Appointment, AppointmentEvent, PersonGuard
from eguichet_rdv.townhall.models import Location
from eguichet_rdv.waiting.domain.board import tell_desks
from eguichet_rdv.waiting.enums import LIVE, StopEventKind, StopState
from eguichet_rdv.waiting.models import Stop, StopEvent, Ticket

CAME = ~Q(state=StopState.NO_SHOW) | Q(serving_at__isnull=False)
"""At the first counter of a visit: all but those who had taken a ticket and were not there when they were called."""
UNSETTLED = (AppointmentState.CONFIRMED, AppointmentState.NO_SHOW)
"""Also of who counts as absent already: a kiosk may report an arrival days later."""


def end_visits(location: Location, tickets: QuerySet[Ticket], *, at: datetime) -> int:
    """End what is open of ``tickets`` of earlier days; how many stops. Needs a transaction."""
    _honour(tickets, at)
    stops = Stop.objects.filter(ticket__in=tickets, state__in=(*LIVE, StopState.PLANNED)).order_by("pk")
    left = list(stops.select_for_update(no_key=True))
    Stop.objects.filter(pk__in=[stop.pk for stop in left]).update(state=StopState.LEFT, ended_at=at)
    StopEvent.objects.bulk_create(
        StopEvent(stop=stop, location=location, kind=StopEventKind.LEFT, at=at, reason=stop.state) for stop in left
    )
    if left:
        tell_desks(location.pk)
    return len(left)


def _honour(tickets: QuerySet[Ticket], at: datetime) -> None:
    """Nobody who came counts as absent, whatever became of the visit: sent on and gone, or never finished."""
    came = Stop.objects.filter(CAME, position=0, ticket__in=tickets).values("ticket__appointment")
    rows = Appointment.objects.filter(pk__in=came, state__in=UNSETTLED).order_by("pk")
    settled = list(rows.select_for_update(no_key=True))
    ids = [appointment.pk for appointment in settled]
    Appointment.objects.filter(pk__in=ids).update(state=AppointmentState.HONOURED)
    PersonGuard.objects.filter(appointment__in=ids).delete()
    AppointmentEvent.objects.bulk_create(
        AppointmentEvent(
            appointment=one, kind=AppointmentEventKind.HONOURED, at=at, version=one.version, start=one.start
        )
        for one in settled
    )
