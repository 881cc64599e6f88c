"""A ticket for somebody without appointment, as long as there is time for them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from eguichet_rdv.accounts.models import User
from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.common.cells import cell_of, first_cell_of
from eguichet_rdv.common.prepared import insert_row
from eguichet_rdv.ledger.domain.intents import finish_intent, open_intent
from eguichet_rdv.scheduling.domain.lanes import read_lanes
from eguichet_rdv.scheduling.domain.masks import read_mask, read_masks, span
from eguichet_rdv.scheduling.domain.wanted import Item
from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.scheduling.models import AgendaDay, Reservation
from eguichet_rdv.townhall.models import Counter, Kiosk, Location, WaitingZone
from eguichet_rdv.waiting.domain.answers import CheckIn, Outcome, welcome
from eguichet_rdv.waiting.domain.arrive import Arrival, make_ticket, write_walk_in_stop
from eguichet_rdv.waiting.domain.forecast import DEFAULT_LENGTH
from eguichet_rdv.waiting.domain.handling import read_handling
from eguichet_rdv.waiting.domain.numbers import draw_numbers
from eguichet_rdv.waiting.domain.presence import has_room
from eguichet_rdv.waiting.domain.tickets import live_stop
from eguichet_rdv.waiting.enums import ArrivalChannel, StopState
from eguichet_rdv.waiting.models import CallNumber, Stop, Ticket

SENT_ON = int(DEFAULT_LENGTH) // 60
"""Minutes for somebody of whom no procedure is known."""


def give_ticket(
    location: Location,
    procedure: Procedure,
    *,
    language: str,
    channel: ArrivalChannel,
    now: datetime,
    persons: int = 1,
    needs: Sequence[str] = (),
    kiosk: Kiosk | None = None,
    intent: UUID | None = None,
    user: User | None = None,
    number: CallNumber | None = None,
    reported_later: bool = False,
) -> CheckIn:
    """A ticket, or « closed » or « cut-off » with what to do instead. Staff may always give one.

    ``number`` is a free one of the kiosk, else the next is drawn. ``reported_later``: a kiosk gave it without network at
    ``now``, and is not refused.
    """
    arrival = Arrival(channel, now, language, kiosk, user, intent, reported_later=reported_later, needs=needs)
    item = want(procedure, persons)
    with override(language), transaction.atomic():
        opened = open_intent(intent, "walk_in", say_intent(procedure, persons)) if intent else None
        if opened and opened.result:
            ticket = Ticket.objects.select_related("number", "zone", "location").get(uid=opened.result)
            now_at = live_stop(ticket)
            return CheckIn(Outcome.TICKET, welcome(ticket, now_at), ticket, now_at)
        counters = list_counters(location, procedure)
        if user is None and not reported_later:
            refused = _refuse(location, item, counters, now)
            if refused:
                return refused
        if not counters:
            return _closed(location)
        day = location.local(now).date()
        drawn = number or draw_numbers(location, day, procedure.service, kiosk=kiosk)[0]
        zone = choose_zone(counters)
        ticket = make_ticket(location, drawn, zone, arrival, persons=item.persons)
        insert_row(ticket)
        stop = write_walk_in_stop(ticket, procedure.service, [item], arrival)
        if opened:
            finish_intent(opened, str(ticket.uid))
        return CheckIn(Outcome.TICKET, welcome(ticket, stop), ticket, stop)


def say_intent(procedure: Procedure, persons: int) -> dict[str, object]:
    """What is asked for, for its intent."""
    return {"procedure": procedure.pk, "persons": persons}


def want(procedure: Procedure, persons: int) -> Item:
    """What will be done, for as many persons as may come for it together."""
    return Item(procedure, max(1, min(persons, procedure.max_persons)))


def list_counters(location: Location, procedure: Procedure) -> list[Counter]:
    """The counters in use that handle a procedure."""
    return list(Counter.objects.filter(location=location, active=True, procedures=procedure))


def choose_zone(counters: list[Counter]) -> WaitingZone:
    """Where somebody without appointment waits for one of them."""
    return min(counters, key=lambda counter: counter.position).zone


def minutes_left(location: Location, procedure: Procedure, counters: list[Counter], now: datetime) -> int | None:
    """Minutes today's walk-ins may still count on at these counters; ``None`` when closed to them now.

    Minutes open to them − claimed ones − those of people waiting whom these counters can serve, for whatever they came.
    Somebody absent after the tolerance, or served before their hour, frees their minutes, not their claims.
    """
    day = location.local(now).date()
    midnight = first_cell_of(day, location.tz)
    current = cell_of(now) - midnight
    clock = f"{location.local(now):%H:%M}"
    freed = _cells_freed(location, counters, now)
    open_now, free = False, {}
    for row in AgendaDay.objects.filter(counter__in=counters, date=day):
        admitted = 0
        for lane, mask in zip(read_lanes(row.lanes), read_masks(row.open), strict=True):
            if lane.admits(None, [procedure.pk], [procedure.service_id], clock):
                admitted |= mask
        open_now = open_now or bool(admitted >> current & 1)
        ahead = admitted & ~span(0, current)
        free[row.counter_id] = 5 * (ahead & (~read_mask(row.taken) | freed[row.counter_id])).bit_count()
    return sum(free.values()) - _minutes_waiting(location, free, now) if open_now else None


def _refuse(location: Location, item: Item, counters: list[Counter], now: datetime) -> CheckIn | None:
    left = minutes_left(location, item.procedure, counters, now)
    if left is None:
        return _closed(location)
    if left < item.duration.total_seconds() // 60:
        text = _(
            "No more visitors without appointment can be received today. Please book an appointment or come back another day."
        )
        return CheckIn(Outcome.CUT_OFF, text)
    if not has_room(choose_zone(counters), item.persons, location.local(now).date()):
        text = _(
            "The waiting zone is full at the moment. Please come back in a while, book online or ask at the reception."
        )
        return CheckIn(Outcome.CUT_OFF, text)
    return None


def _closed(location: Location) -> CheckIn:
    text = _("This procedure is by appointment only at this hour. Please book online or ask at the reception.")
    if location.phone:
        text += " " + _("Telephone: %(phone)s.") % {"phone": location.phone}
    return CheckIn(Outcome.CLOSED, text)


def _cells_freed(location: Location, counters: list[Counter], now: datetime) -> dict[int, int]:
    """Counter → mask of the cells claimed today for somebody who did not come, or has been served already."""
    day = location.local(now).date()
    midnight = first_cell_of(day, location.tz)
    absent = Q(
        appointment__state=AppointmentState.CONFIRMED,
        appointment__start__lt=now - location.tolerance,
        appointment__ticket__isnull=True,
    )
    rows = Reservation.objects.filter(
        absent | Q(appointment__state=AppointmentState.HONOURED),
        appointment__location=location,
        appointment__date=day,
        counter__in=counters,
    )
    freed = dict.fromkeys((counter.pk for counter in counters), 0)
    for counter, first, cells in rows.values_list("counter_id", "first_cell", "cells"):
        freed[counter] |= span(first - midnight, cells)
    return freed


def _minutes_waiting(location: Location, free: dict[int, int], now: datetime) -> int:
    """How much of the minutes ``free`` at each counter is for those who wait already.

    Whoever these counters can serve counts in full, even when another could call them first: too few tickets rather than
    too many. But people never take more than is free where they can be served.
    """
    handling = read_handling(free)
    waiting: dict[frozenset[int], int] = defaultdict(int)
    stops = Stop.objects.filter(location=location, state__in=(StopState.WAITING, StopState.PARKED))
    for stop in stops.prefetch_related("items"):
        items = {item.procedure_id: item.minutes for item in stop.items.all()}
        able = handling.able(stop.service_id, items, stop.only_counter_id)
        waiting[able] += _unclaimed(stop, sum(items.values()), now)
    return sum(min(minutes, sum(free[counter] for counter in able)) for able, minutes in waiting.items())


def _unclaimed(stop: Stop, minutes: int, now: datetime) -> int:
    """Of somebody with an appointment, what is not claimed any more: its time is past. Of everybody else, all."""
    if not minutes:  # sent on to another service, or to be clarified: nothing is claimed for them there
        return SENT_ON
    if stop.booked_at is None:
        return minutes
    return min(minutes, 5 * max(0, cell_of(now) - cell_of(stop.booked_at)))
