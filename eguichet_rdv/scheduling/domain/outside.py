"""Appointments outside the hours of their counter."""

from collections import defaultdict
from datetime import datetime

from django.utils import timezone

from eguichet_rdv.common.cells import first_cell_of, time_of
from eguichet_rdv.scheduling.domain.masks import span
from eguichet_rdv.scheduling.domain.placing import admitted_mask
from eguichet_rdv.scheduling.enums import AppointmentState, Channel, ReservationKind
from eguichet_rdv.scheduling.models import AgendaDay, AppointmentItem, Reservation
from eguichet_rdv.townhall.domain.hours import Concerned
from eguichet_rdv.townhall.models import Counter

HELD = (AppointmentState.CONFIRMED, AppointmentState.AWAITING_EMAIL)
RELEASED = "24:00"
"""Times that are released on the day are open hours too."""


def list_outside_now() -> set[Concerned]:
    """Of the appointments still to come."""
    return list_outside(timezone.now())


def list_outside(now: datetime) -> set[Concerned]:
    """Those whose counter is not open to clerks for their procedures during all of their time, or does not do them.

    Days that are not in the agenda yet are not judged.
    """
    rows = Reservation.objects.filter(
        kind=ReservationKind.APPOINTMENT, appointment__state__in=HELD, appointment__start__gte=now
    ).select_related("appointment", "counter__location")
    reservations = list(rows)
    if not reservations:
        return set()
    items: dict[int, list[tuple[int, int]]] = defaultdict(list)
    wanted = AppointmentItem.objects.filter(appointment__state__in=HELD, appointment__start__gte=now)
    for appointment, procedure, service in wanted.values_list(
        "appointment_id", "procedure_id", "procedure__service_id"
    ):
        items[appointment].append((procedure, service))
    counters = {row.counter_id for row in reservations}
    handled = set(
        Counter.procedures.through.objects.filter(counter__in=counters).values_list("counter_id", "procedure_id")
    )
    first = min(row.appointment.date for row in reservations if row.appointment)
    days = {(day.counter_id, day.date): day for day in AgendaDay.objects.filter(counter__in=counters, date__gte=first)}
    found = set()
    for row in reservations:
        location = row.counter.location
        start = location.local(time_of(row.first_cell))
        day = days.get((row.counter_id, start.date()))
        if row.appointment is None or day is None:
            continue
        opened = 0
        for procedure, service in items[row.appointment.pk]:
            if (row.counter_id, procedure) in handled:
                opened |= admitted_mask(day.lanes, bytes(day.open), (procedure,), (service,), (Channel.CLERK, RELEASED))
        cells = span(row.first_cell - first_cell_of(start.date(), location.tz), row.cells)
        if cells & ~opened:
            found.add(Concerned(start, row.appointment.reference, row.counter.name))
    return found
