from typing import Any

from django.test import Client

from eguichet_rdv.api.keys import create_key

API = "/api/v1"


class Partner:
    """Another program that talks to the API with its key."""

    def __init__(self, name: str = "partner", *, key: str | None = None) -> None:
        self.client = Client()
        self.key = create_key(name) if key is None else key

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"{API}{path}", headers=headers)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        known = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        kind = headers.pop("content_type", "application/json")
        return self.client.post(f"{API}{path}", body, content_type=kind, headers=known | headers)

    def book(self, start: str = "2026-11-24T08:30", intent: str = "one", **facts: Any) -> Any:
        body = {"service": "population", "procedure": "carte", "start": start, "person": {"last_name": "Lejeune"}}
        return self.post("/appointments", body | facts, **{"Idempotency-Key": intent})
