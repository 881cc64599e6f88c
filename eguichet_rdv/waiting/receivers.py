"""What happens in the hall when an appointment of somebody already here is cancelled or moved."""

from datetime import datetime
from typing import Any

from eguichet_rdv.common.announcing import changing
from eguichet_rdv.scheduling.domain.refusals import NotCancellable
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.waiting.domain.board import tell_desks
from eguichet_rdv.waiting.domain.past_calls import forget_words
from eguichet_rdv.waiting.domain.refusals import AlreadyArrived, JustCalled
from eguichet_rdv.waiting.domain.tokens import seal_ticket
from eguichet_rdv.waiting.enums import AT_COUNTER, LIVE, StopEventKind, StopState
from eguichet_rdv.waiting.models import CallNumber, Stop, StopEvent, Ticket

BEFORE_CALL = (StopState.WAITING, StopState.PARKED, StopState.PLANNED)


def connect() -> None:
    """Called once when the application is ready."""
    changing.connect(follow_appointment, Appointment, dispatch_uid="waiting-follows-appointment")


def follow_appointment(sender: type, subject: Appointment, what: str, now: datetime, **_facts: Any) -> None:
    """Refuse what would pull somebody away from a counter; take the others out of the line."""
    stops = Stop.objects.filter(ticket__appointment=subject)
    if what == "moved":
        if stops.filter(state__in=(*LIVE, StopState.DONE)).exists():  # what is done would be done once more
            raise AlreadyArrived
        _forget_visit(subject)
    if what == "renewed":
        for ticket in Ticket.objects.filter(appointment=subject):
            ticket.generation += 1
            seal_ticket(ticket)
            ticket.save(update_fields=["generation", "follow_digest"])
    if what == "cancelled":
        if stops.filter(state=StopState.DONE).exists():
            raise NotCancellable
        gone = stops.filter(state__in=BEFORE_CALL)
        ids = dict(gone.values_list("pk", "ticket"))
        # Against a call at the same instant: the row is changed only while it waits, so one of the two wins. Asked of
        # the row itself: after waiting for the other, PostgreSQL looks again at columns, not at what a join had found.
        leaving = Stop.objects.filter(pk__in=ids, state__in=BEFORE_CALL)
        left = leaving.update(state=StopState.LEFT, ended_at=now)
        if left < len(ids) or stops.filter(state__in=AT_COUNTER).exists():
            raise JustCalled
        StopEvent.objects.bulk_create(
            StopEvent(stop_id=pk, location_id=subject.location_id, kind=StopEventKind.LEFT, at=now) for pk in ids
        )
        tell_desks(subject.location_id, next(iter(ids.values()), None))


def _forget_visit(appointment: Appointment) -> None:
    """Who had gone again comes anew: the ended ticket keeps its number and history, the new hour gets others.

    Nobody could find the words of the old visit any more when the person is to be erased.
    """
    forget_words(appointment)
    ended = Ticket.objects.filter(appointment=appointment).update(appointment=None)
    numbers = CallNumber.objects.filter(appointment=appointment)
    if not ended:
        numbers = numbers.exclude(date=appointment.location.local(appointment.start).date())
    numbers.update(appointment=None)
