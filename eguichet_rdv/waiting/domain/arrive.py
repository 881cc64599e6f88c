"""Write down that somebody is here: ticket, stops and the event."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from eguichet_rdv.accounts.models import User
from eguichet_rdv.catalogue.models import Service
from eguichet_rdv.scheduling.domain.move import wanted_of
from eguichet_rdv.scheduling.domain.wanted import Item, plan_legs
from eguichet_rdv.scheduling.enums import Channel
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.models import Kiosk, Location, WaitingZone
from eguichet_rdv.waiting.domain.board import tell_desks
from eguichet_rdv.waiting.domain.tokens import seal_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel, StopEventKind, StopState
from eguichet_rdv.waiting.models import CallNumber, Stop, StopEvent, StopItem, Ticket


@dataclass(frozen=True, slots=True)
class Arrival:
    """How somebody arrived."""

    channel: ArrivalChannel
    now: datetime
    language: str
    kiosk: Kiosk | None = None
    user: User | None = None
    intent: UUID | None = None


def due_of(appointment: Appointment, arrived_at: datetime) -> datetime:
    """When it is the turn of somebody with an appointment: their hour, or after it when they come too late."""
    location = appointment.location
    if arrived_at <= appointment.start + location.tolerance:
        return appointment.start
    return arrived_at + timedelta(minutes=location.late_penalty_minutes)


def write_appointment_ticket(
    appointment: Appointment, number: CallNumber, arrival: Arrival, *, complete: bool = True
) -> Ticket:
    """Make ticket and stops of an appointment; parked while the party is not complete."""
    reservations = list(appointment.reservations.select_related("counter__zone").order_by("position"))
    legs = plan_legs(wanted_of(appointment, Channel.CLERK))
    zones = [row.counter.zone for row in reservations]
    ticket = write_ticket(appointment.location, number, zones[0], arrival, appointment=appointment)
    due = due_of(appointment, arrival.now)
    for position, leg in enumerate(legs):
        first = StopState.WAITING if complete else StopState.PARKED
        stop = Stop.objects.create(
            ticket=ticket,
            location=appointment.location,
            position=position,
            service=leg.items[0].procedure.service,
            zone=zones[min(position, len(zones) - 1)],
            state=StopState.PLANNED if position else first,
            due_at=due + timedelta(minutes=5 * leg.offset),
            arrived_at=arrival.now,
            booked_at=appointment.start + timedelta(minutes=5 * leg.offset),
        )
        write_items(stop, leg.items)
        if position == 0:
            record(stop, StopEventKind.ARRIVED, arrival)
    tell_desks(appointment.location_id)
    return ticket


def write_ticket(
    location: Location,
    number: CallNumber,
    zone: WaitingZone,
    arrival: Arrival,
    *,
    appointment: Appointment | None = None,
    persons: int = 1,
) -> Ticket:
    """The ticket row; an appointment's language and needs follow it."""
    ticket = Ticket(
        location=location,
        date=number.date,
        number=number,
        appointment=appointment,
        zone=zone,
        language=arrival.language,
        needs=appointment.needs if appointment else [],
        persons=appointment.persons if appointment else persons,
        arrived_at=arrival.now,
        channel=arrival.channel,
        kiosk=arrival.kiosk,
    )
    seal_ticket(ticket)
    ticket.save()
    return ticket


def write_walk_in_stop(ticket: Ticket, service: Service, items: Iterable[Item], arrival: Arrival) -> Stop:
    """The stop of somebody without appointment, behind those who have one by the offset of the place."""
    stop = Stop.objects.create(
        ticket=ticket,
        location=ticket.location,
        service=service,
        zone=ticket.zone,
        due_at=arrival.now + timedelta(minutes=ticket.location.walk_in_offset_minutes),
        arrived_at=arrival.now,
    )
    write_items(stop, items)
    record(stop, StopEventKind.ARRIVED, arrival)
    tell_desks(ticket.location_id)
    return stop


def write_items(stop: Stop, items: Iterable[Item]) -> None:
    """What somebody wants at this stop."""
    StopItem.objects.bulk_create(
        StopItem(
            stop=stop,
            procedure=item.procedure,
            persons=item.persons,
            minutes=int(item.duration.total_seconds()) // 60,
        )
        for item in items
    )


def record(stop: Stop, kind: StopEventKind, arrival: Arrival) -> None:
    """Append to the history."""
    StopEvent.objects.create(
        stop=stop, location=stop.location, kind=kind, at=arrival.now, clerk=arrival.user, intent=arrival.intent
    )
