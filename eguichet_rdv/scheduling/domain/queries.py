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


def find_appointments(location: Location, text: str) -> QuerySet[Appointment]:
    """Appointments whose reference or date of birth is ``text``, or whose name has all its words; the latest 50.

    A word is found anywhere in first or last name, whatever its case.
    """
    rows = Appointment.objects.filter(location=location).select_related("visitor", "location")
    words = text.split()
    if not words:
        return rows.none()
    by_name = Q()
    for word in words:
        by_name &= Q(visitor__last_name__icontains=word) | Q(visitor__first_name__icontains=word)
    matches = by_name | Q(reference__iexact=text.replace(" ", "")) | Q(visitor__birth_date=text.strip())
    return rows.filter(matches).prefetch_related("items__procedure__service").order_by("-start")[:MOST_FOUND]
