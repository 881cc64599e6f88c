"""For the sysadmin: is the process alive."""

from django.http import HttpRequest, HttpResponse


def healthz(_request: HttpRequest) -> HttpResponse:
    """Alive: same middleware as every page, no database."""
    return HttpResponse("ok", content_type="text/plain")
