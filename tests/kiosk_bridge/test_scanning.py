"""The scanner: whatever it reads, in whatever pieces, and wherever it is plugged in."""

import logging
from pathlib import Path

import pytest

from eguichet_kiosk_bridge.scan_lines import UNREADABLE, ScanLines
from eguichet_kiosk_bridge.scanner import Scanner, ScannerState
from tests.kiosk_bridge.conftest import Page, ScannerLine, StartBridge, wait_until
from tests.kiosk_bridge.framework import Framework

GOOD = b"cAAAAAAAAAAAAAAAAAAAAAAAA"
OTHER = b"cBBBBBBBBBBBBBBBBBBBBBBBB"

HOSTILE = [
    b"https://www.example.com/shop?id=1",
    b"WIFI:T:WPA;S:Guest;P:secret;;",
    b"BEGIN:VCARD\nVERSION:3.0\nN:Someone\nEND:VCARD",
    b"5449000000996",
    b"c",
    b"cAAAA",
    b"AAAAAAAAAAAAAAAAAAAAAAAAA",
    b"https://rdv.example.org/rdv/mAAAAAAAAAAAAAAAAAAAAAAAA/",
    b"mAAAAAAAAAAAAAAAAAAAAAAAA",
    b"tAAAAAAAAAAAAAAAAAAAAAAAA",
    b"https://rdv.example.org/c/#7K2M9QXB4TRD",
    b"7K2M9QXB4TRD",
    b"ABC234",
    GOOD + b" " + OTHER,
    GOOD + OTHER + OTHER,
    GOOD + b"\r" + OTHER + b"\r",
    GOOD + b"\x00",
    b"\x1d" + GOOD,
    GOOD[:10] + b"\x1d" + GOOD[10:],
    GOOD[:10] + b"\t" + GOOD[10:],
    b"\x02" + GOOD + b"\x03",
    b"\x1b[A" + GOOD,
    b"\x7f" + GOOD,
    b"\x04\x04\x04",
    b"\xff\xfe\xfd",
    "cÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ".encode(),
    b"c" + b"A" * 4295,
    b"A" * 4296,
    b"A" * 9000,
    b"c" + b"/" * 24,
    b"c" + b"+" * 24,
    b"c" + b"." * 24,
    b"c' OR '1'='1' -- AAAAAAAAAAA",
    b"<script>alert(1)</script>",
    b"{{7*7}}",
    b"../../../../etc/passwd",
    b"%n%n%n%n%n%n%n%n%n",
    b'{"code": "cAAAAAAAAAAAAAAAAAAAAAAAA"}',
    b"]Q1" + GOOD,
    b"CAAAAAAAAAAAAAAAAAAAAAAAA",
]


def start_scanning(start_bridge: StartBridge, line: ScannerLine) -> Page:
    page = start_bridge(scanner=line.path)
    wait_until(lambda: page.health()["scanner"] == "ok")
    return page


def test_forty_hostile_codes_change_nothing(start_bridge: StartBridge, framework: Framework, line: ScannerLine) -> None:
    page = start_scanning(start_bridge, line)
    assert len(HOSTILE) == 40
    for code in HOSTILE:
        line.send(code + b"\r\n")
        answer = page.hear_answer()
        assert (answer["outcome"], answer["ticket"]) == ("foreign", None), code
        assert answer["message"] == "Ce n’est pas un code de rendez-vous."
    assert framework.bodies("check-in") == []
    assert page.bridge.journal.find_pending() == []
    line.send(GOOD)
    assert page.hear_answer()["ticket"]["number"] == "P042"


def test_code_with_one_wrong_character_is_the_servers_to_refuse(
    start_bridge: StartBridge, framework: Framework, line: ScannerLine
) -> None:
    page = start_scanning(start_bridge, line)
    line.send(GOOD[:-1] + b"B\r\n")
    answer = page.hear_answer()
    assert (answer["outcome"], answer["message"]) == ("unknown", "Ce n’est pas un code de rendez-vous.")
    assert len(framework.bodies("check-in")) == 1


@pytest.mark.parametrize("end", [b"", b"\r", b"\n", b"\r\n", b"\r\n\r\n", b" \r"])
def test_every_ending_is_understood(start_bridge: StartBridge, line: ScannerLine, end: bytes) -> None:
    page = start_scanning(start_bridge, line)
    line.send(GOOD + end)
    assert page.hear_answer()["ticket"]["number"] == "P042"


def test_language_of_the_visitor_goes_with_the_scan(
    start_bridge: StartBridge, framework: Framework, line: ScannerLine
) -> None:
    page = start_scanning(start_bridge, line)
    page.post("/api/language", language="nl")
    line.send(b"WIFI:\r")
    assert page.hear_answer()["message"] == "Dit is geen afspraakcode."
    line.send(GOOD + b"\r")
    page.hear_answer()
    assert framework.bodies("check-in")[0]["language"] == "nl"


