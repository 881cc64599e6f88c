"""Give an appointment up and its time back."""

from datetime import datetime

from django.db import transaction

from eguichet_rdv.accounts.models import User
from eguichet_rdv.common.announcing import announce
from eguichet_rdv.scheduling.domain.placing import free_reservations
from eguichet_rdv.scheduling.domain.refusals import NotCancellable
from eguichet_rdv.scheduling.enums import AppointmentEventKind, AppointmentState, CancelledBy
from eguichet_rdv.scheduling.models import Appointment, AppointmentEvent, PersonGuard

CHANGEABLE = (AppointmentState.CONFIRMED, AppointmentState.AWAITING_EMAIL)


@transaction.atomic
def cancel(
    appointment: Appointment, *, by: CancelledBy, now: datetime, reason: str = "", user: User | None = None
) -> Appointment:
    """Cancel; cancelling again changes nothing. Raises ``NotCancellable`` when it is over or somebody is at a counter."""
    locked = _lock(appointment)
    if locked.state == AppointmentState.CANCELLED:
        return locked
    if locked.state not in CHANGEABLE or locked.end <= now:
        raise NotCancellable
    locked.state = AppointmentState.CANCELLED
    locked.cancelled_at = now
    locked.cancelled_by = by
    locked.cancel_reason = reason[:200]
    locked.version += 1
    locked.save(update_fields=["state", "cancelled_at", "cancelled_by", "cancel_reason", "version"])
    free_reservations(list(locked.reservations.select_related("counter__location")))
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
    return locked


def lock_changeable(appointment: Appointment, now: datetime) -> Appointment:
    """Lock the row and raise ``NotCancellable`` unless it may still be changed. Must run inside a transaction."""
    locked = _lock(appointment)
    if locked.state not in CHANGEABLE or locked.end <= now:
        raise NotCancellable
    return locked


def _lock(appointment: Appointment) -> Appointment:
    rows = Appointment.objects.select_related("location", "visitor").select_for_update(no_key=True, of=("self",))
    return rows.get(pk=appointment.pk)
