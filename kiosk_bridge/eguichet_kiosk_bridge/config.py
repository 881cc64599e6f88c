"""What the bridge is told at its start: a TOML file, overridden by flags."""

import argparse
import base64
import binascii
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from eguichet_kiosk_bridge import __version__
from eguichet_kiosk_bridge.serial_port import SPEEDS

DEVICE_KEY_BYTES = 32
HIGHEST_PORT = 65535
DEFAULT_DATA_DIR = Path("kiosk-data")
USB = r"usb:[0-9a-fA-F]{4}:[0-9a-fA-F]{4}"
PRINTERS = rf"none|tcp://[^:/\s]+(:\d{{1,5}})?|serial:/\S+|{USB}"
# Of a pattern, the two stars together are Python's own and mean folders.
SCANNERS = rf"none|/((?!\*\*)\S)+|{USB}|evdev:/\S+"
# Each named after the module it brings.
EXTRAS = (("printer", "usb:", "usb"), ("scanner", "usb:", "serial"), ("scanner", "evdev:", "evdev"))
WHERE_KEY_IS = "`manage.py kiosk_key SLUG` on the server prints it: copy it whole."
KINDS = {str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false"}


class ConfigError(Exception):
    """The configuration cannot be used; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything one kiosk needs to know; times are in seconds."""

    server: str
    kiosk: str
    key: bytes
    port: int = 8001
    printer: str = "none"
    scanner: str = "none"
    demo: bool = False
    data_dir: Path = DEFAULT_DATA_DIR
    baud: int = 9600
    printer_baud: int = 38400
    heartbeat_every: float = 10.0
    devices_every: float = 2.0
    roster_every: float = 60.0
    upload_every: float = 10.0
    answer_within: float = 0.8


def decode_device_key(text: str) -> bytes:
    """Return the 32 bytes of a device key written in base64url without padding, or raise ConfigError."""
    compact = text.strip()
    try:
        key = base64.b64decode(compact + "=" * (-len(compact) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        message = f"The device key is not base64url text. {WHERE_KEY_IS}"
        raise ConfigError(message) from error
    if len(key) != DEVICE_KEY_BYTES:
        message = f"The device key has {len(key)} bytes instead of {DEVICE_KEY_BYTES}. {WHERE_KEY_IS}"
        raise ConfigError(message)
    return key


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line; no flag has a default, so that the file can be told apart."""
    parser = argparse.ArgumentParser(prog="eguichet-kiosk-bridge", description=__doc__, argument_default=None)
    parser.add_argument("--config", type=Path, help="TOML file with the same names as the flags")
    parser.add_argument("--server", help="address of the framework, for example https://rdv.example.org")
    parser.add_argument("--kiosk", help="slug of this kiosk")
    parser.add_argument("--key", help="device key; prefer --key-file, other users can see this one")
    parser.add_argument("--key-file", type=Path, help="file that holds the device key")
    parser.add_argument("--port", type=int, help="port of the local page (default 8001, 0 takes a free one)")
    parser.add_argument("--printer", help="tcp://host:9100 | serial:/dev/ttyS0 | usb:vid:pid | none")
    parser.add_argument("--scanner", help="/dev/ttyACM0, a pattern, usb:vid:pid, evdev:/dev/input/… or none")
    parser.add_argument("--baud", type=int, help="speed of a serial scanner (default 9600)")
    parser.add_argument("--printer-baud", type=int, help="speed of a serial printer (default 38400)")
    parser.add_argument("--data-dir", type=Path, help="folder of the journal")
    parser.add_argument("--demo", action="store_const", const=True, help="no devices: paste a code, see the ticket")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser


def read_config(argv: Sequence[str]) -> Config:
    """Return the configuration of these arguments and of the file they name, or raise ConfigError."""
    flags = {name: value for name, value in vars(build_parser().parse_args(argv)).items() if value is not None}
    file = flags.pop("config", None)
    values = {**(read_file(file) if file else {}), **flags}
    if "key_file" in values and "key" not in flags:
        values["key"] = read_key_file(Path(values["key_file"]))
    values.pop("key_file", None)
    return build_config(values)


def read_file(path: Path) -> dict[str, Any]:
    """Return the settings of a TOML file, `-` and `_` in names being the same."""
    try:
        settings = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        message = f"The file {path} cannot be read: {error.strerror}."
        raise ConfigError(message) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"The file {path} is not TOML: {error}."
        raise ConfigError(message) from error
    settings = {name.replace("-", "_"): value for name, value in settings.items()}
    check_kinds(settings)
    return settings


def check_kinds(settings: dict[str, Any]) -> None:
    """Refuse a value of another kind than the setting's, such as port = "8001"."""
    kinds: dict[str, Any] = {field.name: field.type for field in fields(Config)}
    kinds |= {"key": str, "key_file": str, "data_dir": str}
    for name, value in settings.items():
        kind = kinds.get(name, type(value))
        if type(value) is not kind and (kind, type(value)) != (float, int):
            message = f"« {name} » must be {KINDS[kind]}, not {value!r}."
            raise ConfigError(message)


def read_key_file(path: Path) -> str:
    """Return the text of the key file."""
    try:
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"The key file {path} cannot be read."
        raise ConfigError(message) from error


def build_config(values: dict[str, Any]) -> Config:
    """Return a checked Config, or raise ConfigError with the name of what is wrong or missing."""
    known = {field.name for field in fields(Config)}
    if unknown := sorted(set(values) - known):
        message = f"Unknown setting: {', '.join(unknown)}. Known: {', '.join(sorted(known | {'key_file'}))}."
        raise ConfigError(message)
    for name in ("server", "kiosk", "key"):
        if not values.get(name):
            message = f"« {name} » is missing: give it as --{name} or in the configuration file."
            raise ConfigError(message)
    values = {**values, "key": decode_device_key(str(values["key"])), "server": str(values["server"]).rstrip("/")}
    values["data_dir"] = Path(values.get("data_dir", DEFAULT_DATA_DIR))
    config = Config(**values)
    check_config(config)
    return config


def check_config(config: Config) -> None:
    """Refuse values that could never work."""
    if not re.fullmatch(r"https?://[^/\s]+", config.server):
        message = f"« server » must be an address such as https://rdv.example.org, not {config.server!r}."
        raise ConfigError(message)
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", config.kiosk):
        message = f"« kiosk » must be the slug of the kiosk, not {config.kiosk!r}."
        raise ConfigError(message)
    if not 0 <= config.port <= HIGHEST_PORT:
        message = f"« port » must be between 0 and {HIGHEST_PORT}, not {config.port}."
        raise ConfigError(message)
    for name, baud in (("baud", config.baud), ("printer_baud", config.printer_baud)):
        if baud not in SPEEDS:
            message = f"« {name} » must be one of {', '.join(map(str, SPEEDS))}, not {baud}."
            raise ConfigError(message)
    check_devices(config)


def check_devices(config: Config) -> None:
    """Refuse a printer or scanner that could never be found."""
    if not re.fullmatch(PRINTERS, config.printer):
        message = f"« printer » must be tcp://host:9100, serial:/dev/…, usb:vid:pid or none, not {config.printer!r}."
        raise ConfigError(message)
    port = config.printer.removeprefix("tcp://").partition(":")[2]
    if config.printer.startswith("tcp:") and port and not 1 <= int(port) <= HIGHEST_PORT:
        message = f"The port of « printer » must be between 1 and {HIGHEST_PORT}, not {port}."
        raise ConfigError(message)
    if not re.fullmatch(SCANNERS, config.scanner):
        message = (
            "« scanner » must be a path such as /dev/ttyACM0, a pattern such as /dev/serial/by-id/*Scanner*, usb:vid:pid, "
            f"evdev:/dev/input/… or none, not {config.scanner!r}."
        )
        raise ConfigError(message)
    for name, prefix, extra in EXTRAS:
        value = getattr(config, name)
        if value.startswith(prefix) and find_spec(extra) is None:
            message = f"« {name} » {value} needs the extra « {extra} »: install eguichet-kiosk-bridge[{extra}]."
            raise ConfigError(message)
