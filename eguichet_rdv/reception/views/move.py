"""Another time for somebody who telephones or stands at the counter; the old one is kept until the new one is sure."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.ledger.domain.access import log_access
from eguichet_rdv.reception.choice import explain, read_choice, read_persons, read_start
from eguichet_rdv.reception.places import find_visit
from eguichet_rdv.scheduling.domain.cancel import CHANGEABLE
from eguichet_rdv.scheduling.domain.confirm import confirm_email
from eguichet_rdv.scheduling.domain.move import move, wanted_of, with_persons
from eguichet_rdv.scheduling.domain.refusals import NotCancellable, TimeRefused
from eguichet_rdv.scheduling.enums import Channel
from eguichet_rdv.townhall.domain.roles import StaffRequest, for_role
from eguichet_rdv.townhall.enums import Role


@require_http_methods(["GET", "HEAD", "POST"])
@for_role(Role.RECEPTION)
def move_visit(request: StaffRequest, reference: str) -> HttpResponse:
    """Free times for as many people as come; one procedure alone can be for more or fewer than were booked."""
    appointment = find_visit(request, reference)
    now = timezone.now()
    wanted = wanted_of(appointment, Channel.CLERK)
    alone = len(wanted.items) == 1
    persons = {}
    if alone:
        [item] = wanted.items
        persons = {item.procedure.pk: read_persons(request.POST, request.GET, default=item.persons)}
        wanted = with_persons(wanted, persons)
    try:
        if appointment.state not in CHANGEABLE or appointment.end <= now:
            raise NotCancellable
        if request.method == "POST":
            start = read_start(request.POST.get("start", ""))
            move(appointment, start, now=now, intent=_read_intent(request), user=request.user, persons=persons)
            messages.success(
                request, _("The appointment has a new time. The person is told by e-mail, if an address is known.")
            )
            return redirect("reception-visit", reference)
    except TimeRefused as refusal:
        messages.error(request, explain(refusal))
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("reception-visit", reference)
    log_access(request.user, "view", f"appointment:{reference}", "reception move")
    context = read_choice(request.GET, wanted, now) | {"appointment": appointment, "intent": uuid4()}
    context |= {"start": appointment.location.local(appointment.start)}
    if not alone:
        context["persons_choices"] = ()
    return render(request, "reception/move.html", context)


@require_POST
@for_role(Role.RECEPTION)
def confirm_visit(request: StaffRequest, reference: str) -> HttpResponse:
    """Confirm for somebody who telephones instead of opening the link of the mail."""
    appointment = find_visit(request, reference)
    try:
        confirm_email(appointment, now=timezone.now(), user=request.user)
        messages.success(request, _("The appointment is confirmed."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("reception-visit", reference)


def _read_intent(request: StaffRequest) -> UUID:
    try:
        return UUID(request.POST.get("intent", ""))
    except ValueError:
        return uuid4()
