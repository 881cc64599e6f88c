"""Somebody is called sooner, once, for a reason that is kept."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from eguichet_rdv.waiting.domain.board import tell_desks
from eguichet_rdv.waiting.domain.orders import begin, read_stop, record_order
from eguichet_rdv.waiting.domain.refusals import NoPriority
from eguichet_rdv.waiting.enums import PriorityReason, StopEventKind, StopState
from eguichet_rdv.waiting.models import CounterSession, Stop


def give_priority(session: CounterSession, stop: Stop, reason: PriorityReason, *, intent: UUID, now: datetime) -> None:
    """Make somebody who waits due sooner by what the place has decided; raises ``NoPriority`` the second time."""
    with transaction.atomic():
        minutes = read_stop(stop).location.priority_minutes
        changes = {"priority": F("priority") + minutes, "due_at": F("due_at") - timedelta(minutes=minutes)}
        waits = (StopState.WAITING, StopState.PARKED)
        if not begin(session, stop, "priority", intent, waits, changes=changes, at_counter=False):
            return
        # The row is locked by now: of two who press at once, the second sees the priority of the first and gives none.
        given = read_stop(stop)
        if not minutes or given.priority != minutes:
            raise NoPriority(number=str(given.ticket.number))
        record_order(session, stop, StopEventKind.PRIORITY, intent, now, reason=reason)
        tell_desks(stop.location_id, stop.ticket_id)
