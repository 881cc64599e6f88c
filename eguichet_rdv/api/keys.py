"""Keys of other programs: shown once, kept as a digest."""

import hashlib
import secrets

from django.http import HttpRequest
from ninja.security import HttpBearer

from eguichet_rdv.api.models import ApiKey
from eguichet_rdv.common.prepared import Prepared

KEY = Prepared(lambda digest: ApiKey.objects.filter(digest=digest, revoked_at=None).order_by(), str)


def create_key(name: str) -> str:
    """Make a key (256 random bits) for the program ``name``; it is never shown again."""
    text = f"eg_{secrets.token_urlsafe(32)}"
    ApiKey.objects.create(name=name, digest=digest_key(text))
    return text


def digest_key(text: str) -> str:
    """What the database keeps of a key; it is random enough to need no slow hash."""
    return hashlib.sha256(text.encode()).hexdigest()


def find_key(text: str) -> ApiKey | None:
    """The key ``text``, unless it is unknown or revoked."""
    return next(iter(KEY(digest_key(text))), None)


class BearerKey(HttpBearer):
    """``Authorization: Bearer eg_…``."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        """The key of this request, as ``request.auth``."""
        return find_key(token)
