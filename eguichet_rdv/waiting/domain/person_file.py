"""Everything kept about one person: to be handed out or erased when they ask for it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from eguichet_rdv.ledger.domain.access import log_access
from eguichet_rdv.messaging.models import Message
from eguichet_rdv.scheduling.domain.cancel import CHANGEABLE, cancel
from eguichet_rdv.scheduling.domain.erase import erase_identity
from eguichet_rdv.scheduling.domain.watch import forget_watches_of
from eguichet_rdv.scheduling.enums import CancelledBy
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.waiting.domain.erasures import note_erasures
from eguichet_rdv.waiting.domain.past_calls import forget_words
from eguichet_rdv.waiting.models import Ticket


def find_person(reference: str) -> list[Appointment]:
    """All appointments of the person of appointment ``reference``: same names and date of birth, however written.

    Empty when the reference is unknown or the person has been erased.
    """
    rows = Appointment.objects.select_related("visitor", "location")
    known = rows.filter(reference=reference.strip().upper(), visitor__isnull=False).first()
    if known is None or known.visitor is None:
        return []
    visitor = known.visitor
    same = rows.filter(visitor__birth_date=visitor.birth_date).order_by("start")
    name = _fold(visitor.first_name, visitor.last_name)
    # Without date of birth too many people share a name: only this appointment is certain.
    if not visitor.birth_date:
        return [known]
    return [row for row in same if row.visitor and _fold(row.visitor.first_name, row.visitor.last_name) == name]


def export_person(appointments: Sequence[Appointment], *, reason: str) -> list[dict[str, Any]]:
    """What is kept, appointment by appointment, as plain data; each leaves a line in the access log."""
    found = []
    for appointment in appointments:
        log_access(None, "export", f"appointment:{appointment.reference}", reason)
        found.append(_describe(appointment))
    return found


def erase_person(appointments: Sequence[Appointment], *, reason: str, now: datetime) -> None:
    """Erase the person from these appointments and their visits; that somebody came, when and for what, stays."""
    # Noted first: a note too many does nothing, one too few would bring somebody back with the next restore.
    note_erasures((row.uid for row in appointments), now)
    _erase(appointments, reason)


def erase_again(uids: Iterable[UUID], *, now: datetime) -> int:
    """After a restore: erase once more from appointments ``uids``, the noted ones; from how many it was needed.

    Nobody is erased before they have cancelled what is to come: the backup is older than that too.
    """
    rows = Appointment.objects.select_related("visitor", "location").filter(visitor__isnull=False)
    found = list(rows.filter(uid__in=list(uids)).order_by("pk"))
    ahead = list_ahead(found, now)
    for appointment in found:
        with transaction.atomic():
            if appointment in ahead:
                cancel(appointment, by=CancelledBy.CITIZEN, now=now)
            _erase([appointment], "after a restore")
    return len(found)


@transaction.atomic
def _erase(appointments: Sequence[Appointment], reason: str) -> None:
    forget_watches_of(row.visitor.email for row in appointments if row.visitor)
    for appointment in appointments:
        erase_identity(appointment)
        forget_words(appointment)
        log_access(None, "erase", f"appointment:{appointment.reference}", reason)


def list_ahead(appointments: Sequence[Appointment], now: datetime) -> list[Appointment]:
    """Those still to come, for which the person is needed."""
    return [row for row in appointments if row.state in CHANGEABLE and row.end > now]


def _fold(first: str, last: str) -> str:
    return "".join(f"{first} {last}".casefold().split())


def _describe(appointment: Appointment) -> dict[str, Any]:
    visitor = appointment.visitor
    local = appointment.location.local
    tickets = Ticket.objects.filter(appointment=appointment).prefetch_related("stops__events")
    return {
        "reference": appointment.reference,
        "person": {
            name: getattr(visitor, name) for name in ("last_name", "first_name", "birth_date", "email", "phone")
        },
        "language": appointment.language,
        "needs": appointment.needs,
        "answers": appointment.answers,
        "place": appointment.location.name,
        "start": local(appointment.start).isoformat(),
        "end": local(appointment.end).isoformat(),
        "state": appointment.state,
        "booked": appointment.channel,
        "procedures": [str(item.procedure) for item in appointment.items.select_related("procedure")],
        "history": [
            {"what": event.kind, "at": local(event.at).isoformat()} for event in appointment.events.order_by("at")
        ],
        "messages": [
            {"what": message.kind, "to": message.recipient, "state": message.state, "at": message.moment.isoformat()}
            for message in Message.objects.filter(subject_ref=appointment.reference).order_by("due_at")
        ],
        "visit": [
            {"what": event.kind, "at": local(event.at).isoformat(), "why": event.reason}
            for ticket in tickets
            for stop in ticket.stops.all()
            for event in stop.events.all()
        ],
        "notes": [stop.note for ticket in tickets for stop in ticket.stops.all() if stop.note],
    }
