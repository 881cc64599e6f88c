"""A kiosk that signs its requests as the bridge does."""

import base64
import hashlib
import hmac
import json
import secrets
import time
import uuid
from typing import Any

from django.test import Client
from django.utils import timezone

from eguichet_rdv.kiosk.keys import device_key
from eguichet_rdv.townhall.models import Kiosk

API = "/api/kiosk/v1/"


class Device:
    """One kiosk; every part of a signature can be wrong on purpose."""

    def __init__(self, kiosk: Kiosk) -> None:
        self.slug = kiosk.slug
        self.key = device_key(kiosk)
        self.client = Client()
        self.seq = 0

    def sign(self, method: str, path: str, body: bytes, **wrong: str) -> dict[str, str]:
        at = wrong.get("time", str(int(time.time())))
        nonce = wrong.get("nonce", secrets.token_urlsafe(16))
        text = "\n".join([method, path, at, nonce, hashlib.sha256(body).hexdigest()])
        key = base64.urlsafe_b64decode(wrong.get("key", self.key) + "=")
        signature = base64.urlsafe_b64encode(hmac.digest(key, text.encode(), "sha256")).decode().rstrip("=")
        return {
            "X-Kiosk": wrong.get("slug", self.slug),
            "X-Kiosk-Time": at,
            "X-Kiosk-Nonce": nonce,
            "X-Kiosk-Signature": wrong.get("signature", signature),
        }

    def get(self, name: str, **wrong: str) -> Any:
        return self.client.get(API + name, headers=self.sign("GET", API + name, b"", **wrong))

    def post(self, name: str, body: Any, **wrong: str) -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = self.sign("POST", API + name, content, **wrong)
        return self.client.post(API + name, content, content_type="application/json", headers=headers)

    def stamp(self, **facts: Any) -> dict[str, Any]:
        """A message with a new id and number, made now."""
        self.seq += 1
        at = timezone.now().isoformat().replace("+00:00", "Z")
        return {"id": str(uuid.uuid4()), "seq": self.seq, "at": at, "offset_ms": 0, "language": "fr"} | facts

    def check_in(self, **facts: Any) -> Any:
        answer = self.post("check-in", self.stamp(**facts))
        assert answer.status_code == 200, answer.content
        return answer.json()

    def walk_in(self, **facts: Any) -> Any:
        body = self.stamp(**({"service": "population", "procedure": "carte", "persons": 1} | facts))
        answer = self.post("walk-in", body)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def upload(self, *entries: dict[str, Any]) -> Any:
        answer = self.post("journal", {"entries": list(entries)})
        assert answer.status_code == 200, answer.content
        return answer.json()["results"]
