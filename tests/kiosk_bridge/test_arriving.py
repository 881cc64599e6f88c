"""Somebody arrives while the server answers: scan, date of birth, reference, no appointment."""

import subprocess
from datetime import datetime
from pathlib import Path

from tests.kiosk_bridge.conftest import ScannerLine, StartBridge, wait_until
from tests.kiosk_bridge.framework import BRUSSELS, Framework
from tests.kiosk_bridge.sink import Sink, read_slip


def test_scan_is_checked_in_and_printed(
    start_bridge: StartBridge, framework: Framework, sink: Sink, line: ScannerLine, tmp_path: Path
) -> None:
    page = start_bridge(printer=sink.address, scanner=line.path)
    wait_until(lambda: page.health()["scanner"] == "ok")
    line.send(b"cAAAAAAAAAAAAAAAAAAAAAAAA\r\n")
    answer = page.hear_answer()
    assert (answer["outcome"], answer["ticket"]["number"], answer["printing"]) == ("ticket", "P042", "printing")
    assert page.hear("printing")["printing"] == "printed"
    assert len(sink.tickets) == 1
    slip = read_slip(sink.tickets[0])
    assert slip.lines[0] == "Hôtel de Ville de"
    assert "P042" in slip.lines
    assert slip.sizes["P042"] == 8
    assert "Zone d'attente A" in slip.lines
    assert "Rendez-vous à 09:30" in slip.lines
    assert slip.is_cut
    picture = tmp_path / "code.png"
    slip.images[0].save(picture)
    read = subprocess.run(["zbarimg", "--raw", "-q", str(picture)], capture_output=True, check=True, text=True)
    assert read.stdout.strip() == "https://rdv.example.org/t/tAbCdEfGhIjKlMnOpQrStUvWx"


def test_requests_are_signed_once_each_and_numbered(start_bridge: StartBridge, framework: Framework) -> None:
    page = start_bridge()
    page.check_in(birth_date="1990-02-01")
    page.check_in(reference="BBB234")
    first, second = framework.bodies("check-in")
    assert second["seq"] == first["seq"] + 1
    assert first["id"] != second["id"]
    assert set(first) == {"id", "seq", "at", "offset_ms", "language", "birth_date"}
    assert framework.refusals == []


def test_same_code_twenty_times_is_one_check_in_and_one_ticket(
    start_bridge: StartBridge, framework: Framework, sink: Sink, line: ScannerLine
) -> None:
    page = start_bridge(printer=sink.address, scanner=line.path)
    wait_until(lambda: page.health()["scanner"] == "ok")
    answers = []
    for _ in range(20):
        line.send(b"cAAAAAAAAAAAAAAAAAAAAAAAA\r")
        answers.append(page.hear_answer())
    sink.wait(lambda: sink.tickets)
    page.bridge.stop()
    assert len(framework.bodies("check-in")) == 1
    assert len(sink.tickets) == 1
    assert {answer["ticket"]["number"] for answer in answers} == {"P042"}


def test_second_scan_later_shows_the_number_and_prints_nothing(
    start_bridge: StartBridge, framework: Framework, sink: Sink
) -> None:
    page = start_bridge(printer=sink.address)
    page.check_in(code="cAAAAAAAAAAAAAAAAAAAAAAAA")
    page.hear("printing")
    answer = page.check_in(code="cAAAAAAAAAAAAAAAAAAAAAAAA")
    assert (answer["outcome"], answer["ticket"]["number"], answer["printing"]) == ("same_ticket", "P042", "none")
    assert len(sink.tickets) == 1


def test_double_click_is_one_request(start_bridge: StartBridge, framework: Framework) -> None:
    page = start_bridge()
    body = {"id": "one-and-the-same", "birth_date": "1990-02-01"}
    assert page.check_in(**body) == page.check_in(**body)
    assert len(framework.bodies("check-in")) == 1


def test_unknown_day_of_birth(start_bridge: StartBridge) -> None:
    answer = start_bridge().check_in(birth_date="1955-00-00")
    assert (answer["outcome"], answer["ticket"]["number"], answer["ticket"]["zone"]) == ("ticket", "P043", "B")


def test_shared_date_of_birth_asks_the_hour(start_bridge: StartBridge, framework: Framework) -> None:
    page = start_bridge()
    question = page.check_in(birth_date="1980-12-24")
    assert (question["outcome"], question["hours"], question["ticket"]) == ("which_hour", ["10:00", "11:00"], None)
    answer = page.check_in(continues=question["id"], hour="11:00")
    assert (answer["outcome"], answer["ticket"]["number"]) == ("ticket", "P045")
    first, second = framework.bodies("check-in")
    assert (second["birth_date"], second["hour"]) == (first["birth_date"], "11:00")
    assert second["seq"] > first["seq"]


def test_party_is_asked_whether_everybody_is_here(start_bridge: StartBridge, framework: Framework) -> None:
    page = start_bridge()
    question = page.check_in(code="cEEEEEEEEEEEEEEEEEEEEEEEE")
    assert (question["outcome"], question["persons"]) == ("party", 3)
    assert "code" not in question
    page.bridge.kiosk.scan("cEEEEEEEEEEEEEEEEEEEEEEEE")
    question = page.hear_answer()
    answer = page.check_in(continues=question["id"], party_complete=True)
    assert answer["ticket"]["number"] == "P046"
    assert framework.bodies("check-in")[-1]["party_complete"] is True
    # The phone still lies before the scanner.
    page.bridge.kiosk.scan("cEEEEEEEEEEEEEEEEEEEEEEEE")
    again = page.hear_answer()
    assert (again["id"], again["outcome"]) == (answer["id"], "ticket")


