"""Arrivals a kiosk decided alone. None is refused: what does not fit becomes a ticket « to clarify »."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from eguichet_rdv.catalogue.models import Service
from eguichet_rdv.common.prepared import insert_row
from eguichet_rdv.kiosk.arrivals import find_number, find_procedure
from eguichet_rdv.kiosk.messages import CheckInEntry, Entry, WalkInEntry
from eguichet_rdv.kiosk.models import UnclearArrival
from eguichet_rdv.kiosk.report import (
    OLDEST,
    find_hour_before,
    is_of_an_earlier_day,
    let_leave,
    lock_kiosk,
    settle_hour,
)
from eguichet_rdv.kiosk.together import take_together, tell_known
from eguichet_rdv.ledger.domain.intents import IntentMismatch
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.models import Kiosk, WaitingZone
from eguichet_rdv.waiting.domain.answers import CheckIn, Outcome
from eguichet_rdv.waiting.domain.arrive import Arrival, make_ticket, write_walk_in_stop
from eguichet_rdv.waiting.domain.check_in import check_in
from eguichet_rdv.waiting.domain.numbers import draw_numbers
from eguichet_rdv.waiting.domain.walk_in import give_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel
from eguichet_rdv.waiting.models import CallNumber, KioskArrival, Stop, Ticket

logger = logging.getLogger(__name__)

TOGETHER = 50
"""So many arrivals in one transaction at most: somebody who stands at a counter with one of these appointments waits for
its end."""
AWAY = (OperationalError, InterfaceError)
"""The database is locked, gone or restarting: not the entry's fault."""
AT_HOME = (Outcome.TICKET, Outcome.SAME_TICKET, Outcome.ALREADY_CALLED, Outcome.ALREADY_SERVED)


@dataclass(frozen=True)
class Taken:
    """What became of an entry."""

    outcome: str
    ticket: Ticket | None


def take_entries(kiosk: Kiosk, entries: list[Entry], now: datetime) -> list[dict[str, Any]]:
    """Take every entry in the order of the kiosk's numbering; one result each."""
    waiting = sorted(entries, key=lambda entry: entry.seq)
    results: list[dict[str, Any]] = []
    while waiting:
        part = waiting[:TOGETHER]
        results += _take_part(kiosk, part, now)
        waiting = waiting[len(part) :]
    return results


def _take_part(kiosk: Kiosk, part: list[Entry], now: datetime) -> list[dict[str, Any]]:
    """What is as expected together, whatever is not one by one."""
    results: list[dict[str, Any]] = []
    while rest := part[len(results) :]:
        try:
            with override(settings.LANGUAGE_CODE), transaction.atomic():
                taken, surprises = take_together(kiosk, rest, now)
        except Exception as fault:  # noqa: BLE001 - nothing of it was written; which entry is to blame shows one by one
            logger.warning("%d arrivals of the kiosk %s are taken one by one: %r", len(rest), kiosk.slug, fault)
            taken, surprises = [], len(rest)
        results += taken
        results += [take_entry(kiosk, entry, now) for entry in rest[len(taken) : len(taken) + surprises]]
    return results


def take_entry(kiosk: Kiosk, entry: Entry, now: datetime) -> dict[str, Any]:
    """Take one; a second time nothing happens. Whatever is wrong with it, the next ones get their turn.

    Only a database that does not answer is passed on: then nothing can be written down, and the kiosk tries again.
    """
    try:
        with override(settings.LANGUAGE_CODE), transaction.atomic():
            return _take_once(kiosk, entry, now)
    except AWAY:
        raise
    except Exception as fault:
        logger.exception("arrival %d of the kiosk %s makes no ticket", entry.seq, kiosk.slug)
        return park(kiosk, entry, fault, now)


def park(kiosk: Kiosk, entry: Entry, fault: Exception, now: datetime) -> dict[str, Any]:
    """Keep what is known of somebody of whom no ticket could be made, for the staff to see."""
    clock = min(entry.server_time, now)
    with transaction.atomic():
        KioskArrival.objects.get_or_create(
            kiosk=kiosk, seq=entry.seq, defaults={"outcome": "to_clarify", "kiosk_clock": entry.kiosk_clock}
        )
        UnclearArrival.objects.get_or_create(
            kiosk=kiosk,
            seq=entry.seq,
            uid=entry.id,
            defaults={
                "number": entry.number,
                "arrived_at": clock if clock > now - OLDEST else None,
                "problem": type(fault).__name__[:80],
            },
        )
    return {"seq": entry.seq, "outcome": "to_clarify", "number": entry.number}


def _take_once(kiosk: Kiosk, entry: Entry, now: datetime) -> dict[str, Any]:
    lock_kiosk(kiosk)
    known = KioskArrival.objects.filter(kiosk=kiosk, seq=entry.seq).select_related("ticket__number").first()
    if known and known.kiosk_clock == entry.kiosk_clock:
        return tell_known(entry, known)
    arrived_at = settle_hour(entry, now, find_hour_before(kiosk, entry.seq, now))
    taken = _take(kiosk, entry, arrived_at)
    if known is None:
        # Known with another hour: the kiosk was set up anew and counts from one again. The id keeps it single.
        KioskArrival.objects.create(
            kiosk=kiosk, seq=entry.seq, ticket=taken.ticket, outcome=taken.outcome, kiosk_clock=entry.kiosk_clock
        )
    if taken.ticket and is_of_an_earlier_day(kiosk, arrived_at, now):
        let_leave([taken.ticket], now)
    number = str(taken.ticket.number) if taken.ticket else entry.number
    return {"seq": entry.seq, "outcome": taken.outcome, "number": number}


