"""Write down, the night after, who did not come."""

from datetime import datetime

from django.db import transaction

from eguichet_rdv.scheduling.enums import AppointmentEventKind, AppointmentState
from eguichet_rdv.scheduling.models import Appointment, AppointmentEvent, PersonGuard
from eguichet_rdv.townhall.models import Location


def mark_absent(now: datetime) -> int:
    """Set appointments of past days that were neither honoured nor cancelled to « absent »; how many."""
    marked = 0
    for location in Location.objects.order_by("pk"):
        with transaction.atomic():
            missed = Appointment.objects.filter(
                location=location, state=AppointmentState.CONFIRMED, date__lt=location.local(now).date()
            )
            rows = list(missed.order_by("pk").select_for_update(no_key=True, of=("self",)))
            ids = [row.pk for row in rows]
            Appointment.objects.filter(pk__in=ids).update(state=AppointmentState.NO_SHOW)
            PersonGuard.objects.filter(appointment__in=ids).delete()
            AppointmentEvent.objects.bulk_create(
                AppointmentEvent(
                    appointment=row, kind=AppointmentEventKind.NO_SHOW, at=now, version=row.version, start=row.start
                )
                for row in rows
            )
            marked += len(rows)
    return marked