def test_scanner_is_found_again_under_another_path(
    start_bridge: StartBridge, line: ScannerLine, tmp_path: Path
) -> None:
    (tmp_path / "scanner-1").symlink_to(line.path)
    page = start_bridge(scanner=str(tmp_path / "scanner-*"))
    wait_until(lambda: page.health()["scanner"] == "ok")
    (tmp_path / "scanner-1").unlink()
    line.unplug()
    wait_until(lambda: page.health()["scanner"] == "missing")
    assert page.check_in(birth_date="1955-00-00")["outcome"] == "ticket"
    second = ScannerLine()
    (tmp_path / "scanner-2").symlink_to(second.path)
    wait_until(lambda: page.health()["scanner"] == "ok")
    second.send(GOOD + b"\r\n")
    assert page.hear_answer()["ticket"]["number"] == "P042"
    second.unplug()


def test_another_device_is_left_as_soon_as_the_scanner_itself_is_back(
    start_bridge: StartBridge, line: ScannerLine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    other, scanner = ScannerLine(), tmp_path / "ttyACM0"
    (tmp_path / "ttyACM1").symlink_to(other.path)
    page = start_bridge(scanner=str(scanner))
    wait_until(lambda: f"the scanner is read at {tmp_path}/ttyACM1" in caplog.messages)
    scanner.symlink_to(line.path)
    wait_until(lambda: f"the scanner is read at {scanner}" in caplog.messages)
    line.send(GOOD + b"\r\n")
    assert page.hear_answer()["ticket"]["number"] == "P042"
    other.unplug()


def test_why_there_is_no_scanner_is_told_and_it_is_looked_for_again(
    line: ScannerLine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = tmp_path / "scanner"
    place.mkdir()
    scanner = Scanner(str(place), 9600, lambda _text: None)
    scanner.start()
    wait_until(lambda: bool(caplog.messages))
    place.rmdir()
    place.symlink_to(line.path)
    wait_until(lambda: scanner.state is ScannerState.OK)
    scanner.stop()
    assert caplog.messages == [f"no scanner: [Errno 21] Is a directory: '{place}'"]


def test_whatever_a_driver_raises_the_scanner_is_looked_for_again(caplog: pytest.LogCaptureFixture) -> None:
    # Without the extra, which the configuration would have said.
    scanner = Scanner("evdev:/dev/input/none", 9600, lambda _text: None)
    scanner.start()
    wait_until(lambda: bool(caplog.messages))
    assert (scanner.state, scanner._thread.is_alive()) == (ScannerState.MISSING, True)
    scanner.stop()


def test_the_line_of_the_printer_is_not_taken_for_a_scanner(
    start_bridge: StartBridge, line: ScannerLine, tmp_path: Path
) -> None:
    printer = ScannerLine()
    (tmp_path / "tty-0").symlink_to(printer.path)
    (tmp_path / "tty-1").symlink_to(line.path)
    page = start_bridge(scanner=str(tmp_path / "tty-*"), printer=f"serial:{printer.path}", devices_every=3600)
    wait_until(lambda: page.health()["scanner"] == "ok")
    line.send(GOOD + b"\r\n")
    assert page.hear_answer()["ticket"]["number"] == "P042"
    page.bridge.stop()
    printer.unplug()


def test_a_full_disk_sends_to_the_desk_and_is_over_when_it_is(start_bridge: StartBridge) -> None:
    page = start_bridge()
    page.bridge.journal._database.execute("PRAGMA query_only=ON")
    page.bridge.kiosk.scan(GOOD.decode())
    assert page.hear_answer()["outcome"] == "go_to_desk"
    page.bridge.journal._database.execute("PRAGMA query_only=OFF")
    page.bridge.kiosk.scan(GOOD.decode())
    assert page.hear_answer()["ticket"]["number"] == "P042"


def test_bytes_one_by_one_are_one_code() -> None:
    lines = ScanLines()
    for index, byte in enumerate(GOOD):
        lines.add(bytes([byte]), index * 0.1)
        assert lines.take(index * 0.1) is None
    assert lines.take(2.4 + 0.1) is None
    assert lines.take(2.4 + 0.16) == GOOD.decode()


def test_line_end_is_not_kept_waiting_by_what_follows() -> None:
    lines = ScanLines()
    lines.add(GOOD + b"\r", 0.0)
    lines.add(GOOD + b"\r", 0.1)
    assert lines.take(0.15) == GOOD.decode()
    lines.add(OTHER + b"\r", 0.2)
    assert lines.take(0.35) == OTHER.decode()


def test_two_codes_in_one_burst_are_neither() -> None:
    lines = ScanLines()
    lines.add(GOOD + b"\r\n" + OTHER + b"\r\n", 0.0)
    assert lines.take(1.0) == UNREADABLE


def test_nothing_but_line_ends_is_nothing() -> None:
    lines = ScanLines()
    lines.add(b"\r\n\r\n  \r\n", 0.0)
    assert lines.take(1.0) is None
    assert lines.deadline is None
