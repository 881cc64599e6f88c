"""Messages that did not arrive: see why, try again, or put the address right."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.ledger.domain.access import log_access
from eguichet_rdv.messaging.domain.builders import label_of
from eguichet_rdv.messaging.domain.retry import try_again
from eguichet_rdv.messaging.models import Message
from eguichet_rdv.reception.forms import CorrectForm
from eguichet_rdv.reception.places import find_visit, place_of
from eguichet_rdv.scheduling.domain.correct import correct
from eguichet_rdv.scheduling.domain.told import failed_messages
from eguichet_rdv.townhall.domain.roles import StaffRequest, for_role
from eguichet_rdv.townhall.enums import Role

UNPROCESSABLE, CONFLICT = 422, 409


@require_safe
@for_role(Role.RECEPTION)
def show_failed(request: StaffRequest) -> HttpResponse:
    """What could not be delivered about the appointments to come at this place. Nobody is named."""
    location = place_of(request)
    failed = name_messages(failed_messages(location, timezone.now()))
    return render(request, "reception/failed.html", {"failed": failed, "location": location})


def name_messages(found: Iterable[Message]) -> list[tuple[str, Message]]:
    """Each message with what staff call its kind."""
    return [(label_of(message.kind), message) for message in found]


@require_POST
@for_role(Role.RECEPTION)
def send_again(request: StaffRequest, pk: int) -> HttpResponse:
    """Put a failed message back into the outbox; of an appointment at a place of this person only."""
    message = get_object_or_404(Message, pk=pk)
    appointment = find_visit(request, message.subject_ref)
    if try_again(message, timezone.now()):
        messages.success(request, _("It is being sent again."))
    else:
        messages.error(request, _("This message has not failed, or somebody has sent it again already."))
    return redirect("reception-visit", appointment.reference)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@for_role(Role.RECEPTION)
def correct_visit(request: StaffRequest, reference: str) -> HttpResponse:
    """Put right who comes and how to reach them; the new address is told everything anew."""
    appointment = find_visit(request, reference)
    form = CorrectForm(request.POST or None, initial=CorrectForm.read(appointment))
    status = 200
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                correct(appointment, form.person, now=timezone.now(), user=request.user)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = CONFLICT
            else:
                log_access(request.user, "correct", f"appointment:{reference}", "reception")
                messages.success(request, _("Corrected."))
                return redirect("reception-visit", reference)
    else:
        log_access(request.user, "view", f"appointment:{reference}", "correction")
    return render(request, "reception/correct.html", {"form": form, "appointment": appointment}, status=status)
