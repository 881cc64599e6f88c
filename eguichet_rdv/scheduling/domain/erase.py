"""Erase who came, once it is no longer needed; what was done when stays, without anybody's name."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from eguichet_rdv.messaging.domain.outbox import forget_recipient
from eguichet_rdv.scheduling.models import Appointment, Visitor
from eguichet_rdv.townhall.models import Location


def erase_past(now: datetime) -> int:
    """Erase identities the set number of days after the visit, and needs (they tell of health) the night after it.

    Returns how many people were erased.
    """
    erased = 0
    for location in Location.objects.order_by("pk"):
        today = location.local(now).date()
        past = Appointment.objects.filter(location=location, date__lt=today)
        past.exclude(needs=[]).update(needs=[])
        limit = today - timedelta(days=settings.EGUICHET_IDENTITY_DAYS)
        for appointment in past.filter(date__lt=limit, visitor__isnull=False).order_by("pk"):
            erase_identity(appointment)
            erased += 1
    return erased


@transaction.atomic
def erase_identity(appointment: Appointment) -> None:
    """Erase the person of one appointment: name, birth date, addresses, answers; also from the outbox."""
    gone = list(Visitor.objects.filter(appointment=appointment).values_list("pk", flat=True))
    Appointment.objects.filter(pk=appointment.pk).update(visitor=None, answers={}, needs=[], cancel_reason="")
    Visitor.objects.filter(pk__in=gone).delete()
    forget_recipient(appointment.reference)
