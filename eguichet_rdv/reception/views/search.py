"""Find somebody, and the list of the day."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from eguichet_rdv.common.birth_dates import parse_birth_date
from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.ledger.domain.access import log_access
from eguichet_rdv.reception.forms import SearchForm
from eguichet_rdv.reception.places import choose_place, place_of, places_of
from eguichet_rdv.scheduling.domain.queries import appointments_of_day, find_appointments
from eguichet_rdv.scheduling.domain.told import failed_messages
from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.domain.roles import StaffRequest, for_role
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Location
from eguichet_rdv.waiting.domain.presence import list_presences
from eguichet_rdv.waiting.domain.tickets import list_to_clarify
from eguichet_rdv.waiting.models import Ticket

OVER = (AppointmentState.HONOURED, AppointmentState.NO_SHOW)
NUMBER = re.compile(r"([A-Z])\s*(\d{1,4})", re.IGNORECASE)
HOUR = re.compile(r"(\d{1,2})\s*[:h.]\s*(\d{2})?")


@sensitive_post_parameters("text")
@require_http_methods(["GET", "HEAD", "POST"])
@for_role(Role.RECEPTION)
def show_reception(request: StaffRequest) -> HttpResponse:
    """The list of the day, or what was looked for. The search is a POST: names stay out of addresses and logs."""
    location, now = place_of(request), timezone.now()
    form = SearchForm(request.POST or None)
    found: list[Appointment] | None = None
    if form.is_bound and form.is_valid():
        ticket = find_ticket(location, form.cleaned_data["text"], now)
        if ticket:
            return redirect("reception-ticket", ticket.uid)
        found = search(location, form.cleaned_data["text"], now)
        for appointment in found:
            log_access(request.user, "view", f"appointment:{appointment.reference}", "reception search")
    day = location.local(now).date()
    if found is None:
        log_access(request.user, "view", f"day:{location.slug}:{day}", "reception list")
    rows = list(appointments_of_day(location, day).select_related("ticket__number")) if found is None else found
    over = [row for row in rows if found is None and row.state in OVER]
    return render(
        request,
        "reception/reception.html",
        {
            "form": form,
            "rows": [row for row in rows if row not in over],
            "over": over,
            "found": found is not None,
            "presences": list_presences(location, now),
            "to_clarify": list_to_clarify(location, now),
            "undelivered": failed_messages(location, now).count(),
            "location": location,
            "places": places_of(request),
            "day": day,
        },
    )


@require_POST
@for_role(Role.RECEPTION)
def change_place(request: StaffRequest) -> HttpResponse:
    """Receive at another place."""
    choose_place(request, request.POST.get("place", ""))
    return redirect("reception")


def find_ticket(location: Location, text: str, now: datetime) -> Ticket | None:
    """The ticket of today with this number; who came without appointment is known by nothing else."""
    number = NUMBER.fullmatch(text.strip())
    if number is None:
        return None
    series = {"number__letter": number[1].upper(), "number__ordinal": int(number[2])}
    return Ticket.objects.filter(location=location, date=location.local(now).date(), **series).first()


def search(location: Location, text: str, now: datetime) -> list[Appointment]:
    """Appointments by what was typed: an hour of today, a date of birth, else a reference or a name."""
    text = text.strip()
    hour = HOUR.fullmatch(text)
    if hour:
        clock = f"{int(hour[1]):02d}:{hour[2] or '00'}"
        return _at_hour(location, clock, now)
    with suppress(Refusal):
        text = parse_birth_date(text, today=location.local(now).date())
    return list(find_appointments(location, text).select_related("visitor", "location", "ticket__number"))


def _at_hour(location: Location, clock: str, now: datetime) -> list[Appointment]:
    rows: Sequence[Appointment] = appointments_of_day(location, location.local(now).date())  # type: ignore[assignment]
    return [row for row in rows if f"{location.local(row.start):%H:%M}" == clock]