def test_whoever_is_called_already_is_sent_to_the_counter(
    start_bridge: StartBridge, framework: Framework, sink: Sink
) -> None:
    sink.mode = "paper_out"
    page = start_bridge(printer=sink.address)
    assert page.check_in(code="cAAAAAAAAAAAAAAAAAAAAAAAA")["waits"] is True
    page.hear("printing")
    sink.mode = "ok"
    framework.booked[0].called = True
    answer = page.check_in(code="cAAAAAAAAAAAAAAAAAAAAAAAA")
    page.hear("printing")
    assert (answer["outcome"], answer["waits"]) == ("already_called", False)
    slip = " ".join(read_slip(sink.tickets[0]).lines)
    assert "allez au guichet 5" in slip
    assert "Installez-vous" not in slip


def test_walk_in(start_bridge: StartBridge, framework: Framework, sink: Sink) -> None:
    page = start_bridge(printer=sink.address)
    answer = page.walk_in(language="nl", persons=2)
    assert answer["ticket"]["number"] == "P500"
    page.hear("printing")
    assert "Zonder afspraak" in read_slip(sink.tickets[0]).lines
    assert framework.bodies("walk-in")[0]["persons"] == 2


def test_refusal_of_the_server_is_shown_in_its_words(start_bridge: StartBridge) -> None:
    answer = start_bridge().check_in(code="cFFFFFFFFFFFFFFFFFFFFFFFF")
    assert (answer["outcome"], answer["message"]) == ("other_day", "Votre rendez-vous est demain.")


def test_locked_kiosk_sends_to_the_desk(start_bridge: StartBridge, framework: Framework) -> None:
    page = start_bridge()
    framework.locked = True
    wait_until(lambda: bool(page.health()["locked"]))
    assert page.check_in(birth_date="1990-02-01")["outcome"] == "locked"
    assert framework.bodies("check-in") == []
    framework.locked = False
    wait_until(lambda: not page.health()["locked"])
    assert page.check_in(birth_date="1990-02-01")["outcome"] == "ticket"


def test_outside_its_hours_the_kiosk_is_closed_without_being_told(
    start_bridge: StartBridge, framework: Framework
) -> None:
    framework.hours = {"opens": "00:00", "closes": "00:01"}
    framework.ahead = seconds_to_midnight() - 30.0
    page = start_bridge(heartbeat_every=3600)
    wait_until(lambda: page.bridge.server.clock.offset_ms != 0)
    assert page.check_in(birth_date="1990-02-01")["outcome"] == "locked"
    framework.away = True
    page.bridge.server.clock.offset_ms += 60_000
    page.hear("reload")
    assert page.http.get("/api/state").json()["locked"] is False


def test_the_page_knows_which_day_it_is_for_who_was_born_today(start_bridge: StartBridge, framework: Framework) -> None:
    framework.ahead = seconds_to_midnight() - 30.0
    page = start_bridge(heartbeat_every=3600)
    wait_until(lambda: page.bridge.server.clock.offset_ms != 0)
    before = page.http.get("/api/state").json()
    page.bridge.server.clock.offset_ms += 60_000
    news = page.http.get(f"/api/events?after={before['place']}").json()
    assert news["events"] == [{"type": "reload"}]
    assert page.http.get("/api/state").json()["today"] > before["today"]


def seconds_to_midnight() -> float:
    now = datetime.now(BRUSSELS)
    return 86_400.0 - (now - now.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()


def test_revoked_key_closes_the_kiosk_and_wipes_the_roster(start_bridge: StartBridge, framework: Framework) -> None:
    page = start_bridge()
    framework.revoked = True
    wait_until(lambda: bool(page.health()["locked"]))
    assert page.bridge.journal.find_roster() == []
    assert page.check_in(code="cAAAAAAAAAAAAAAAAAAAAAAAA")["outcome"] == "locked"


def test_clock_ten_minutes_wrong_is_measured_and_sent(start_bridge: StartBridge, framework: Framework) -> None:
    framework.ahead = 600.0
    page = start_bridge()
    page.check_in(birth_date="1990-02-01")
    assert framework.refusals.count("clock") >= 1
    assert 595_000 < framework.bodies("check-in")[0]["offset_ms"] < 605_000


def test_heartbeat_tells_devices(start_bridge: StartBridge, framework: Framework, sink: Sink) -> None:
    sink.mode = "paper_low"
    start_bridge(printer=sink.address)
    framework.wait(lambda: any(beat["printer"] == "paper_low" for beat in framework.bodies("heartbeat")))
    beat = framework.bodies("heartbeat")[-1]
    assert set(beat) == {"version", "printer", "scanner", "backlog", "stuck", "heard", "at", "offset_ms"}
    assert (beat["scanner"], beat["backlog"]) == ("none", 0)
    sink.mode = "paper_out"
    framework.wait(lambda: framework.bodies("heartbeat")[-1]["printer"] == "paper_out")
    assert framework.bodies("heartbeat")[-1]["heard"] is not None
