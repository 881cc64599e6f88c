import itertools
import json
import secrets
import time

import pytest
import time_machine
from django.core.management import CommandError, call_command

from eguichet_rdv.kiosk.keys import device_key
from eguichet_rdv.townhall.models import Kiosk
from tests.kiosk.device import API, Device

BEAT = {"version": "1.0", "printer": "paper_low", "scanner": "ok", "backlog": 3, "at": "2026-11-24T08:00:00Z"}
pytestmark = pytest.mark.db


def test_a_sign_of_life_is_shown_to_staff(device: Device, kiosk: Kiosk) -> None:
    answer = device.post("heartbeat", BEAT | {"offset_ms": 12})
    assert (answer.status_code, answer.json()) == (
        200,
        {"now": "2026-11-24T08:00:00.000Z", "locked": False, "reload": False},
    )
    kiosk.refresh_from_db()
    assert (kiosk.printer, kiosk.scanner, kiosk.version, kiosk.backlog) == ("paper_low", "ok", "1.0", 3)
    assert kiosk.seen_at is not None
    assert answer["Cache-Control"] == "no-store, private"


UNSIGNED: list[dict[str, str]] = [
    {"key": "A" * 43},
    {"slug": "hall-2"},
    {"slug": ""},
    {"slug": "hall-1\n"},
    {"time": "soon"},
    {"time": "-1"},
    {"nonce": "short"},
    {"nonce": "!" * 22},
    {"signature": ""},
    {"signature": "é"},
]


def test_what_is_not_signed_does_not_count(device: Device, kiosk: Kiosk) -> None:
    for wrong in UNSIGNED:
        answer = device.post("heartbeat", BEAT, **wrong)
        assert (answer.status_code, answer.json()["error"]) == (401, "signature"), wrong
    kiosk.refresh_from_db()
    assert kiosk.seen_at is None


def test_every_part_is_signed(device: Device) -> None:
    body = json.dumps(BEAT).encode()
    headers = device.sign("POST", f"{API}heartbeat", body)
    for path, content in ((f"{API}heartbeat?x=1", body), (f"{API}check-in", body), (f"{API}heartbeat", body + b" ")):
        answer = device.client.post(path, content, content_type="application/json", headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (401, "signature")


def test_no_signature_at_all(device: Device) -> None:
    assert device.client.get(f"{API}roster").json()["error"] == "signature"


def test_a_request_counts_once(device: Device) -> None:
    nonce = secrets.token_urlsafe(16)
    assert device.post("heartbeat", BEAT, nonce=nonce).status_code == 200
    again = device.post("heartbeat", BEAT, nonce=nonce)
    assert (again.status_code, again.json()["error"]) == (401, "nonce")


def test_a_request_counts_for_five_minutes(device: Device) -> None:
    for seconds, status in ((-301, 401), (-299, 200), (299, 200), (301, 401)):
        answer = device.post("heartbeat", BEAT, time=str(int(time.time()) + seconds))
        assert answer.status_code == status, seconds
        if status == 401:
            assert (answer.json()["error"], answer.json()["now"]) == ("clock", "2026-11-24T08:00:00.000Z")


def test_a_revoked_kiosk_is_told_so(device: Device, kiosk: Kiosk) -> None:
    Kiosk.objects.update(revoked=True)
    assert device.get("config").json()["error"] == "revoked"
    Kiosk.objects.update(revoked=False, generation=3)
    assert device.get("config").json()["error"] == "revoked"
    kiosk.refresh_from_db()
    assert Device(kiosk).get("config").status_code == 200


def test_methods(device: Device) -> None:
    assert device.get("heartbeat").status_code == 405
    assert device.post("config", {}).status_code == 405


UNREADABLE = [b"", b"{", b"[]", b"null", b"NaN", b"[" * 50_000, b"\xff", b'{"id": 1}', b'{"entries": 7}', b"1" * 9999]


def test_unreadable_content_is_one_clear_answer(device: Device) -> None:
    for name, body in itertools.product(("check-in", "walk-in", "journal", "heartbeat"), UNREADABLE):
        answer = device.post(name, body)
        assert (answer.status_code, answer.json()["error"]) == (422, "invalid"), (name, body[:20])
        assert answer.json()["message"]


def test_too_much_content(device: Device) -> None:
    assert device.post("journal", b" " * 300_000).status_code == 413


def test_the_key_is_printed_and_renewed(kiosk: Kiosk, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("kiosk_key", "hall-1")
    first = capsys.readouterr().out.strip()
    assert first == device_key(kiosk)
    assert len(first) == 43
    call_command("kiosk_key", "hall-1", "--renew")
    assert capsys.readouterr().out.strip() != first
    Kiosk.objects.update(revoked=True)
    with pytest.raises(CommandError, match="revoked"):
        call_command("kiosk_key", "hall-1")
    with pytest.raises(CommandError, match="hall-1"):
        call_command("kiosk_key", "nowhere")


def test_old_nonces_do_not_matter(device: Device, travel: time_machine.Traveller) -> None:
    first = device.sign("GET", f"{API}config", b"")
    assert device.client.get(f"{API}config", headers=first).status_code == 200
    travel.shift(301)
    assert device.client.get(f"{API}config", headers=first).json()["error"] == "clock"
