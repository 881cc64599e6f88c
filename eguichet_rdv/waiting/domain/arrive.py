"""Write down that somebody is here: ticket, stops and the event."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from eguichet_rdv.accounts.models import User
from eguichet_rdv.catalogue.models import Service
from eguichet_rdv.common.cells import CELL
from eguichet_rdv.common.prepared import Prepared, insert_row
from eguichet_rdv.scheduling.domain.wanted import Item
from eguichet_rdv.scheduling.models import Appointment, AppointmentItem, Reservation
from eguichet_rdv.townhall.models import Kiosk, Location, WaitingZone
from eguichet_rdv.waiting.domain.board import tell_desks
from eguichet_rdv.waiting.domain.forecast import estimate_arrival
from eguichet_rdv.waiting.domain.order import Rules
from eguichet_rdv.waiting.domain.tokens import seal_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel, StopEventKind, StopState
from eguichet_rdv.waiting.models import CallNumber, Stop, StopEvent, StopItem, Ticket

BOOKED = Prepared(
    lambda appointment: (
        Reservation.objects.filter(appointment=appointment).select_related("counter__zone").order_by("position")
    ),
    int,
)
"""By the id of an appointment: its times at counters, in order."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """How somebody arrived."""

    channel: ArrivalChannel
    now: datetime
    language: str
    kiosk: Kiosk | None = None
    user: User | None = None
    intent: UUID | None = None
    reported_later: bool = False
    """Decided by a kiosk without network: nobody can be told any more how long they will wait, or to come back later."""
    needs: Sequence[str] = ()
    """Said on arrival; who has an appointment has said them before."""


def write_appointment_stops(
    appointment: Appointment, number: CallNumber, arrival: Arrival, *, complete: bool = True
) -> Stop:
    """Make the ticket of an appointment and a stop for each counter booked; returns the first stop.

    It is parked while the party is not complete.
    """
    booked = BOOKED(appointment.pk)
    ticket = make_ticket(appointment.location, number, booked[0].counter.zone, arrival, appointment=appointment)
    insert_row(ticket)
    stops = make_stops(ticket, booked, arrival, complete=complete)
    for stop, items in stops:
        if stop.state == StopState.WAITING:
            foresee(stop, {item.procedure_id: item.minutes for item in items}, arrival)
        insert_row(stop)
        for item in items:
            item.stop = stop  # it has its key now
            insert_row(item)
    record(stops[0][0], StopEventKind.ARRIVED, arrival)
    tell_desks(appointment.location_id)
    return stops[0][0]


def make_stops(
    ticket: Ticket, booked: Sequence[Reservation], arrival: Arrival, *, complete: bool
) -> list[tuple[Stop, list[StopItem]]]:
    """The stops of a ticket with appointment and what is done at each, not yet written; ``booked`` in order."""
    appointment = ticket.appointment
    assert appointment is not None  # noqa: S101 - said by whoever calls
    due = Rules.of(ticket.location).due_at(appointment.start, arrival.now)
    begins = StopState.WAITING if complete else StopState.PARKED
    stops = []
    for position, (row, items) in enumerate(zip(booked, share_items(appointment, booked), strict=True)):
        later = (row.first_cell - booked[0].first_cell) * CELL
        stop = Stop(
            ticket=ticket,
            location=ticket.location,
            position=position,
            service_id=items[0].procedure.service_id,
            zone=row.counter.zone,
            state=StopState.PLANNED if position else begins,
            due_at=due + later,
            arrived_at=arrival.now,
            booked_at=appointment.start + later,
        )
        wanted = [
            StopItem(stop=stop, procedure_id=item.procedure_id, persons=item.persons, minutes=item.minutes)
            for item in items
        ]
        stops.append((stop, wanted))
    return stops


def share_items(appointment: Appointment, booked: Sequence[Reservation]) -> list[list[AppointmentItem]]:
    """What is done at each counter booked: in their order, as many procedures as its time was taken for."""
    rest = list(appointment.items.all())
    shares: list[list[AppointmentItem]] = []
    for ahead, row in zip(reversed(range(len(booked))), booked, strict=True):
        share = [rest.pop(0)]
        left = row.cells * CELL - timedelta(minutes=share[0].minutes)
        # Whatever the durations have become since, nothing is forgotten and every counter gets something.
        while len(rest) > ahead and (ahead == 0 or timedelta(minutes=rest[0].minutes) <= left):
            left -= timedelta(minutes=rest[0].minutes)
            share.append(rest.pop(0))
        shares.append(share)
    return shares


def make_ticket(
    location: Location,
    number: CallNumber,
    zone: WaitingZone,
    arrival: Arrival,
    *,
    appointment: Appointment | None = None,
    persons: int = 1,
) -> Ticket:
    """The ticket, not yet written; language and needs follow the person."""
    ticket = Ticket(
        location=location,
        date=number.date,
        number=number,
        appointment=appointment,
        zone=zone,
        language=arrival.language,
        needs=appointment.needs if appointment else sorted(arrival.needs),
        persons=appointment.persons if appointment else persons,
        arrived_at=arrival.now,
        channel=arrival.channel,
        kiosk=arrival.kiosk,
    )
    seal_ticket(ticket)
    return ticket


def write_walk_in_stop(ticket: Ticket, service: Service, items: Iterable[Item], arrival: Arrival) -> Stop:
    """The stop of somebody without appointment, behind those who have one by the offset of the place."""
    stop, wanted = make_walk_in_stop(ticket, service, items, arrival)
    foresee(stop, {item.procedure_id: item.minutes for item in wanted}, arrival)
    insert_row(stop)
    for item in wanted:
        item.stop = stop
        insert_row(item)
    record(stop, StopEventKind.ARRIVED, arrival)
    tell_desks(ticket.location_id)
    return stop


def make_walk_in_stop(
    ticket: Ticket, service: Service, items: Iterable[Item], arrival: Arrival
) -> tuple[Stop, list[StopItem]]:
    """The same and what is done there, not yet written."""
    stop = Stop(
        ticket=ticket,
        location=ticket.location,
        service=service,
        zone=ticket.zone,
        due_at=Rules.of(ticket.location).due_at(None, arrival.now),
        arrived_at=arrival.now,
    )
    wanted = [
        StopItem(
            stop=stop,
            procedure=item.procedure,
            persons=item.persons,
            minutes=int(item.duration.total_seconds()) // 60,
        )
        for item in items
    ]
    return stop, wanted


def foresee(stop: Stop, items: Mapping[int, int], arrival: Arrival) -> None:
    """Set on a new stop what its visitor is told of the wait; ``items`` says procedure → minutes."""
    if arrival.reported_later:
        return
    wait = estimate_arrival(stop, items, now=arrival.now)
    if wait:
        stop.foreseen_low, stop.foreseen_high = wait.low, wait.high


def record(stop: Stop, kind: StopEventKind, arrival: Arrival) -> None:
    """Append to the history."""
    insert_row(
        StopEvent(
            stop=stop, location=stop.location, kind=kind, at=arrival.now, clerk=arrival.user, intent=arrival.intent
        )
    )
