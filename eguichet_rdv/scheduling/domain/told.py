"""What somebody was told about an appointment, and what did not reach them; for the staff who can still telephone."""

from datetime import datetime

from django.db.models import QuerySet

from eguichet_rdv.messaging.enums import FAILED
from eguichet_rdv.messaging.models import Message
from eguichet_rdv.scheduling.domain.cancel import CHANGEABLE
from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.models import Location

STILL_MATTER = (*CHANGEABLE, AppointmentState.CANCELLED)


def messages_about(appointment: Appointment) -> QuerySet[Message]:
    """All messages about one appointment, the latest first."""
    return Message.objects.filter(subject_ref=appointment.reference).order_by("-due_at", "-id")


def failed_messages(location: Location, now: datetime) -> QuerySet[Message]:
    """What could not be delivered about appointments to come at ``location``; the most urgent appointment first.

    Of an appointment that was cancelled too: that one need not come is worth a telephone call.
    """
    ahead = Appointment.objects.filter(location=location, start__gt=now, state__in=STILL_MATTER)
    failed = Message.objects.filter(state__in=FAILED, subject_ref__in=ahead.values("reference"))
    return failed.order_by("not_after", "id")
