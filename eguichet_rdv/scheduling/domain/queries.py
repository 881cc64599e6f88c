"""Appointments as staff look for them."""

from datetime import date

from django.db.models import Q, QuerySet

from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.models import Location

MOST_FOUND = 50


def appointments_of_day(location: Location, day: date) -> QuerySet[Appointment]:
    """The day's appointments in order, cancelled ones left out."""
    return (
        Appointment.objects.filter(location=location, date=day)
        .exclude(state=AppointmentState.CANCELLED)
        .select_related("visitor", "location")
        .prefetch_related("items__procedure__service", "reservations__counter")
    )


def find_appointments(location: Location, text: str, *, day: date | None = None) -> QuerySet[Appointment]:
    """Appointments whose reference, name or date of birth is ``text``, on ``day`` or any; at most 50.

    A name is found by its beginning, in either order of first and last name.
    """
    rows = Appointment.objects.filter(location=location).select_related("visitor", "location")
    if day is not None:
        rows = rows.filter(date=day)
    words = text.split()
    if not words:
        return rows.none()
    by_name = Q()
    for word in words:
        by_name &= Q(visitor__last_name__icontains=word) | Q(visitor__first_name__icontains=word)
    matches = by_name | Q(reference__iexact=text.replace(" ", "")) | Q(visitor__birth_date=text.strip())
    return rows.filter(matches).prefetch_related("items__procedure__service").order_by("-start")[:MOST_FOUND]
