"""A pseudo-terminal that stands in for a device on a serial line."""

import os
import select
import tty
from pathlib import Path
from types import TracebackType
from typing import Self


class Pty:
    """The far end of a serial line: what is written here, the program that opened ``path`` reads.

    With ``link``, the device also appears under that name and ``replug()`` moves it to a new one, as a scanner does.
    """

    def __init__(self, link: Path | None = None) -> None:
        self.link = link
        self._plug_in()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()

    @property
    def path(self) -> Path:
        """Where the program opens the device."""
        return self.link or self.device

    def _plug_in(self) -> None:
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        self.device = Path(os.ttyname(self._theirs))
        if self.link:
            self.link.unlink(missing_ok=True)
            self.link.symlink_to(self.device)

    def write(self, data: bytes) -> None:
        """Send bytes, as the device would."""
        while data:
            data = data[os.write(self._ours, data) :]

    def scan(self, text: str, ending: bytes = b"\r") -> None:
        """Send a code as a scanner does: its text and an ending."""
        self.write(text.encode() + ending)

    def read(self, limit: float = 1.0) -> bytes:
        """What the program sent to the device, waiting at most ``limit`` seconds for the first byte."""
        ready, _, _ = select.select([self._ours], [], [], limit)
        return os.read(self._ours, 65_536) if ready else b""

    def unplug(self) -> None:
        """Pull the cable: reading and writing fail on the other side."""
        if self._ours < 0:
            return
        if self.link:
            self.link.unlink(missing_ok=True)
        os.close(self._ours)
        os.close(self._theirs)
        self._ours = self._theirs = -1

    def replug(self, link: Path | None = None) -> None:
        """Plug it in again, under another name if given."""
        self.unplug()
        self.link = link or self.link
        self._plug_in()
