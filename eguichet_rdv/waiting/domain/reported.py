"""Arrivals decided a while ago, exactly as expected: all of them are written with a few statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.ledger.domain.intents import finished_intent
from eguichet_rdv.ledger.models import Intent
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.models import Counter, Location
from eguichet_rdv.waiting.domain import check_in, walk_in
from eguichet_rdv.waiting.domain.answers import Key, Outcome
from eguichet_rdv.waiting.domain.arrive import Arrival, make_stops, make_ticket, make_walk_in_stop
from eguichet_rdv.waiting.domain.board import tell_desks
from eguichet_rdv.waiting.enums import StopEventKind
from eguichet_rdv.waiting.models import CallNumber, Stop, StopEvent, StopItem, Ticket


@dataclass(frozen=True, slots=True)
class Reported:
    """One arrival, not yet written."""

    arrival: Arrival
    ticket: Ticket
    stops: list[tuple[Stop, list[StopItem]]]
    intent: Intent


def expect_check_in(
    location: Location, appointment: Appointment, key: Key, arrival: Arrival, *, party_complete: bool | None
) -> Reported | None:
    """What ``check_in`` would write; ``None`` when its answer is anything but a first ticket under a known number.

    The appointment is locked, and read with its call number, ticket, items and reservations.
    """
    assert arrival.intent is not None  # noqa: S101 - a kiosk names every arrival
    number: CallNumber | None = getattr(appointment, "call_number", None)
    day = location.local(appointment.start).date()
    if number is None or (number.date, number.location_id) != (day, location.pk) or hasattr(appointment, "ticket"):
        return None
    if appointment.persons > 1 and party_complete is None:
        return None
    if check_in.refuse(location, appointment, arrival):
        return None
    booked = list(appointment.reservations.all())
    ticket = make_ticket(location, number, booked[0].counter.zone, arrival, appointment=appointment)
    stops = make_stops(ticket, booked, arrival, complete=party_complete is not False)
    content = check_in.say_intent(key, party_complete=party_complete)
    result = f"{Outcome.TICKET} {ticket.uid}"
    return Reported(arrival, ticket, stops, finished_intent(arrival.intent, "check_in", content, result))


def expect_walk_in(
    location: Location,
    procedure: Procedure,
    counters: list[Counter],
    number: CallNumber,
    arrival: Arrival,
    *,
    persons: int,
) -> Reported:
    """What ``give_ticket`` would write for a number nobody has; ``counters`` handle the procedure, one at least."""
    assert arrival.intent is not None  # noqa: S101 - a kiosk names every arrival
    item = walk_in.want(procedure, persons)
    ticket = make_ticket(location, number, walk_in.choose_zone(counters), arrival, persons=item.persons)
    content = walk_in.say_intent(procedure, persons)
    intent = finished_intent(arrival.intent, "walk_in", content, str(ticket.uid))
    return Reported(arrival, ticket, [make_walk_in_stop(ticket, procedure.service, [item], arrival)], intent)


def write_reported(location: Location, reported: Sequence[Reported]) -> None:
    """Write them in this order, which is that of their keys. An id, number or appointment used before raises."""
    Intent.objects.bulk_create(one.intent for one in reported)
    Ticket.objects.bulk_create(one.ticket for one in reported)
    stops = list(chain.from_iterable(one.stops for one in reported))
    Stop.objects.bulk_create(stop for stop, _items in stops)
    StopItem.objects.bulk_create(chain.from_iterable(items for _stop, items in stops))
    StopEvent.objects.bulk_create(
        StopEvent(
            stop=one.stops[0][0],
            location=location,
            kind=StopEventKind.ARRIVED,
            at=one.arrival.now,
            clerk=one.arrival.user,
            intent=one.arrival.intent,
        )
        for one in reported
    )
    tell_desks(location.pk)
