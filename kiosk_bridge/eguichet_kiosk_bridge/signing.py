"""The signature of every request to the framework: an HMAC over method, address, time, nonce and body."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

NONCE_BYTES = 16


def encode_base64url(data: bytes) -> str:
    """Return base64url text without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def compute_signature(key: bytes, method: str, path: str, body: bytes, *, time: str, nonce: str) -> str:
    """Return the signature of one request; `path` includes the query, `time` is in unix seconds."""
    text = "\n".join([method, path, time, nonce, hashlib.sha256(body).hexdigest()])
    return encode_base64url(hmac.new(key, text.encode("utf-8"), hashlib.sha256).digest())


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs the requests of one kiosk."""

    kiosk: str
    key: bytes

    def sign(self, method: str, path: str, body: bytes, unix_time: float) -> dict[str, str]:
        """Return the headers of one request sent now, with a nonce that is never used again."""
        time, nonce = str(int(unix_time)), encode_base64url(secrets.token_bytes(NONCE_BYTES))
        return {
            "X-Kiosk": self.kiosk,
            "X-Kiosk-Time": time,
            "X-Kiosk-Nonce": nonce,
            "X-Kiosk-Signature": compute_signature(self.key, method, path, body, time=time, nonce=nonce),
        }
