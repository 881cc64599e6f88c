"""For managers: where the agenda had no time within what the law allows."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from eguichet_rdv.scheduling.domain.deadlines import count_late_offers
from eguichet_rdv.townhall.domain.roles import StaffRequest, for_role
from eguichet_rdv.townhall.enums import Role

DAYS_COUNTED = 30


@require_safe
@for_role(Role.MANAGER)
def show_deadlines(request: StaffRequest) -> HttpResponse:
    """How many people, by procedure, were shown no free time within their legal deadline; nobody is named."""
    today = timezone.localdate()
    rows = count_late_offers(today - timedelta(days=DAYS_COUNTED - 1), today)
    return render(request, "reception/deadlines.html", {"rows": rows, "days": DAYS_COUNTED})
