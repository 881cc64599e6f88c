"""Pictures uploaded in the CMS; its documents have an address of their own."""

from pathlib import Path, PurePosixPath

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils._os import safe_join
from django.views.decorators.http import require_safe

PICTURES = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}
"""Nothing that a browser would run: no SVG, no HTML."""


@require_safe
def show_picture(_request: HttpRequest, path: str) -> HttpResponse:
    """One picture of ``MEDIA_ROOT``, under the type its ending says; everything else there does not exist."""
    kind = PICTURES.get(PurePosixPath(path).suffix.lower())
    file = Path(safe_join(settings.MEDIA_ROOT, path))
    if kind is None or not file.is_file():
        raise Http404
    return HttpResponse(file.read_bytes(), content_type=kind, headers={"Cache-Control": "public, max-age=3600"})
