"""The way in: home, catalogue, the start of a booking, and what it has become."""

from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from wagtail.views import serve

from eguichet_rdv.booking.basket import Basket, allow, forget_people
from eguichet_rdv.booking.budgets import helper_of
from eguichet_rdv.booking.offers import find_procedure, places_of, ways_in
from eguichet_rdv.booking.paths import active_language
from eguichet_rdv.booking.views.awaiting import show_awaited
from eguichet_rdv.booking.views.showing import appointment_context
from eguichet_rdv.catalogue.domain.page_tree import INDEX_SLUGS
from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.townhall.models import Location


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The home page in the visitor's language."""
    return redirect(f"/{active_language()}/")


@require_safe
def catalogue(request: HttpRequest) -> HttpResponseBase:
    """The list of procedures: a page of the CMS at a fixed address."""
    response: HttpResponseBase = serve(request, INDEX_SLUGS[active_language()] + "/")
    return response


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Which data is kept, what for and how long."""
    return render(request, "booking/privacy.html", {"places": Location.objects.all()})


@require_safe
@never_cache
def start(request: HttpRequest, service: str, procedure: str) -> HttpResponse:
    """Begin a booking, or say how else the procedure is had."""
    found = find_procedure(service, procedure)
    if found is None:
        raise Http404
    places = places_of(found)
    if helper_of(request):
        forget_people(request.session)
    if found.bookable_online and found.service.takes_appointments and places:
        return redirect("book-step", service=service, procedure=procedure, basket=uuid4(), step="visit")
    return render(request, "booking/other_way.html", {"procedure": found, "hours": ways_in(found)})


@require_safe
@never_cache
def done(request: HttpRequest, service: str, procedure: str, basket: UUID) -> HttpResponse:
    """The confirmation; can be opened again as long as the session lasts."""
    appointment = Basket(request.session, basket).booked
    if appointment is None:
        return redirect("book-start", service=service, procedure=procedure)
    if appointment.state == AppointmentState.CANCELLED:
        allow(request.session, appointment)
        return redirect("manage")
    if appointment.state == AppointmentState.AWAITING_EMAIL:
        return show_awaited(request, appointment)
    return render(request, "booking/done.html", appointment_context(appointment))
