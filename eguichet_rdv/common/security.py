"""The content security policy: strict everywhere, one of its own for the CMS."""

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class ContentSecurityPolicy(CSPMiddleware):
    """django-csp with the CMS's wider policy under ``/cms/`` only."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the header."""
        if request.path.startswith("/cms/"):
            response._csp_replace = settings.CMS_CONTENT_SECURITY_POLICY  # type: ignore[attr-defined]  # noqa: SLF001
            response["X-Frame-Options"] = "SAMEORIGIN"
        return super().process_response(request, response)
