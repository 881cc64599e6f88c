"""The second reminder, some hours before, where a place wants one. The first is queued with the booking."""

from datetime import datetime, timedelta

from django.db.models import Exists, Max, OuterRef, QuerySet

from eguichet_rdv.messaging.jobs import nudge
from eguichet_rdv.messaging.models import Message
from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.scheduling.messages import queue_mail
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.scheduling.papers.wordings import PREFIX, Told
from eguichet_rdv.townhall.models import Location

LEAP = timedelta(hours=1)
"""By how much the clock may jump between a reminder and its appointment."""


def second_reminder_due(appointment: Appointment, hours: int) -> datetime:
    """So many hours earlier on the clock of the place, whatever the clocks do in between."""
    local = appointment.location.local(appointment.start)
    return (local.replace(tzinfo=None) - timedelta(hours=hours)).replace(tzinfo=local.tzinfo)


def queue_second_reminders(now: datetime) -> int:
    """Queue those that are due; how many. Asked each minute, so a change of the setting holds at once.

    Nobody is reminded of what they booked or changed after that hour: they have just been told.
    """
    queued = 0
    for location in Location.objects.filter(second_reminder_hours__isnull=False):
        for appointment in _not_reminded(location, now):
            due = second_reminder_due(appointment, location.second_reminder_hours or 0)
            if due <= now and appointment.told_at < due:  # type: ignore[attr-defined] # annotated
                assert appointment.visitor is not None  # noqa: S101 - asked for below
                queue_mail(appointment, Told.SECOND_REMINDER, appointment.visitor.email, now)
                queued += 1
    if queued:
        nudge()
    return queued


def _not_reminded(location: Location, now: datetime) -> "QuerySet[Appointment]":
    """The next appointments with an address; ``told_at`` says when they were last booked, moved or corrected."""
    reminders = Message.objects.filter(
        kind=PREFIX + Told.SECOND_REMINDER, subject_ref=OuterRef("reference"), not_after=OuterRef("start")
    )
    latest = now + timedelta(hours=location.second_reminder_hours or 0) + LEAP
    rows = Appointment.objects.filter(
        location=location, state=AppointmentState.CONFIRMED, start__gt=now, start__lte=latest, visitor__isnull=False
    )
    return (
        rows.exclude(visitor__email="")
        .exclude(Exists(reminders))
        .select_related("location", "visitor")
        .annotate(told_at=Max("events__at"))
        .order_by("start", "id")
    )
