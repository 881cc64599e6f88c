"""What staff see of the kiosks at their place, and what they may tell them."""

import hashlib
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from eguichet_rdv.kiosk.life import find_troubles
from eguichet_rdv.kiosk.models import UnclearArrival
from eguichet_rdv.townhall.domain.roles import StaffRequest, for_role, locations_for
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Kiosk


@require_safe
@for_role(Role.RECEPTION)
def show_troubles(request: StaffRequest, slug: str) -> HttpResponse:
    """The part of a staff page that tells what is wrong; 204 when it shows that already."""
    location = get_object_or_404(locations_for(request.user, Role.RECEPTION), slug=slug)
    troubles = find_troubles(location, timezone.now())
    text = "\n".join(trouble.sentence for trouble in troubles)
    key = hashlib.sha256(text.encode()).hexdigest()[:16]
    if request.GET.get("shown") == key:
        return HttpResponse(status=204)
    return render(request, "kiosk/troubles.html", {"location": location, "troubles": troubles, "key": key})


@require_POST
@for_role(Role.RECEPTION)
def order_kiosk(request: StaffRequest, slug: str, order: str) -> HttpResponse:
    """Close a kiosk, open it again, or let its page start afresh; it obeys with its next sign of life."""
    changes: dict[str, dict[str, Any]] = {
        "lock": {"locked": True},
        "unlock": {"locked": False},
        "restart": {"restart_at": timezone.now()},
    }
    if order not in changes:
        raise Http404
    kiosk = get_object_or_404(Kiosk, slug=slug, location__in=locations_for(request.user, Role.RECEPTION))
    # One column alone: two orders given at the same instant both hold.
    Kiosk.objects.filter(pk=kiosk.pk).update(**changes[order])
    messages.info(request, _("%(kiosk)s does so within ten seconds.") % {"kiosk": kiosk.name})
    return redirect("screen-list")


@require_POST
@for_role(Role.RECEPTION)
def clear_arrival(request: StaffRequest, arrival: int) -> HttpResponse:
    """Somebody has looked for the person with this number."""
    places = locations_for(request.user, Role.RECEPTION)
    found = get_object_or_404(UnclearArrival.objects.select_related("kiosk__location"), pk=arrival)
    if not places.filter(pk=found.kiosk.location_id).exists():
        raise Http404
    UnclearArrival.objects.filter(pk=arrival, cleared_at=None).update(
        cleared_at=timezone.now(), cleared_by=request.user
    )
    if request.headers.get("HX-Request"):
        return show_now(request, found)
    return redirect("screen-list")


def show_now(request: StaffRequest, arrival: UnclearArrival) -> HttpResponse:
    """The part of the page without what has just been settled."""
    location = arrival.kiosk.location
    troubles = find_troubles(location, timezone.now())
    return render(request, "kiosk/troubles.html", {"location": location, "troubles": troubles, "key": ""})
