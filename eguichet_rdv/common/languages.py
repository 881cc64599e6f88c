"""Which language an answer is in."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils.cache import patch_vary_headers


class LanguageOfRequest(LocaleMiddleware):
    """Django's own, except that an address for programs, or one that a view of ours answered, is never redirected.

    Django answers a 404 outside the language folders by looking for the same address inside one; below ``/fr/`` the CMS
    takes every address, so a program that asked for an unknown appointment was sent to a page.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add Vary and Content-Language; look for the same address in a language folder only for people."""
        if not request.path_info.startswith("/api/") and request.resolver_match is None:
            return super().process_response(request, response)
        patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response
