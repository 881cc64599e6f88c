"""What else can be changed about one's appointment: how many come, and in which language."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from eguichet_rdv.booking.basket import allow, find_managed, keep_party
from eguichet_rdv.booking.forms import PartyForm
from eguichet_rdv.booking.views.manage import is_changeable
from eguichet_rdv.booking.views.showing import appointment_context
from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.common.speaking import remember_language, speak
from eguichet_rdv.scheduling.domain.language import choose_language
from eguichet_rdv.scheduling.domain.move import move, wanted_of
from eguichet_rdv.scheduling.domain.refusals import TimeRefused
from eguichet_rdv.scheduling.enums import AppointmentState

NOT_FOUND, CONFLICT, UNPROCESSABLE = 404, 409, 422


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@speak
def change_party(request: HttpRequest, reference: str) -> HttpResponse:
    """More or fewer people: at the same time if it is long enough, else another time is chosen for them."""
    appointment = find_managed(request.session, reference)
    if appointment is None:
        return render(request, "booking/unknown_link.html", status=NOT_FOUND)
    if appointment.state != AppointmentState.CONFIRMED or not is_changeable(appointment):
        return redirect("manage")
    form = PartyForm(request.POST or None, wanted=wanted_of(appointment))
    status = 200
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.is_valid():
            persons = form.read_persons()
            allow(request.session, appointment)
            try:
                intent = form.cleaned_data["intent"]
                move(appointment, appointment.start, now=timezone.now(), intent=intent, persons=persons)
            except TimeRefused:
                keep_party(request.session, reference, persons)
                messages.warning(request, _("Your time is too short for so many people. Please choose another one."))
                return redirect("manage-move", reference)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = CONFLICT
            else:
                messages.success(request, _("Thank you: we expect you as you said. Your code is the same."))
                return redirect("manage")
    context = appointment_context(appointment) | {"form": form}
    return render(request, "booking/party.html", context, status=status)


@require_POST
@never_cache
def change_language(request: HttpRequest, reference: str) -> HttpResponse:
    """Messages, call and counter in another language; the page too."""
    appointment = find_managed(request.session, reference)
    if appointment is None:
        return render(request, "booking/unknown_link.html", status=NOT_FOUND)
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        messages.error(request, _("Please choose a language."))
        return redirect("manage")
    allow(request.session, appointment)
    try:
        choose_language(appointment, language, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("manage")
    with translation.override(language):
        messages.success(request, _("We now write to you and help you in this language."))
    return remember_language(redirect("manage"), language)
