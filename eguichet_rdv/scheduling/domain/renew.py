"""Make the links and codes of an appointment worthless and give out new ones."""

from datetime import datetime

from django.db import transaction

from eguichet_rdv.accounts.models import User
from eguichet_rdv.common.announcing import announce
from eguichet_rdv.scheduling.domain.cancel import lock_changeable
from eguichet_rdv.scheduling.domain.tokens import seal
from eguichet_rdv.scheduling.enums import AppointmentEventKind
from eguichet_rdv.scheduling.models import Appointment, AppointmentEvent


@transaction.atomic
def renew_links(appointment: Appointment, *, now: datetime, user: User | None = None) -> Appointment:
    """Whoever has the old mail or QR code can do nothing with it from now on; the visitor gets a new mail.

    The reference stays. Raises ``NotCancellable`` when the appointment is over.
    """
    locked = lock_changeable(appointment, now)
    locked.generation += 1
    locked.version += 1
    seal(locked)
    locked.save(update_fields=["generation", "version", "check_in_digest", "manage_digest", "activate_digest"])
    AppointmentEvent.objects.create(
        appointment=locked,
        kind=AppointmentEventKind.RENEWED,
        at=now,
        version=locked.version,
        start=locked.start,
        by=user,
    )
    announce(locked, "renewed", now=now)
    return locked
