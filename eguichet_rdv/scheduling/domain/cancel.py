"""Give an appointment up and its time back."""

from datetime import datetime

from django.db import transaction

from eguichet_rdv.accounts.models import User
from eguichet_rdv.common.announcing import announce
from eguichet_rdv.scheduling.domain.cooling import cooling_until, give_up
from eguichet_rdv.scheduling.domain.refusals import NotCancellable
from eguichet_rdv.scheduling.enums import AppointmentEventKind, AppointmentState, CancelledBy
from eguichet_rdv.scheduling.models import Appointment, AppointmentEvent, PersonGuard

CHANGEABLE = (AppointmentState.CONFIRMED, AppointmentState.AWAITING_EMAIL)


@transaction.atomic
def cancel(
    appointment: Appointment, *, by: CancelledBy, now: datetime, reason: str = "", user: User | None = None
) -> Appointment:
    """Cancel; cancelling again changes nothing. Raises ``NotCancellable`` when it is over or somebody is at a counter.

    What the municipality revokes is not resold: its time is free at once, where a citizen's may cool down first.
    """
    locked = _lock(appointment)
    if locked.state == AppointmentState.CANCELLED:
        return locked
    if locked.state not in CHANGEABLE or locked.end <= now:
        raise NotCancellable
    write_cancellation(locked, by=by, now=now, reason=reason, user=user)
    return locked


def write_cancellation(
    locked: Appointment, *, by: CancelledBy, now: datetime, reason: str = "", user: User | None = None
) -> None:
    """Cancel a row that is locked and may be cancelled; announced to the other rooms."""
    locked.state = AppointmentState.CANCELLED
    locked.cancelled_at = now
    locked.cancelled_by = by
    locked.cancel_reason = reason[:200]
    locked.version += 1
    locked.save(update_fields=["state", "cancelled_at", "cancelled_by", "cancel_reason", "version"])
    cools = by != CancelledBy.MUNICIPALITY
    until = cooling_until(locked, locked.start, now=now) if cools else None
    give_up(list(locked.reservations.select_related("counter__location")), until)
    PersonGuard.objects.filter(appointment=locked).delete()
    AppointmentEvent.objects.create(
        appointment=locked,
        kind=AppointmentEventKind.CANCELLED,
        at=now,
        version=locked.version,
        start=locked.start,
        by=user,
    )
    announce(locked, "cancelled", now=now)


def lock_changeable(appointment: Appointment, now: datetime) -> Appointment:
    """Lock the row and raise ``NotCancellable`` unless it may still be changed. Must run inside a transaction."""
    locked = _lock(appointment)
    if locked.state not in CHANGEABLE or locked.end <= now:
        raise NotCancellable
    return locked


def _lock(appointment: Appointment) -> Appointment:
    rows = Appointment.objects.select_related("location", "visitor").select_for_update(no_key=True, of=("self",))
    return rows.get(pk=appointment.pk)
