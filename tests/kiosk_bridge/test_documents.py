"""The examples that are copied to a kiosk work as they stand."""

import configparser
import re
import tomllib
from dataclasses import fields
from pathlib import Path

from eguichet_kiosk_bridge.config import Config, read_config
from tests.kiosk_bridge.framework import DEVICE_KEY_TEXT

BRIDGE = Path(__file__).parents[2] / "kiosk_bridge"
# Paces of the rounds: for tests, not for a town.
UNDOCUMENTED = {"heartbeat_every", "devices_every", "roster_every", "upload_every", "answer_within"}


def test_example_configuration_is_accepted(tmp_path: Path) -> None:
    text = (BRIDGE / "kiosk.example.toml").read_text("utf-8")
    (tmp_path / "key").write_text(DEVICE_KEY_TEXT)
    (tmp_path / "kiosk.toml").write_text(text.replace("/etc/eguichet-kiosk/key", str(tmp_path / "key")))
    config = read_config(["--config", str(tmp_path / "kiosk.toml")])
    assert config.scanner == tomllib.loads(text)["scanner"]


def test_every_setting_is_documented() -> None:
    rows = re.findall(r"^\| (.+?) \|", (BRIDGE / "README.md").read_text("utf-8"), re.MULTILINE)
    documented = set(re.findall(r"`(\w+)`", " ".join(rows)))
    assert documented == {field.name for field in fields(Config)} - UNDOCUMENTED | {"key_file"}


def test_unit_starts_the_program_of_the_distribution() -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.read(BRIDGE / "eguichet-kiosk-bridge.service")
    program = tomllib.loads((BRIDGE / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    assert Path(unit["Service"]["ExecStart"].split()[0]).name in program
