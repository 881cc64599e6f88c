"""Who asks for help at a counter: the reception sees it too, and may go there."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from eguichet_rdv.reception.places import place_of
from eguichet_rdv.townhall.domain.roles import StaffRequest, for_role
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.waiting.domain.assistance import come_to_help, open_help_calls

LONGEST_KEY = 18


@require_safe
@for_role(Role.RECEPTION)
def show_help_calls(request: StaffRequest) -> HttpResponse:
    """The part of every page of the reception that says who needs help."""
    calls = list(open_help_calls(place_of(request)))
    response = render(request, "reception/help.html", {"calls": calls})
    response["Help-Key"] = ",".join(f"{call.pk}-{call.comes_id or ''}" for call in calls)
    return response


@require_POST
@for_role(Role.RECEPTION)
def go_to_help(request: StaffRequest) -> HttpResponse:
    """This person goes there."""
    text = request.POST.get("call", "")
    key = int(text) if text.isdecimal() and len(text) <= LONGEST_KEY else 0
    call = get_object_or_404(open_help_calls(place_of(request)), pk=key)
    come_to_help(call, request.user, now=timezone.now())
    return redirect("reception-help" if request.headers.get("HX-Request") else "reception")
