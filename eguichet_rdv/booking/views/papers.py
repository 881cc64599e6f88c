"""The confirmation to take home."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from eguichet_rdv.booking.basket import find_managed
from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.scheduling.papers import render_calendar, render_pdf


@require_safe
@never_cache
def pdf(request: HttpRequest, reference: str) -> HttpResponse:
    """The confirmation as PDF."""
    return _download(render_pdf(_own(request, reference)), "application/pdf", f"{reference}.pdf")


@require_safe
@never_cache
def calendar_file(request: HttpRequest, reference: str) -> HttpResponse:
    """The appointment for the visitor's own calendar."""
    return _download(render_calendar(_own(request, reference)), "text/calendar; charset=utf-8", f"{reference}.ics")


def _own(request: HttpRequest, reference: str) -> Appointment:
    appointment = find_managed(request.session, reference)
    if appointment is None or appointment.state == AppointmentState.AWAITING_EMAIL:
        raise Http404
    return appointment


def _download(content: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
