"""The program as it is started: configuration, sentences, the process itself."""

import re
import signal
import socket
import sys
from pathlib import Path

import httpx
import polib
import pytest

from eguichet_kiosk_bridge.__main__ import main
from eguichet_kiosk_bridge.config import ConfigError, read_config
from eguichet_kiosk_bridge.journal import Journal
from eguichet_kiosk_bridge.page_server import PageServer
from eguichet_kiosk_bridge.texts import LOCALE_DIR, PAGE_TEXTS, SENTENCES, TICKET_TEXTS
from tests.kiosk_bridge.conftest import StartBridge, wait_until
from tests.kiosk_bridge.framework import DEVICE_KEY, DEVICE_KEY_TEXT, KIOSK, Framework
from tests.kiosk_bridge.program import run_program

BASIC = ["--server", "https://rdv.example.org/", "--kiosk", KIOSK, "--key", DEVICE_KEY_TEXT]


def test_flags() -> None:
    config = read_config([*BASIC, "--demo", "--port", "0"])
    assert (config.server, config.kiosk, config.key) == ("https://rdv.example.org", KIOSK, DEVICE_KEY)
    assert (config.demo, config.port, config.printer, config.scanner) == (True, 0, "none", "none")


def test_file_and_flags_over_it(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(DEVICE_KEY_TEXT + "\n")
    file = tmp_path / "kiosk.toml"
    file.write_text(
        f'server = "https://rdv.example.org"\nkiosk = "file"\nkey-file = "{tmp_path}/key"\n'
        f'printer = "tcp://10.0.0.9:9100"\nscanner = "/dev/ttyACM0"\ndata-dir = "{tmp_path}/data"\n'
    )
    config = read_config(["--config", str(file), "--kiosk", "flag"])
    assert (config.kiosk, config.key, config.printer) == ("flag", DEVICE_KEY, "tcp://10.0.0.9:9100")
    assert config.data_dir == tmp_path / "data"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (["--key", "short"], "device key.*kiosk_key"),
        (["--key", "not base64!"], "device key"),
        (["--server", "rdv.example.org"], "server"),
        (["--server", "https://rdv.example.org/path"], "server"),
        (["--kiosk", "a b"], "kiosk"),
        (["--port", "70000"], "port"),
        (["--printer", "lpt1"], "printer"),
        (["--baud", "1234"], "baud"),
        (["--printer", "tcp://printer:99999"], "The port of « printer »"),
        (["--printer", "tcp://printer:0"], "The port of « printer »"),
        (["--scanner", ""], "« scanner » must be"),
        (["--scanner", "ttyACM0"], "« scanner » must be"),
        (["--scanner", "serial:/dev/ttyACM0"], "« scanner » must be"),
        (["--scanner", "USB:04b8:0e15"], "« scanner » must be"),
        (["--scanner", "/dev/tty**x"], "« scanner » must be"),
        (["--key-file", "/nonexistent", "--key", ""], "key"),
        (["--config", "/nonexistent"], "cannot be read"),
    ],
)
def test_unusable_configuration_is_refused_with_a_sentence(changes: list[str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        read_config([*BASIC, *changes])


@pytest.mark.parametrize(
    "device", ["--printer=usb:04b8:0e15", "--scanner=usb:05f9:2204", "--scanner=evdev:/dev/input/event3"]
)
def test_device_whose_extra_is_not_installed_is_refused_with_its_name(
    device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [])  # nothing is installed
    for name in ("usb", "serial", "evdev"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(ConfigError, match=r"needs the extra « (usb|serial|evdev) »: install .+\[\1\]"):
        read_config([*BASIC, device])


def test_unknown_setting_is_named(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text('prnter = "none"\n')
    with pytest.raises(ConfigError, match="prnter"):
        read_config(["--config", str(file), *BASIC])


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('port = "8001"', "« port » must be a whole number"),
        ("port = true", "« port » must be a whole number"),
        ("printer = 5", "« printer » must be a text"),
        ("key_file = 5", "« key_file » must be a text"),
        ("data-dir = []", "« data_dir » must be a text"),
        ('demo = "no"', "« demo » must be true or false"),
    ],
)
def test_value_of_the_wrong_kind_is_named(tmp_path: Path, line: str, sentence: str) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text(line + "\nanswer_within = 1\n")
    with pytest.raises(ConfigError, match=sentence):
        read_config(["--config", str(file), *BASIC])


def test_main_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--kiosk", KIOSK]) == 2
    assert "server" in capsys.readouterr().err


def test_process_says_ready_and_stops_when_told(framework: Framework, tmp_path: Path) -> None:
    with run_program(framework, tmp_path, port=0) as (process, url):
        assert httpx.get(url + "healthz", trust_env=False).json()["status"] == "ok"
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0


def test_a_second_bridge_is_sent_away_before_it_forgets_what_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = Journal(tmp_path / f"{KIOSK}.sqlite3")
    seq = journal.begin("check_in", "asked-just-now", "2026-12-01")
    assert main([*BASIC, "--data-dir", str(tmp_path), "--port", "0"]) == 2
    assert f"Another bridge is running with {tmp_path}" in capsys.readouterr().err
    journal.note_decision(seq, {"seq": seq}, "P001", "uid")
    with pytest.raises(LookupError):
        journal.note_decision(seq + 1, {"seq": seq + 1}, "P002", "uid")
    journal.close()


def test_what_keeps_the_bridge_from_starting_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / f"{KIOSK}.sqlite3").write_text("the disk was restored from something else" * 100)
    assert main([*BASIC, "--data-dir", str(tmp_path), "--port", "0"]) == 2
    assert capsys.readouterr().err.endswith(f"{KIOSK}.sqlite3 cannot be used: file is not a database.\n")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(OSError, match=f"^The page cannot have port {port}: Address already in use.$"):
            PageServer(port, {}, {})


def test_the_log_tells_an_installer_why_the_server_is_not_reached(
    start_bridge: StartBridge, framework: Framework, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def says(why: str) -> bool:
        return any(message == f"the server does not answer: {why}" for message in caplog.messages)

    with socket.create_server(("127.0.0.1", 0)) as nobody:
        free = nobody.getsockname()[1]
    start_bridge(wait=False, server=f"http://127.0.0.1:{free}")
    wait_until(lambda: says("[Errno 111] Connection refused"))
    start_bridge(wait=False, data_dir=tmp_path / "other", key=bytes(32))
    wait_until(lambda: says("the server answered 401: signature"))
    framework.moved_to = "https://rdv.example.org"
    wait_until(lambda: says("the server answered 301: https://rdv.example.org/api/kiosk/v1/heartbeat"))


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_every_sentence_is_translated(language: str) -> None:
    catalogue = polib.pofile(str(LOCALE_DIR / language / "LC_MESSAGES" / "kiosk.po"))
    assert catalogue.untranslated_entries() + catalogue.fuzzy_entries() == []
    texts = {entry.msgid: entry.msgstr for entry in catalogue}
    assert set(texts) == {*PAGE_TEXTS.values(), *SENTENCES.values(), *TICKET_TEXTS.values()}
    for source, translation in texts.items():
        assert set(re.findall(r"\{\w+\}", source)) == set(re.findall(r"\{\w+\}", translation)), source
