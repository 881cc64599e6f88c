"""The scanner: found, read, lost and found again; a keyboard never, for keyboards type into pages."""

import logging
import os
import re
import select
import threading
import time
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Protocol

from eguichet_kiosk_bridge.scan_lines import ScanLines
from eguichet_kiosk_bridge.serial_port import open_serial

logger = logging.getLogger(__name__)

LOOK_AGAIN = 1.0
READ_AT_ONCE = 4096


class ScannerState(Enum):
    """How the scanner is, in the words of the heartbeat."""

    OK = "ok"
    MISSING = "missing"
    NONE = "none"


class Source(Protocol):
    """An open scanner; `read` raises OSError when it is gone."""

    def fileno(self) -> int:
        """Return the descriptor to wait on."""

    def read(self) -> bytes:
        """Return what it sent, possibly nothing."""

    def close(self) -> None:
        """Let go."""


class SerialSource:
    """A scanner on a serial line or pty."""

    def __init__(self, path: str, baud: int) -> None:
        """Open the line; what was scanned before anybody listened is dropped."""
        self._descriptor = open_serial(path, baud)

    def fileno(self) -> int:
        """Return the descriptor of the line."""
        return self._descriptor

    def read(self) -> bytes:
        """Return what arrived; a readable line without bytes was unplugged."""
        data = os.read(self._descriptor, READ_AT_ONCE)
        if not data:
            message = "the scanner is gone"
            raise OSError(message)
        return data

    def close(self) -> None:
        """Let go of the line."""
        os.close(self._descriptor)


def find_paths(spec: str) -> list[str]:
    """Return where a serial scanner may be: its path, its pattern, or the sisters of a USB adapter's path."""
    if usb := re.fullmatch(r"usb:([0-9a-fA-F]{4}):([0-9a-fA-F]{4})", spec):
        return find_usb_paths(int(usb[1], 16), int(usb[2], 16))
    if re.fullmatch(r"/\S*/tty(ACM|USB)\d+", spec):
        return [spec, *find_matches(spec.rstrip("0123456789") + "*")]
    return find_matches(spec)


def find_matches(pattern: str) -> list[str]:
    """Return the existing paths of an absolute pattern; a plain path matches itself."""
    return sorted(str(path) for path in Path("/").glob(pattern.lstrip("/")))


def find_usb_paths(vendor: int, product: int) -> list[str]:
    """Return the serial lines of a USB device, wherever it was plugged in (extra « serial »)."""
    from serial.tools import list_ports  # noqa: PLC0415 - needs the extra

    return [port.device for port in list_ports.comports() if (port.vid, port.pid) == (vendor, product)]


def open_source(spec: str, baud: int, printer: str | None) -> tuple[str, Source]:
    """Open the scanner wherever it is now and tell where, or raise OSError; the printer's line is never tried."""
    if spec.startswith("evdev:"):
        from eguichet_kiosk_bridge.evdev_source import EvdevSource  # noqa: PLC0415 - needs the extra

        return spec, EvdevSource(spec.removeprefix("evdev:"))
    problem: OSError | None = None
    for path in find_paths(spec):
        if printer and os.path.realpath(path) == os.path.realpath(printer):
            continue
        try:
            return path, SerialSource(path, baud)
        except FileNotFoundError:
            continue
        except OSError as error:
            problem = problem or error
    raise problem or FileNotFoundError(f"nothing at {spec}")


def can_open(path: str) -> bool:
    """Tell whether a device is there and ours to use; a new one is neither for a moment."""
    return os.access(path, os.R_OK | os.W_OK)


class Scanner:
    """A thread that reads one scanner and hands each code on."""

    def __init__(self, spec: str, baud: int, on_scan: Callable[[str], None], printer: str | None = None) -> None:
        """Prepare the thread; `spec` is as in the configuration, `printer` the path of a serial one."""
        self._spec, self._baud, self._on_scan, self._printer = spec, baud, on_scan, printer
        self._stopping = threading.Event()
        self._wake_read, self._wake_write = os.pipe()
        self._thread = threading.Thread(target=self._run, name="scanner", daemon=True)
        self.state, self._why = ScannerState.MISSING, ""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End at once."""
        self._stopping.set()
        os.write(self._wake_write, b".")
        if self._thread.is_alive():
            self._thread.join(2)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._read_one()
            except Exception as error:  # noqa: BLE001 - whatever a driver raises, the scanner is looked for again
                self._note_missing(error)
                self._stopping.wait(LOOK_AGAIN)

    def _note_missing(self, error: Exception) -> None:
        self.state, why = ScannerState.MISSING, str(error)
        if why != self._why:
            logger.warning("no scanner: %s", why, exc_info=not isinstance(error, OSError))
        self._why = why

    def _read_one(self) -> None:
        path, source = open_source(self._spec, self._baud, self._printer)
        logger.info("the scanner is read at %s", path)
        self.state, self._why = ScannerState.OK, ""
        try:
            # What is plugged in beside a missing scanner may be anything.
            self._read_all(source, is_makeshift=path != self._spec and not can_open(self._spec))
        finally:
            source.close()

    def _read_all(self, source: Source, *, is_makeshift: bool) -> None:
        """Read until told to stop, or until the scanner itself is back."""
        lines = ScanLines()
        while not self._stopping.is_set():
            now = time.monotonic()
            wait = None if lines.deadline is None else max(0.0, lines.deadline - now)
            if wait is None and is_makeshift:
                if can_open(self._spec):
                    return
                wait = LOOK_AGAIN
            readable = select.select([source.fileno(), self._wake_read], [], [], wait)[0]
            if source.fileno() in readable:
                lines.add(source.read(), time.monotonic())
            text = lines.take(time.monotonic())
            if text is not None:
                self._hand_on(text)

    def _hand_on(self, text: str) -> None:
        try:
            self._on_scan(text)
        except Exception:  # a fault in one scan must not end the scanning
            logger.exception("a scan could not be treated")
