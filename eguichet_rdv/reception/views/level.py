"""For managers: how long people waited, and how near the waiting times told at arrival came."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from eguichet_rdv.townhall.domain.roles import StaffRequest, for_role, locations_for
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.waiting.domain.service_level import GOAL, LONGEST
from eguichet_rdv.waiting.domain.statistics import measure_days

PERIODS = (7, 14, 28)


@require_safe
@for_role(Role.MANAGER)
def show_level(request: StaffRequest) -> HttpResponse:
    """The last days at one place, today included; nobody is named."""
    places = locations_for(request.user, Role.MANAGER)
    place = places.filter(slug=request.GET.get("place", "")).first() or places[0]
    asked = request.GET.get("days", "")
    days = int(asked) if asked in map(str, PERIODS) else PERIODS[0]
    now = timezone.now()
    today = place.local(now).date()
    facts = {
        "place": place,
        "places": places,
        "days": days,
        "periods": PERIODS,
        "rows": measure_days(place, today - timedelta(days=days - 1), today, now=now),
        "goal": int(GOAL.total_seconds()) // 60,
        "longest": int(LONGEST.total_seconds()) // 60,
    }
    return render(request, "reception/level.html", facts)
