"""Book for somebody on the telephone or at the counter: procedure, time, person."""

from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from eguichet_rdv.catalogue.enums import BookingMode
from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.common.dates import say_date, say_moment
from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.reception.forms import PersonForm
from eguichet_rdv.reception.places import place_of
from eguichet_rdv.scheduling.domain.availability import find_first, find_starts
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.hold import hold
from eguichet_rdv.scheduling.domain.refusals import TimeRefused
from eguichet_rdv.scheduling.domain.wanted import Wanted, read_wanted
from eguichet_rdv.scheduling.enums import Channel
from eguichet_rdv.townhall.domain.roles import StaffRequest, for_role
from eguichet_rdv.townhall.enums import Role

DAYS_SHOWN = 14
SENSIBLE_YEARS = range(2000, 2101)
"""Beyond, counting days and time zones overflows."""


@require_safe
@for_role(Role.RECEPTION)
def choose_procedure(request: StaffRequest) -> HttpResponse:
    """All procedures a clerk can book at this place, by service."""
    location = place_of(request)
    procedures = [
        procedure
        for procedure in Procedure.objects.filter(
            counters__location=location, counters__active=True, retired_at=None, service__takes_appointments=True
        )
        .select_related("service")
        .distinct()
        if procedure.mode in {BookingMode.ONLINE, BookingMode.CLERK}
    ]
    services = [(service, list(rows)) for service, rows in groupby(procedures, key=lambda row: row.service)]
    return render(request, "reception/choose_procedure.html", {"services": services, "location": location})


@require_safe
@for_role(Role.RECEPTION)
def choose_time(request: StaffRequest, service: str, procedure: str) -> HttpResponse:
    """Two weeks of free times; further weeks by link."""
    location = place_of(request)
    persons = _read_persons(request)
    language = get_language() or settings.LANGUAGE_CODE
    now = timezone.now()
    today = location.local(now).date()
    try:
        wanted = _want(location.slug, service, procedure, persons)
        first = _read_first_day(request, wanted, today, now)
        last = first + timedelta(days=DAYS_SHOWN - 1)
        days = find_starts(wanted, first, last, now=now)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("reception-book")
    return render(
        request,
        "reception/choose_time.html",
        {
            "procedure": wanted.items[0].procedure,
            "persons": persons,
            "persons_choices": range(1, wanted.items[0].procedure.max_persons + 1),
            "days": [
                (day, say_date(day, language), [(start, start.isoformat()) for start in starts])
                for day, starts in days.items()
            ],
            "first": first,
            "last": last,
            "earlier": max(today, first - timedelta(days=DAYS_SHOWN)) if first > today else None,
            "later": last + timedelta(days=1),
            "location": location,
        },
    )


@require_POST
@for_role(Role.RECEPTION)
def keep_time(request: StaffRequest, service: str, procedure: str) -> HttpResponse:
    """Hold the chosen time while the person is asked for the rest."""
    persons = _read_persons(request)
    start = _read_start(request.POST.get("start", ""))
    basket = uuid4()
    here = reverse("reception-times", args=[service, procedure])
    try:
        wanted = _want(place_of(request).slug, service, procedure, persons)
        hold(wanted, start, holder=_holder(request, basket), now=timezone.now())
    except TimeRefused as refusal:
        messages.error(request, _explain(refusal))
        return redirect(f"{here}?persons={persons}&from={start:%Y-%m-%d}")
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect(here)
    address = reverse("reception-person", args=[service, procedure, basket])
    return redirect(f"{address}?persons={persons}&start={start:%Y-%m-%dT%H:%M:%S%z}".replace("+", "%2B"))


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@for_role(Role.RECEPTION)
def enter_person(request: StaffRequest, service: str, procedure: str, basket: UUID) -> HttpResponse:
    """Who comes; then the appointment is made. The basket names the command: sent twice, it books once."""
    persons = _read_persons(request)
    location = place_of(request)
    start = _read_start(request.GET.get("start", ""))
    form = PersonForm(request.POST or None)
    try:
        wanted = _want(location.slug, service, procedure, persons)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("reception-book")
    try:
        if form.is_bound and form.is_valid():
            appointment = book(
                wanted,
                start,
                form.person,
                language=form.cleaned_data["language"],
                needs=form.cleaned_data["needs"],
                now=timezone.now(),
                intent=basket,
                holder=_holder(request, basket),
                booked_by=request.user,
            )
            messages.success(request, _("The appointment is booked: %(reference)s.") % {"reference": appointment})
            if not form.person.email:
                messages.warning(request, _("There is no e-mail address: print the confirmation or read it out."))
            return redirect("reception-visit", appointment.reference)
    except TimeRefused as refusal:
        messages.error(request, _explain(refusal))
        return redirect(f"{reverse('reception-times', args=[service, procedure])}?persons={persons}")
    except Refusal as refusal:
        form.add_error(None, str(refusal))
    return render(
        request,
        "reception/enter_person.html",
        {
            "form": form,
            "procedure": wanted.items[0].procedure,
            "persons": persons,
            "when": say_moment(location.local(start), get_language() or settings.LANGUAGE_CODE),
            "location": location,
        },
    )


def _want(location: str, service: str, procedure: str, persons: int) -> Wanted:
    return read_wanted([(service, procedure, persons)], Channel.CLERK, location=location)


def _holder(request: StaffRequest, basket: UUID) -> str:
    return f"reception-{request.user.pk}-{basket}"


def _explain(refusal: TimeRefused) -> str:
    others = ", ".join(f"{start:%d/%m %H:%M}" for start in refusal.alternatives)
    return f"{refusal} {_('Free: %(times)s.') % {'times': others}}" if others else str(refusal)


def _read_persons(request: StaffRequest) -> int:
    text = request.POST.get("persons") or request.GET.get("persons") or "1"
    return int(text) if text.isdecimal() and len(text) < 3 else 1  # noqa: PLR2004 - nobody comes with a hundred


def _read_start(text: str) -> datetime:
    try:
        start = parse_datetime(text)
    except ValueError:
        start = None
    if start is None or start.tzinfo is None or start.year not in SENSIBLE_YEARS:
        raise Http404
    return start


def _read_first_day(request: StaffRequest, wanted: Wanted, today: date, now: datetime) -> date:
    """The day asked for; without one, the day of the first free time."""
    try:
        asked = parse_date(request.GET.get("from", ""))
    except ValueError:
        asked = None
    if asked:
        return max(today, min(asked, today + timedelta(days=730)))
    first = find_first(wanted, now=now)
    return first.date() if first else today
