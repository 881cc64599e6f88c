"""An e-mail address is confirmed by a click, or the time goes back to everybody."""

from datetime import datetime

from django.db import transaction

from eguichet_rdv.accounts.models import User
from eguichet_rdv.common.announcing import announce
from eguichet_rdv.scheduling.domain.cancel import write_cancellation
from eguichet_rdv.scheduling.domain.erase import erase_identity
from eguichet_rdv.scheduling.domain.refusals import NotConfirmable
from eguichet_rdv.scheduling.enums import AppointmentEventKind, AppointmentState, CancelledBy
from eguichet_rdv.scheduling.models import Appointment, AppointmentEvent


@transaction.atomic
def confirm_email(appointment: Appointment, *, now: datetime, user: User | None = None) -> Appointment:
    """Make an awaited appointment a confirmed one; ``user`` is the clerk who does it for somebody. Again = no change.

    A click that comes late still counts while the time is kept. Raises ``NotConfirmable`` once it is not.
    """
    rows = Appointment.objects.select_related("location", "visitor").select_for_update(no_key=True, of=("self",))
    locked = rows.get(pk=appointment.pk)
    if locked.state == AppointmentState.CONFIRMED:
        return locked
    if locked.state != AppointmentState.AWAITING_EMAIL or locked.start <= now:
        raise NotConfirmable
    locked.state = AppointmentState.CONFIRMED
    locked.save(update_fields=["state"])
    AppointmentEvent.objects.create(
        appointment=locked,
        kind=AppointmentEventKind.CONFIRMED,
        at=now,
        version=locked.version,
        start=locked.start,
        by=user,
    )
    announce(locked, "confirmed", now=now)
    return locked


def sweep_unconfirmed(now: datetime) -> int:
    """Release what nobody confirmed in time and erase who asked for it; how many.

    Those another transaction is working on are left to it. Each in its own transaction: one is not held up by another.
    """
    released = 0
    ended = Appointment.objects.filter(state=AppointmentState.AWAITING_EMAIL, confirm_by__lte=now)
    for pk in ended.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            rows = ended.select_for_update(no_key=True, skip_locked=True, of=("self",))
            locked = rows.select_related("location").filter(pk=pk).first()
            if locked is None:
                continue
            # The address was never shown to be theirs: nobody is written to, and nothing is kept.
            erase_identity(locked)
            locked.refresh_from_db(fields=["visitor", "answers", "needs"])
            write_cancellation(locked, by=CancelledBy.NOBODY, now=now)
            released += 1
    return released
