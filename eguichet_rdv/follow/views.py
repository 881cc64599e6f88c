"""My ticket on my phone: where I am in the line, and the counter when I am called."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from eguichet_rdv.common.speaking import remember_language, speak
from eguichet_rdv.waiting.domain.forecast import Wait, estimate_wait
from eguichet_rdv.waiting.domain.tickets import before, live_stop
from eguichet_rdv.waiting.domain.tokens import find_by_follow_token
from eguichet_rdv.waiting.enums import StopState
from eguichet_rdv.waiting.models import Stop, Ticket

NOT_FOUND = 404
SESSION_SECONDS = 12 * 3600
OVER = (StopState.DONE, StopState.LEFT)


@dataclass(frozen=True)
class Place:
    """Where a visit stands; ``ahead`` and ``wait`` only while waiting."""

    ticket: Ticket
    stop: Stop | None
    ahead: int
    wait: Wait | None

    @property
    def state(self) -> str:
        """One word for the page and its script."""
        return self.stop.state if self.stop else StopState.WAITING

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in OVER


@require_safe
@never_cache
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Exchange the token of the paper ticket for the session."""
    ticket = find_by_follow_token(token)
    if ticket is None:
        response = render(request, "follow/unknown.html", status=NOT_FOUND)
    else:
        request.session["ticket"] = f"{ticket.uid}:{ticket.generation}"
        if not request.user.is_authenticated:
            request.session.set_expiry(SESSION_SECONDS)
        response = remember_language(redirect("ticket"), ticket.language)
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_safe
@never_cache
@speak
def show(request: HttpRequest) -> HttpResponse:
    """The page; it renews itself, with a script or without."""
    place = find_place(request)
    if place is None:
        return render(request, "follow/unknown.html", status=NOT_FOUND)
    return render(request, "follow/ticket.html", {"place": place, "languages": settings.LANGUAGES})


@require_safe
@never_cache
def show_state(request: HttpRequest) -> HttpResponse:
    """Only what changes, for the page's script."""
    place = find_place(request)
    if place is None:
        return HttpResponse(status=NOT_FOUND)
    return render(request, "follow/state.html", {"place": place})


def find_place(request: HttpRequest) -> Place | None:
    """Where the ticket of this session stands."""
    uid, _colon, generation = str(request.session.get("ticket", "")).partition(":")
    if not uid:
        return None
    rows = Ticket.objects.select_related("location", "zone", "number", "appointment")
    ticket = rows.filter(uid=uid, generation=int(generation)).first()
    if ticket is None:
        return None
    stop = live_stop(ticket)
    waiting = stop is not None and stop.state == StopState.WAITING
    return Place(
        ticket,
        stop,
        before(stop) if stop and waiting else 0,
        estimate_wait(stop, now=timezone.now()) if stop and waiting else None,
    )
