"""An address is confirmed by a click in a mail and a button on a page: mail programs open links by themselves."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from eguichet_rdv.booking.basket import find_managed, may_confirm
from eguichet_rdv.booking.paths import active_language
from eguichet_rdv.booking.views.showing import appointment_context
from eguichet_rdv.common.dates import say_moment
from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.common.speaking import speak
from eguichet_rdv.scheduling.domain.confirm import confirm_email
from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.scheduling.models import Appointment

NOT_FOUND = 404


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@speak
def confirm(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask whether it is right, then confirm; only for who came by the link of the mail."""
    appointment = find_managed(request.session, reference)
    if appointment is None or not may_confirm(request.session, appointment):
        return render(request, "booking/unknown_link.html", status=NOT_FOUND)
    if request.method == "POST":
        try:
            confirm_email(appointment, now=timezone.now())
            messages.success(request, _("Thank you: your appointment is confirmed."))
        except Refusal as refusal:
            messages.error(request, str(refusal))
        return redirect("manage")
    if appointment.state != AppointmentState.AWAITING_EMAIL:
        return redirect("manage")
    return show_awaited(request, appointment, "booking/confirm_email.html")


def show_awaited(
    request: HttpRequest, appointment: Appointment, template: str = "booking/awaiting.html"
) -> HttpResponse:
    """What is kept, for whom the mail is, and until when."""
    assert appointment.confirm_by is not None  # noqa: S101 - the constraint « awaiting_ends »
    until = say_moment(appointment.location.local(appointment.confirm_by), active_language())
    return render(request, template, appointment_context(appointment) | {"until": until})
