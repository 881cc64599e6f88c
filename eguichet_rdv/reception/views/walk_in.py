"""A ticket for somebody without appointment."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.reception.forms import WalkInForm
from eguichet_rdv.reception.places import place_of
from eguichet_rdv.townhall.domain.roles import StaffRequest, for_role
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.waiting.domain.presence import list_presences
from eguichet_rdv.waiting.domain.walk_in import give_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel


@require_http_methods(["GET", "HEAD", "POST"])
@for_role(Role.RECEPTION)
def give_walk_in(request: StaffRequest) -> HttpResponse:
    """Ask what for, then give the ticket."""
    location = place_of(request)
    form = WalkInForm(request.POST or None, initial={"intent": uuid4()})
    handled = Procedure.objects.filter(
        counters__location=location, counters__active=True, retired_at=None, service__retired_at=None
    )
    form.fields["procedure"].queryset = handled.select_related("service").distinct()  # type: ignore[attr-defined]
    if form.is_bound and form.is_valid():
        try:
            answer = give_ticket(
                location,
                form.cleaned_data["procedure"],
                persons=form.cleaned_data["persons"],
                language=form.cleaned_data["language"],
                needs=form.cleaned_data["needs"],
                channel=ArrivalChannel.RECEPTION,
                now=timezone.now(),
                intent=form.cleaned_data["intent"],
                user=request.user,
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            if answer.ticket:
                messages.success(request, answer.sentence)
                return redirect("reception-ticket", answer.ticket.uid)
            form.add_error(None, answer.sentence)
    facts = {"form": form, "location": location, "presences": list_presences(location, timezone.now())}
    return render(request, "reception/walk_in.html", facts)
