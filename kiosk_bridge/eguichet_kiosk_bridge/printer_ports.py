"""The ways to a printer. A port is opened for one exchange and closed after it: there is no reconnecting."""

import contextlib
import fcntl
import os
import select
import socket
import struct
import sys
import termios
import time
from typing import Protocol, Self
from urllib.parse import urlsplit

from eguichet_kiosk_bridge.config import Config
from eguichet_kiosk_bridge.serial_port import open_serial

WITHIN = 2.0
CLOSING_WITHIN = 0.3
DRAINED_WITHIN = 3.0
DEFAULT_PORT = 9100


class Port(Protocol):
    """An open way to the printer; every method raises OSError when the printer does not follow."""

    seconds_per_byte: float

    def send(self, data: bytes) -> None:
        """Hand over every byte within two seconds."""

    def receive(self, within: float) -> bytes:
        """Return what arrives in at most `within` seconds; empty when nothing does."""

    def close(self) -> None:
        """Let go."""

    def abandon(self) -> None:
        """Let go, and drop what the printer has not taken: it would come out later."""


class NetworkPort:
    """A printer that listens on TCP, usually 9100."""

    seconds_per_byte = 0.0

    def __init__(self, host: str, port: int) -> None:
        """Connect within two seconds."""
        self._socket = socket.create_connection((host, port), timeout=WITHIN)

    @classmethod
    def from_address(cls, address: str) -> Self:
        """Connect to tcp://host:port."""
        parts = urlsplit(address)
        return cls(parts.hostname or "", parts.port or DEFAULT_PORT)

    def send(self, data: bytes) -> None:
        """Hand over every byte within two seconds in all."""
        self._socket.settimeout(WITHIN)
        self._socket.sendall(data)

    def receive(self, within: float) -> bytes:
        """Return what arrives."""
        self._socket.settimeout(max(within, 0.001))
        try:
            data = self._socket.recv(64)
        except TimeoutError:
            return b""
        if not data:
            message = "the printer closed the connection"
            raise ConnectionResetError(message)
        return data

    def close(self) -> None:
        """Close once the printer has taken everything: unread replies at closing would cut off the last bytes."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(CLOSING_WITHIN)
            while self._socket.recv(64):
                pass
        except OSError:
            pass
        finally:
            self._socket.close()

    def abandon(self) -> None:
        """Reset the connection; one that is merely slow has three seconds to take the rest.

        After an ordinary close the kernel would go on delivering for minutes.
        """
        with self._socket:
            end = time.monotonic() + DRAINED_WITHIN
            while count_untaken(self._socket) and time.monotonic() < end:
                time.sleep(0.05)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class SerialPort:
    """A printer on a serial line."""

    def __init__(self, path: str, baud: int) -> None:
        """Open the line."""
        self._descriptor = open_serial(path, baud)
        # Start and stop bit make ten.
        self.seconds_per_byte = 10 / baud

    def send(self, data: bytes) -> None:
        """Hand over every byte; two seconds without progress are a failure."""
        while data:
            writable = select.select([], [self._descriptor], [], WITHIN)[1]
            if not writable:
                message = "the printer takes no more bytes"
                raise TimeoutError(message)
            data = data[os.write(self._descriptor, data) :]

    def receive(self, within: float) -> bytes:
        """Return what arrives."""
        readable = select.select([self._descriptor], [], [], within)[0]
        return os.read(self._descriptor, 64) if readable else b""

    def close(self) -> None:
        """Let go of the line."""
        os.close(self._descriptor)

    def abandon(self) -> None:
        """Let go of the line; what it still had to send is dropped."""
        with contextlib.suppress(termios.error):
            termios.tcflush(self._descriptor, termios.TCOFLUSH)
        self.close()


def open_port(config: Config) -> Port:
    """Open the way to the configured printer, or raise OSError."""
    kind, _, rest = config.printer.partition(":")
    if kind == "tcp":
        return NetworkPort.from_address(config.printer)
    if kind == "serial":
        return SerialPort(rest, config.printer_baud)
    from eguichet_kiosk_bridge.usb_port import UsbPort  # noqa: PLC0415 - needs the extra

    vendor, product = rest.split(":")
    return UsbPort.find(int(vendor, 16), int(product, 16))


def count_untaken(line: socket.socket) -> int:
    """Return how many bytes the other end has not acknowledged (SIOCOUTQ)."""
    return int.from_bytes(fcntl.ioctl(line, termios.TIOCOUTQ, bytes(4)), sys.byteorder)


def read_until(port: Port, count: int, within: float) -> bytes:
    """Return up to `count` bytes that arrive within so many seconds in all."""
    data, end = b"", time.monotonic() + within
    while len(data) < count and (left := end - time.monotonic()) > 0:
        more = port.receive(left)
        if not more:
            break
        data += more
    return data