def _take(kiosk: Kiosk, entry: Entry, arrived_at: datetime) -> Taken:
    try:
        # A savepoint: what is refused in the middle leaves nothing behind.
        with transaction.atomic():
            answer = _arrive(kiosk, entry, arrived_at)
    except IntentMismatch:
        return _clarify(kiosk, entry, arrived_at, _("The kiosk reported this arrival in two ways."))
    except AWAY:
        raise
    except Exception:
        logger.exception("arrival %d of the kiosk %s is to be clarified", entry.seq, kiosk.slug)
        return _clarify(kiosk, entry, arrived_at, _("This arrival could not be recorded. Ask what the visitor needs."))
    if answer is None or answer.outcome not in AT_HOME:
        problem = answer.sentence if answer else _("The procedure chosen at the kiosk does not exist.")
        return _clarify(kiosk, entry, arrived_at, problem)
    ticket = answer.ticket
    if ticket is None or str(ticket.number) == entry.number:
        return Taken("recorded", ticket)
    return _renumber(kiosk, ticket, entry)


def _arrive(kiosk: Kiosk, entry: Entry, arrived_at: datetime) -> CheckIn | None:
    if isinstance(entry, CheckInEntry):
        return _check_in(kiosk, entry, arrived_at)
    procedure = find_procedure(entry)
    if procedure is None:
        return None
    return give_ticket(
        kiosk.location,
        procedure,
        persons=entry.persons,
        language=entry.speaks,
        channel=ArrivalChannel.KIOSK,
        now=arrived_at,
        kiosk=kiosk,
        intent=entry.id,
        number=_take_printed(kiosk, entry, arrived_at) or draw_number(kiosk, procedure.service, arrived_at),
        reported_later=True,
    )


def _check_in(kiosk: Kiosk, entry: CheckInEntry, arrived_at: datetime) -> CheckIn:
    def ask(intent: UUID, *, complete: bool | None) -> CheckIn:
        return check_in(
            kiosk.location,
            entry.key,
            channel=ArrivalChannel.KIOSK,
            now=arrived_at,
            language=entry.chosen,
            kiosk=kiosk,
            intent=intent,
            party_complete=complete,
            reported_later=True,
        )

    answer = ask(entry.id, complete=entry.party_complete)
    # They have their ticket in hand already; the reception says when the party is complete.
    return ask(uuid5(entry.id, "party"), complete=False) if answer.outcome is Outcome.PARTY else answer


def _renumber(kiosk: Kiosk, ticket: Ticket, entry: Entry) -> Taken:
    """The number in somebody's hand is the one that is called, as long as nobody else has it."""
    printed = _take_printed(kiosk, entry, ticket.arrived_at)
    waiting = not Stop.objects.filter(ticket=ticket, calls__gt=0).exists()
    if printed is not None and waiting:
        Ticket.objects.filter(pk=ticket.pk).update(number=printed)
        ticket.number = printed
        return Taken("recorded", ticket)
    problem = _("The number %(number)s was printed at the kiosk.") % {"number": entry.number}
    Ticket.objects.filter(pk=ticket.pk).update(to_clarify=problem)
    return Taken("to_clarify", ticket)


def _clarify(kiosk: Kiosk, entry: Entry, arrived_at: datetime, problem: str) -> Taken:
    """A ticket for somebody who is in the building, whatever the agenda says."""
    service = _find_service(entry)
    zone = _find_zone(kiosk, service)
    if service is None or zone is None:
        raise LookupError(problem)
    arrival = Arrival(ArrivalChannel.KIOSK, arrived_at, entry.speaks, kiosk, None, entry.id, reported_later=True)
    number = _take_printed(kiosk, entry, arrived_at) or draw_number(kiosk, service, arrived_at)
    if str(number) != entry.number:
        problem += " " + _("The number %(number)s was printed at the kiosk.") % {"number": entry.number}
    ticket = make_ticket(kiosk.location, number, zone, arrival)
    ticket.to_clarify = problem[:200]
    insert_row(ticket)
    write_walk_in_stop(ticket, service, [], arrival)
    return Taken("to_clarify", ticket)


def _find_service(entry: Entry) -> Service | None:
    """The service chosen, else the one whose letter was printed, else any."""
    rows = list(Service.objects.filter(retired_at=None, takes_appointments=True))
    chosen = [row for row in rows if isinstance(entry, WalkInEntry) and row.code == entry.service]
    return next(iter([*chosen, *(row for row in rows if row.letter == entry.number[0]), *rows]), None)


def _find_zone(kiosk: Kiosk, service: Service | None) -> WaitingZone | None:
    """Where the counters of the service are, else any zone of the place."""
    zones = WaitingZone.objects.filter(location=kiosk.location)
    at_service = zones.filter(counters__active=True, counters__procedures__service=service).order_by(
        "counters__position"
    )
    return at_service.first() or zones.first()


def _take_printed(kiosk: Kiosk, entry: Entry, arrived_at: datetime) -> CallNumber | None:
    """The printed number, unless somebody has a ticket with it or it was never drawn.

    The appointment it was drawn for gets another: its visitor may still come, and is not this one for certain.
    """
    found = find_number(kiosk.location, entry.number, arrived_at).first()
    if found is None or found.appointment_id is None:
        return found
    # As a check-in does: of two at once the second sees what the first has done.
    Appointment.objects.select_for_update(no_key=True).get(pk=found.appointment_id)
    return found if CallNumber.objects.filter(pk=found.pk, ticket=None).update(appointment=None) else None


def draw_number(kiosk: Kiosk, service: Service, arrived_at: datetime) -> CallNumber:
    """The next number of the day of arrival."""
    return draw_numbers(kiosk.location, kiosk.location.local(arrived_at).date(), service, kiosk=kiosk)[0]
