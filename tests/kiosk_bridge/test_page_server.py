"""The local page: for the browser on this machine and nobody else."""

import base64
import http.client
import json
import os
from pathlib import Path

import pytest

from eguichet_kiosk_bridge.speech import speak
from tests.kiosk_bridge.conftest import Page, StartBridge
from tests.kiosk_bridge.framework import Framework

LANGUAGES = ["fr", "nl", "de", "en"]


@pytest.fixture
def page(start_bridge: StartBridge) -> Page:
    return start_bridge()


def ask(page: Page, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", page.http.base_url.port or 0, timeout=10)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    defaults = {"Host": page.http.base_url.netloc.decode()}
    if body is not None:
        defaults |= {
            "Origin": page.bridge.url.rstrip("/"),
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
        }
    for name, value in {**defaults, **{name.replace("_", "-"): value for name, value in headers.items()}}.items():
        if value:
            connection.putheader(name, value)
    connection.endheaders(body)
    response = connection.getresponse()
    answer = response.status, response.read()
    connection.close()
    return answer


GOOD = json.dumps({"id": "request-1", "language": "fr", "birth_date": "1990-02-01"}).encode()


def test_page_has_strict_headers(page: Page) -> None:
    response = page.http.get("/")
    assert response.status_code == 200
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert response.headers["Cache-Control"] == "no-store"
    assert "<style" not in response.text
    assert "style=" not in response.text
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_other_names_for_this_machine_are_refused(page: Page) -> None:
    port = page.http.base_url.port
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", "127.0.0.1:1", f"[::1]:{port}"):
        assert ask(page, "GET", "/api/state", Host=host)[0] == 421, host
        assert ask(page, "POST", "/api/check-in", GOOD, Host=host)[0] == 421, host


def test_missing_host_is_refused(page: Page) -> None:
    assert ask(page, "GET", "/api/state", Host="")[0] == 400


FOREIGN: list[tuple[dict[str, str], int]] = [
    ({"Origin": ""}, 403),
    ({"Origin": "null"}, 403),
    ({"Origin": "http://evil.example"}, 403),
    ({"Origin": "http://127.0.0.1:1"}, 403),
    ({"Sec_Fetch_Site": "cross-site"}, 403),
    ({"Sec_Fetch_Site": "same-site"}, 403),
    ({"Content_Type": "text/plain"}, 415),
    ({"Content_Type": ""}, 415),
    ({"Content_Length": "9999"}, 413),
    ({"Content_Length": "-1"}, 411),
]


def test_commands_from_elsewhere_are_refused(page: Page, framework: Framework) -> None:
    for headers, status in FOREIGN:
        assert ask(page, "POST", "/api/check-in", GOOD, **headers)[0] == status, headers
    assert framework.bodies("check-in") == []


def test_only_the_pages_own_files_exist(page: Page) -> None:
    for path in ("/static/../config.py", "/static/%2e%2e/config.py", "//etc/passwd", "/config.py", "/x"):
        assert ask(page, "GET", path)[0] == 404, path


def test_what_is_no_object_is_refused(page: Page) -> None:
    for body in (b"", b"[]", b"{", b"\xff", b"[" * 8000, b"1"):
        assert ask(page, "POST", "/api/check-in", body)[0] == 400, body[:20]


IMPOSSIBLE: list[dict[str, object]] = [
    {},
    {"birth_date": "31/02/1990"},
    {"birth_date": "1990-02-31"},
    {"birth_date": "1990-13-01"},
    {"birth_date": "0000-00-00"},
    {"birth_date": "9999-01-01"},
    {"birth_date": "1899-12-31"},
    {"birth_date": "２０００-01-01"},
    {"birth_date": "------"},
    {"birth_date": 19900201},
    {"birth_date": "1990-02-01", "id": "x"},
    {"birth_date": "1990-02-01", "id": None},
    {"reference": "ABC23"},
    {"reference": "abc-23"},
]


def test_impossible_values_are_refused(page: Page, framework: Framework) -> None:
    for body in IMPOSSIBLE:
        data = json.dumps({"id": "request-1", "language": "fr", **body}).encode()
        assert ask(page, "POST", "/api/check-in", data)[0] == 422, body
    assert framework.bodies("check-in") == []


IMPOSSIBLE_WALK_INS: list[dict[str, object]] = [
    {"persons": 0},
    {"persons": 99},
    {"persons": "2"},
    {"service": "../x"},
    {"procedure": None},
    {"service": ""},
    {"service": "police"},
    {"procedure": "x"},
]


def test_impossible_walk_in_is_refused(page: Page, framework: Framework) -> None:
    known = {"id": "request-1", "language": "fr", "service": "population", "procedure": "eid", "persons": 1}
    for body in IMPOSSIBLE_WALK_INS:
        assert ask(page, "POST", "/api/walk-in", json.dumps(known | body).encode())[0] == 422, body
    assert framework.bodies("walk-in") == []


def test_question_that_is_forgotten(page: Page) -> None:
    data = {"id": "request-1", "language": "fr", "continues": "request-0", "hour": "10:00"}
    assert ask(page, "POST", "/api/check-in", json.dumps(data).encode())[0] == 409


def test_pasted_codes_are_for_the_demonstration(page: Page, start_bridge: StartBridge, tmp_path: Path) -> None:
    data = json.dumps({"text": "WIFI:"}).encode()
    assert ask(page, "POST", "/api/scan", data)[0] == 404
    demo = start_bridge(demo=True, data_dir=tmp_path / "demo")
    assert ask(demo, "POST", "/api/scan", data)[0] == 200
    assert demo.hear_answer()["outcome"] == "foreign"


def test_demonstration_draws_the_printed_lines(start_bridge: StartBridge) -> None:
    demo = start_bridge(demo=True)
    answer = demo.check_in(code="cAAAAAAAAAAAAAAAAAAAAAAAA")
    lines = {line["style"]: line["text"] for line in answer["lines"]}
    assert (lines["number"], lines["zone"]) == ("P042", "Zone d’attente A")
    assert answer["printing"] == "none"


@pytest.fixture
def speaker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that « speaks » by giving back what it was told, on the path like espeak-ng."""
    program = tmp_path / "espeak-ng"
    program.write_text('#!/bin/sh\nprintf "%s: " "$2"\ncat\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


def listen(page: Page, **body: object) -> str:
    return base64.b64decode(page.post("/api/speech", **body)["sound"]).decode()


def test_a_screen_is_read_aloud_and_nothing_that_was_typed(speaker: None, start_bridge: StartBridge) -> None:
    page = start_bridge()
    assert page.http.get("/api/state").json()["speaks"] is True
    assert listen(page, screen="birth", birth_date="1990-02-01").startswith("fr-be: Votre date de naissance. Jour. ")
    assert listen(page, screen="ticket", number="P042", zone="A") == (
        "fr-be: Votre numéro: P, 0, 4, 2. Zone d’attente: A"
    )
    assert listen(page, screen="services", language="nl").endswith("Bevolking. Burgerlijke stand. Bestuurlijke politie")
    assert "Carte d'identité. Changement d'adresse" in listen(page, screen="procedures", service="population")
    assert listen(page, screen="message", outcome="unknown") == "fr-be: Ce n’est pas un code de rendez-vous."
    assert listen(page, screen="message", outcome="nothing").startswith("fr-be: Veuillez aller à l’accueil")
    where = listen(page, screen="message", outcome="where", service="police", language="nl")
    assert where == "nl: tweede verdieping, bureau 21"
    assert listen(page, screen="elsewhere") == ""
    for wrong in ({"number": "01021990", "zone": "A"}, {"number": "P042", "zone": "born in 1990"}):
        body = json.dumps({"language": "fr", "screen": "ticket", **wrong}).encode()
        assert ask(page, "POST", "/api/speech", body)[0] == 422


def test_what_is_said_is_kept_but_no_failure(speaker: None, tmp_path: Path) -> None:
    program = tmp_path / "espeak-ng"
    works = program.read_text()
    program.write_text("#!/bin/sh\nexit 1\n")
    assert speak(str(program), "bonjour", "fr") == b""
    program.write_text(works)
    assert speak(str(program), "bonjour", "fr") == b"fr-be: bonjour"
    program.unlink()
    assert speak(str(program), "bonjour", "fr") == b"fr-be: bonjour"


def test_an_answer_is_said_in_its_own_words(speaker: None, start_bridge: StartBridge, framework: Framework) -> None:
    page = start_bridge()
    other_day = page.check_in(code="cFFFFFFFFFFFFFFFFFFFFFFFF")
    assert (
        listen(page, screen="message", outcome="other_day", answer=other_day["id"])
        == "fr-be: Votre rendez-vous est demain."
    )
    framework.booked[0].called = True
    called = page.check_in(code="cAAAAAAAAAAAAAAAAAAAAAAAA")
    said = listen(page, screen="ticket", number="P042", zone="A", answer=called["id"])
    assert said.startswith("fr-be: Vous avez été appelé : allez au guichet 5. Votre numéro: P, 0, 4, 2")
    hours = page.check_in(birth_date="1980-12-24")
    assert listen(page, screen="which_hour", answer=hours["id"]).endswith("10:00. 11:00")
    party = page.check_in(code="cEEEEEEEEEEEEEEEEEEEEEEEE")
    assert listen(page, screen="party", answer=party["id"]).startswith(
        "fr-be: Les personnes sont-elles toutes là ? Oui"
    )
    # In another language only what is known in it.
    assert listen(page, screen="party", answer=party["id"], language="nl").startswith("nl: Ja")


def test_without_a_program_that_speaks_there_is_no_spoken_help(
    monkeypatch: pytest.MonkeyPatch, start_bridge: StartBridge
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    page = start_bridge()
    assert page.http.get("/api/state").json()["speaks"] is False
    assert listen(page, screen="birth") == ""


def test_state_has_every_text_in_every_language(page: Page) -> None:
    state = page.http.get("/api/state").json()
    assert state["languages"] == LANGUAGES
    keys = [set(state["texts"][language]) for language in LANGUAGES]
    assert all(known == keys[0] for known in keys)
    assert state["texts"]["nl"]["scan_title"] == "Scan uw code"
    assert (state["locked"], state["demo"]) == (False, False)


def test_kiosk_that_never_heard_its_server_sends_to_the_desk(start_bridge: StartBridge, framework: Framework) -> None:
    framework.away = True
    page = start_bridge(wait=False)
    assert page.http.get("/api/state").json()["locked"] is True
    health = page.health()
    assert (health["status"], health["server"]) == ("ok", "unreachable")


def test_page_of_before_a_restart_is_told_to_reload(page: Page) -> None:
    assert page.http.get("/api/events?after=999999").json()["events"] == [{"type": "reload"}]
