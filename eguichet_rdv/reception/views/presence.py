"""How many persons are in the waiting zones."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from eguichet_rdv.reception.places import place_of
from eguichet_rdv.townhall.domain.roles import StaffRequest, for_role
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.waiting.domain.presence import list_presences


@require_safe
@for_role(Role.RECEPTION)
def show_presences(request: StaffRequest) -> HttpResponse:
    """The part of the pages of the reception that is fetched again whenever the hall changes."""
    presences = list_presences(place_of(request), timezone.now())
    return render(request, "reception/presences.html", {"presences": presences})
