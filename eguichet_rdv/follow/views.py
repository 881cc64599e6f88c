"""My ticket on my phone: where I am in the line, and the counter when I am called."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from eguichet_rdv.common.speaking import remember_language, speak
from eguichet_rdv.follow.place import find_place, hand_over
from eguichet_rdv.waiting.domain.tokens import find_by_follow_token

NOT_FOUND = 404


@require_safe
@never_cache
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Exchange the token of the paper ticket for a cookie."""
    ticket = find_by_follow_token(token)
    if ticket is None:
        response = render(request, "follow/unknown.html", status=NOT_FOUND)
    else:
        response = remember_language(redirect("ticket"), ticket.language)
        hand_over(response, ticket)
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_safe
@never_cache
@speak
def show(request: HttpRequest) -> HttpResponse:
    """The page; it renews itself, with a script or without."""
    place = find_place(request.COOKIES)
    if place is None:
        return render(request, "follow/unknown.html", status=NOT_FOUND)
    return render(request, "follow/ticket.html", {"place": place})


@require_safe
@never_cache
def show_state(request: HttpRequest) -> HttpResponse:
    """Only what changes, for the page's script."""
    place = find_place(request.COOKIES)
    if place is None:
        return HttpResponse(status=NOT_FOUND)
    return render(request, "follow/state.html", {"place": place})
