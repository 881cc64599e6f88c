"""Bridges are renewed one by one: what the first release sends is understood, and what it reads is answered."""

from typing import Any

import pytest

from eguichet_rdv.scheduling.domain.tokens import check_in_token
from tests.kiosk.device import Device
from tests.kiosk.test_arrivals import make
from tests.town import Town

STAMP = {"at": "2026-11-24T08:00:00.000Z", "offset_ms": 0}
ANSWER = {"outcome", "message", "ticket", "hours", "persons"}
TICKET = {"number", "zone", "zone_name", "hour", "date", "place", "issued_at", "follow_url", "wait", "language"}
# Verbatim from version 0.1.0: these lines are never changed, a field that is no longer sent is still accepted.
HEARTBEAT = {"version": "0.1.0", "printer": "ok", "scanner": "none", "backlog": 0, **STAMP}
WALK_IN = {
    "id": "7f8f2f3e-5b53-4a55-8f2e-0d2e6c1d9a01",
    "seq": 1795000001,
    **STAMP,
    "language": "fr",
    "service": "population",
    "procedure": "carte",
    "persons": 1,
}
CHECK_IN = {"id": "7f8f2f3e-5b53-4a55-8f2e-0d2e6c1d9a02", "seq": 1795000002, **STAMP, "language": "fr"}


def send(device: Device, name: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    response = device.get(name) if body is None else device.post(name, body)
    assert response.status_code == 200, response.content
    answer: dict[str, Any] = response.json()
    return answer


@pytest.mark.db
def test_what_the_first_bridge_says_and_reads(device: Device, town: Town) -> None:
    code = check_in_token(make(town))
    config = send(device, "config")
    assert set(config) >= {"kiosk", "location", "languages", "locked", "services", "roster_days", "now"}
    assert set(config["location"]) >= {"slug", "name", "timezone", "address"}
    assert set(config["services"][0]) >= {"code", "letter", "labels", "walk_in", "procedures"}
    assert set(send(device, "heartbeat", HEARTBEAT)) >= {"now", "locked", "reload"}
    roster = send(device, "roster")
    assert set(roster["days"][0]) >= {"date", "salt", "entries"}
    entry = {"appointment", "digest", "birth", "hour", "number", "zone", "zone_name", "language", "persons", "state"}
    assert set(roster["days"][0]["entries"][0]) >= entry
    assert set(roster["leases"][0]) >= {"date", "letter", "service", "zone", "zone_name", "first", "last"}
    for name, body in (("walk-in", WALK_IN), ("check-in", CHECK_IN | {"code": code})):
        answer = send(device, name, body)
        assert set(answer) >= ANSWER
        assert set(answer["ticket"]) >= TICKET
    printed = WALK_IN | {"kind": "walk_in", "number": "P002", "id": "7f8f2f3e-5b53-4a55-8f2e-0d2e6c1d9a03", "seq": 3}
    results = send(device, "journal", {"entries": [printed]})["results"]
    assert results == [{"seq": 3, "outcome": "recorded", "number": "P002"}]
