"""When something goes wrong: one clear sentence, and nothing typed is lost."""

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from eguichet_rdv.booking.paths import BOOK

FORBIDDEN = 403
STALE = "CSRF "
"""How Django's reasons begin when a token is missing or old; a form from another site has other reasons."""
BOOKING_STEP = re.compile(rf"^/[a-z]{{2}}/[a-z-]+/(?:{'|'.join(BOOK.values())})/")
SECRET_FIELD = "csrfmiddlewaretoken"  # noqa: S105 - the name of a field


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A page left open too long; the answers of a booking are sent again with one click, other forms are not."""
    kept: list[tuple[str, str]] = []
    if reason.startswith(STALE) and BOOKING_STEP.match(request.path) and not _from_elsewhere(request):
        kept = [(name, value) for name, values in request.POST.lists() for value in values if name != SECRET_FIELD]
    return render(request, "booking/stale_page.html", {"kept": kept, "again": request.path}, status=FORBIDDEN)


def _from_elsewhere(request: HttpRequest) -> bool:
    """Whether the browser says that another site sent this form."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    return site not in {"same-origin", "none"}
