"""Pages without a language in their address follow a cookie; ``?language=nl`` sets it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

View = Callable[..., HttpResponse]


def speak(view: View) -> View:
    """Let the reader choose the language of this page."""

    @wraps(view)
    def speaking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        code = request.GET.get("language", "")
        if code not in dict(settings.LANGUAGES):
            return view(request, *args, **kwargs)
        query = request.GET.copy()
        del query["language"]
        address = f"{request.path}?{query.urlencode()}" if query else request.path
        return remember_language(redirect(address), code)

    return speaking


def remember_language(response: HttpResponse, code: str) -> HttpResponse:
    """Answer this visitor in ``code`` from now on."""
    if code in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, code, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=True
        )
    return response
