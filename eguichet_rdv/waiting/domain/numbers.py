"""Numbers: a letter and three digits, once per place and day."""

from collections import defaultdict
from datetime import date

from django.db.models import F, Prefetch

from eguichet_rdv.catalogue.models import Service
from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.scheduling.models import Appointment, AppointmentItem
from eguichet_rdv.townhall.models import Kiosk, Location
from eguichet_rdv.waiting.models import CallNumber, NumberSeries


def number_for(appointment: Appointment) -> CallNumber:
    """The number an appointment has, or gets now, for its present day. Must run inside a transaction."""
    day = appointment.location.local(appointment.start).date()
    known: CallNumber | None = getattr(appointment, "call_number", None)
    if known and known.date == day and known.location_id == appointment.location_id:
        return known
    if known:  # moved to another day: the old number stays used up
        CallNumber.objects.filter(pk=known.pk).update(appointment=None)
    item = appointment.items.select_related("procedure__service").order_by("pk").first()
    assert item is not None  # noqa: S101 - book() writes at least one
    return draw_numbers(appointment.location, day, item.procedure.service, appointment=appointment)[0]


def draw_numbers(
    location: Location,
    day: date,
    service: Service,
    *,
    count: int = 1,
    appointment: Appointment | None = None,
    kiosk: Kiosk | None = None,
) -> list[CallNumber]:
    """The next ``count`` numbers of the letter of ``service``. Must run inside a transaction."""
    series = {"location": location, "date": day, "letter": service.letter}
    NumberSeries.objects.bulk_create([NumberSeries(**series)], ignore_conflicts=True)
    NumberSeries.objects.filter(**series).update(last=F("last") + count)  # locks the row until the end
    last = NumberSeries.objects.values_list("last", flat=True).get(**series)
    return CallNumber.objects.bulk_create(
        CallNumber(**series, ordinal=ordinal, appointment=appointment, kiosk=kiosk)
        for ordinal in range(last - count + 1, last + 1)
    )


def build_roster(location: Location, day: date) -> list[Appointment]:
    """Give every appointment of the day its number, in the order of the hours; returns them in that order.

    One booked at this instant may be without until the next time. Must run inside a transaction.
    """
    first = AppointmentItem.objects.select_related("procedure__service").order_by("pk")
    rows = (
        Appointment.objects.filter(location=location, date=day, state=AppointmentState.CONFIRMED)
        .select_related("location", "visitor", "call_number")
        .prefetch_related(Prefetch("items", first))
        .order_by("start", "pk")
    )
    # Locked as by a check-in, then read: of two at once the second sees the numbers of the first.
    lacking = list(rows.exclude(call_number__date=day).values_list("pk", flat=True))
    locking = Appointment.objects.filter(pk__in=lacking).order_by("pk").select_for_update(no_key=True)
    locked = set(locking.values_list("pk", flat=True))
    appointments = list(rows)
    without: dict[Service, list[Appointment]] = defaultdict(list)
    for appointment in appointments:
        if appointment.pk not in locked:
            continue
        if not hasattr(appointment, "call_number"):
            without[appointment.items.all()[0].procedure.service].append(appointment)
        else:
            number_for(appointment)  # moved here from another day, it gets a new one
    for service, waiting in sorted(without.items(), key=lambda pair: pair[0].letter):
        # A big house expects a thousand people: their numbers are drawn at once, not one by one.
        numbers = draw_numbers(location, day, service, count=len(waiting))
        for number, appointment in zip(numbers, waiting, strict=True):
            number.appointment = appointment
        CallNumber.objects.bulk_update(numbers, ["appointment"], batch_size=500)
    return appointments
