"""The citizen's own appointment: look, move, cancel. The token leaves the address at once."""

from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language_info
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from eguichet_rdv.booking.basket import allow, allow_confirming, find_managed, find_party, keep_party, may_confirm
from eguichet_rdv.booking.forms import CancelForm, MoveForm
from eguichet_rdv.booking.views.awaiting import show_awaited
from eguichet_rdv.booking.views.showing import appointment_context
from eguichet_rdv.booking.views.steps import choice_context, chosen_context
from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.common.speaking import remember_language, speak
from eguichet_rdv.scheduling.domain.cancel import CHANGEABLE, cancel
from eguichet_rdv.scheduling.domain.move import move, wanted_of, with_persons
from eguichet_rdv.scheduling.domain.refusals import NotBookable, TimeRefused
from eguichet_rdv.scheduling.domain.tokens import find_by_activate_token, find_by_manage_token
from eguichet_rdv.scheduling.enums import AppointmentState, CancelledBy
from eguichet_rdv.scheduling.models import Appointment

NOT_FOUND, CONFLICT, UNPROCESSABLE = 404, 409, 422


@require_safe
@never_cache
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Exchange the token of a message for the session, in the language of the appointment."""
    appointment = find_by_manage_token(token)
    awaited = None if appointment else find_by_activate_token(token)
    if awaited is not None:
        allow_confirming(request.session, awaited)
        response = remember_language(redirect("manage-confirm", awaited.reference), awaited.language)
    elif appointment is None:
        response = render(request, "booking/unknown_link.html", status=NOT_FOUND)
    else:
        allow(request.session, appointment)
        response = remember_language(redirect("manage"), appointment.language)
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_safe
@never_cache
@speak
def show(request: HttpRequest) -> HttpResponse:
    """The appointment with what can be done about it."""
    appointment = find_managed(request.session, request.GET.get("reference", ""))
    if appointment is None:
        return render(request, "booking/unknown_link.html", status=NOT_FOUND)
    if appointment.state == AppointmentState.AWAITING_EMAIL:
        if may_confirm(request.session, appointment):
            return redirect("manage-confirm", appointment.reference)
        return show_awaited(request, appointment)
    keep_party(request.session, appointment.reference, {})
    context = appointment_context(appointment) | {"changeable": is_changeable(appointment)}
    context |= {
        "languages": [(code, get_language_info(code)["name_local"].capitalize()) for code, _name in settings.LANGUAGES],
        "may_be_several": any(item.procedure.max_persons > 1 for item in context["items"]),
    }
    return render(request, "booking/manage.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@speak
def cancel_appointment(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask once more, then cancel."""
    appointment = find_managed(request.session, reference)
    if appointment is None:
        return render(request, "booking/unknown_link.html", status=NOT_FOUND)
    form = CancelForm(request.POST or None)
    status = 200
    if request.method == "POST":
        form = CancelForm(request.POST)
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                cancel(appointment, by=CancelledBy.CITIZEN, now=timezone.now(), reason=form.cleaned_data["reason"])
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = CONFLICT
            else:
                return _show_again(request, appointment)
    context = appointment_context(appointment) | {"form": form, "changeable": is_changeable(appointment)}
    return render(request, "booking/cancel.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@speak
def move_appointment(request: HttpRequest, reference: str) -> HttpResponse:
    """Choose another time; the old one is kept until the new one is sure."""
    appointment = find_managed(request.session, reference)
    if appointment is None:
        return render(request, "booking/unknown_link.html", status=NOT_FOUND)
    if appointment.state == AppointmentState.AWAITING_EMAIL:
        return redirect("manage")
    now = timezone.now()
    form = MoveForm(initial={"intent": uuid4()})
    persons = find_party(request.session, reference)
    alternatives = []
    status = 200
    if request.method == "POST":
        form = MoveForm(request.POST)
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                start, intent = form.cleaned_data["start"], form.cleaned_data["intent"]
                move(appointment, start, now=now, intent=intent, persons=persons)
            except Refusal as refusal:
                form.add_error("start", str(refusal))
                alternatives = refusal.alternatives if isinstance(refusal, TimeRefused) else []
                status = CONFLICT
            else:
                return _show_again(request, appointment)
    wanted = with_persons(wanted_of(appointment), persons)
    context = chosen_context(wanted, appointment.start)
    try:
        context |= choice_context(wanted, request.POST.get("start", ""), request.GET, alternatives, now=now)
    except NotBookable:
        # No counter handles it any more: nothing can be chosen, and the page says how to reach somebody.
        context["nothing_free"] = True
    context |= {"appointment": appointment, "form": form, "changeable": is_changeable(appointment)}
    return render(request, "booking/move.html", context, status=status)


def _show_again(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    """Back to this appointment, also when another one was opened meanwhile in a second tab."""
    allow(request.session, appointment)
    return redirect("manage")


def is_changeable(appointment: Appointment) -> bool:
    """Whether it lies ahead and may be moved or cancelled."""
    return appointment.state in CHANGEABLE and appointment.end > timezone.now()
