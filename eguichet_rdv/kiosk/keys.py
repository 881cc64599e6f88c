"""Device keys: derived, never stored. Raising the generation of a kiosk revokes its key."""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from eguichet_rdv.common.tokens import key_for
from eguichet_rdv.townhall.models import Kiosk


def device_key(kiosk: Kiosk) -> str:
    """The key for the configuration of the bridge: 32 bytes, base64url without padding."""
    return encode_base64url(key_bytes(kiosk.slug, kiosk.generation))


def key_bytes(slug: str, generation: int) -> bytes:
    """The 32 bytes of a key."""
    return hmac.digest(key_for("kiosk"), f"{slug}\n{generation}".encode(), "sha256")


def sign(key: bytes, head: Sequence[str], body: bytes) -> str:
    """The signature of a request; ``head`` is method, path with query, time in unix seconds, and nonce."""
    text = "\n".join((*head, hashlib.sha256(body).hexdigest()))
    return encode_base64url(hmac.digest(key, text.encode(), "sha256"))


def encode_base64url(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
