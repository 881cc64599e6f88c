"""Book for somebody on the telephone or at the counter: procedure, time, person."""

from datetime import datetime
from itertools import groupby
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from eguichet_rdv.catalogue.enums import BookingMode
from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.common.dates import say_moment
from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.reception.choice import explain, read_choice, read_persons, read_start
from eguichet_rdv.reception.drafts import drop_draft, find_draft, keep_draft, read_basket
from eguichet_rdv.reception.forms import PersonForm
from eguichet_rdv.reception.places import place_of
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.hold import hold
from eguichet_rdv.scheduling.domain.refusals import TimeRefused
from eguichet_rdv.scheduling.domain.wanted import Wanted, read_wanted
from eguichet_rdv.scheduling.enums import Channel
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.domain.roles import StaffRequest, for_role
from eguichet_rdv.townhall.enums import Role


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
    """Free times. The page names its basket, so that choosing again gives up the time chosen before."""
    basket = read_basket(request.GET.get("basket", ""))
    try:
        wanted = _want(request, service, procedure)
        context = read_choice(request.GET, wanted, timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("reception-book")
    context |= {"basket": basket, "draft": find_draft(request.session, basket)}
    return render(request, "reception/choose_time.html", context)


@require_POST
@for_role(Role.RECEPTION)
def keep_time(request: StaffRequest, service: str, procedure: str) -> HttpResponse:
    """Hold the chosen time while the person is asked for the rest."""
    start = read_start(request.POST.get("start", ""))
    basket = read_basket(request.POST.get("basket", ""))
    try:
        hold(_want(request, service, procedure), start, holder=_holder(request, basket), now=timezone.now())
    except TimeRefused as refusal:
        messages.error(request, explain(refusal))
        return redirect(_times_of(request, service, procedure, basket, start))
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("reception-times", service, procedure)
    address = reverse("reception-person", args=[service, procedure, basket])
    return redirect(f"{address}?{urlencode({'persons': read_persons(request.POST), 'start': start.isoformat()})}")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@for_role(Role.RECEPTION)
def enter_person(request: StaffRequest, service: str, procedure: str, basket: UUID) -> HttpResponse:
    """Who comes; then the appointment is made. The basket names the command: sent twice, it books once."""
    start = read_start(request.GET.get("start", ""))
    form = PersonForm(request.POST or None, initial=find_draft(request.session, basket))
    try:
        wanted = _want(request, service, procedure)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("reception-book")
    if "other_time" in request.POST:
        keep_draft(request.session, basket, request.POST)
        return redirect(_times_of(request, service, procedure, basket, start))
    try:
        if form.is_bound and form.is_valid():
            return _booked(request, _book(request, wanted, start, form, basket), basket)
    except TimeRefused as refusal:
        keep_draft(request.session, basket, request.POST)
        messages.error(request, explain(refusal))
        return redirect(_times_of(request, service, procedure, basket, start))
    except Refusal as refusal:
        form.add_error(None, str(refusal))
    location = wanted.location
    return render(
        request,
        "reception/enter_person.html",
        {
            "form": form,
            "procedure": wanted.items[0].procedure,
            "persons": wanted.items[0].persons,
            "when": say_moment(location.local(start), get_language() or settings.LANGUAGE_CODE),
            "location": location,
        },
    )


def _book(request: StaffRequest, wanted: Wanted, start: datetime, form: PersonForm, basket: UUID) -> Appointment:
    return book(
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


def _booked(request: StaffRequest, appointment: Appointment, basket: UUID) -> HttpResponse:
    drop_draft(request.session, basket)
    messages.success(request, _("The appointment is booked: %(reference)s.") % {"reference": appointment})
    if appointment.visitor is None or not appointment.visitor.email:
        messages.warning(request, _("There is no e-mail address: print the confirmation or read it out."))
    return redirect("reception-visit", appointment.reference)


def _want(request: StaffRequest, service: str, procedure: str) -> Wanted:
    persons = read_persons(request.POST, request.GET)
    return read_wanted([(service, procedure, persons)], Channel.CLERK, location=place_of(request).slug)


def _holder(request: StaffRequest, basket: UUID) -> str:
    return f"reception-{request.user.pk}-{basket}"


def _times_of(request: StaffRequest, service: str, procedure: str, basket: UUID, start: datetime) -> str:
    """The page of the times around ``start``, for the same persons and the same basket."""
    persons = read_persons(request.POST, request.GET)
    query = urlencode({"persons": persons, "from": f"{place_of(request).local(start):%Y-%m-%d}", "basket": basket})
    return f"{reverse('reception-times', args=[service, procedure])}?{query}"
