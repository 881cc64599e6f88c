"""A printer that is none: a real TCP listener with the faults of real ones, and a reader of what it was sent."""

import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image

WITHIN = 15.0
# Replies to DLE EOT 1, 2 and 4: online, cause of being offline, paper.
REPLIES = {
    "ok": (0x12, 0x12, 0x12),
    "paper_low": (0x12, 0x12, 0x1E),
    "paper_out": (0x1A, 0x32, 0x72),
    "cover_open": (0x1A, 0x16, 0x12),
    "error": (0x1A, 0x52, 0x12),
    "garbage": (0x00, 0xFF, 0x41),
}
# A printer hears these questions in the middle of everything else.
QUESTION = re.compile(rb"\x10\x04([\x01\x02\x04])")
QUESTIONS = {b"\x01": 0, b"\x02": 1, b"\x04": 2}
ENDS_OF_TICKET = (b"\x1dV\x00", b"\x1dV\x01")


class Sink:
    """Listens on a free port. `mode` names a row of REPLIES, or silent, empty, deaf, runs_out, breaks."""

    def __init__(self, mode: str = "ok") -> None:
        self.mode = mode
        self.changed = threading.Condition()
        self.tickets: list[bytes] = []
        self.taken = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._closing = False
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._closing = True
        with socket.create_connection(("127.0.0.1", self.port)):
            self._accepting.join(WITHIN)
        self._listener.close()

    def wait(self, condition: Callable[[], object]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, WITHIN), f"{len(self.tickets)} tickets, {self.taken} bytes"

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._closing:
                connection.close()
                return
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        paper = b""
        with connection:
            while not self._closing:
                try:
                    data = connection.recv(4096)
                except OSError:
                    break
                if not data:
                    break
                asked = QUESTION.findall(data)
                paper += QUESTION.sub(b"", data)
                with self.changed:
                    self.taken = len(paper)
                    self.changed.notify_all()
                if paper and self.mode == "breaks":
                    break
                if paper.endswith(ENDS_OF_TICKET):
                    self._tear_off(paper)
                    paper = b""
                if not all(self._reply(connection, QUESTIONS[question]) for question in asked):
                    break

    def _tear_off(self, paper: bytes) -> None:
        with self.changed:
            self.tickets.append(paper)
            if self.mode == "runs_out":
                self.mode = "paper_out"
            self.changed.notify_all()

    def _reply(self, connection: socket.socket, question: int) -> bool:
        if self.mode in {"silent", "empty"}:
            return self.mode == "silent"
        mode = self.mode if self.mode in REPLIES else "ok"
        connection.sendall(bytes([REPLIES[mode][question]]))
        return True


@dataclass
class Slip:
    """What an ESC/POS printer would have put on paper."""

    lines: list[str] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    images: list[Image.Image] = field(default_factory=list)
    is_cut: bool = False

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


# Code pages of the TM-T20II by the number in ESC t.
PAGES = {0: "cp437", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 16: "cp1252", 18: "cp852", 19: "cp858"}
LENGTHS = {b"\x1b@": 0, b"\x1bE": 1, b"\x1ba": 1, b"\x1bd": 1, b"\x1b-": 1, b"\x1bM": 1}


def read_slip(data: bytes) -> Slip:
    """Read the bytes as a printer does; raises ValueError at a command a ticket has no use for."""
    slip, line, page, size, place = Slip(), "", "cp437", 1, 0
    while place < len(data):
        command = data[place : place + 2]
        if data.startswith(b"\x1dv0", place):
            width, height = (int.from_bytes(data[place + i : place + i + 2], "little") for i in (4, 6))
            raster = data[place + 8 : place + 8 + width * height]
            slip.images.append(Image.frombytes("1", (width * 8, height), bytes(255 - byte for byte in raster)))
            place += 8 + width * height
        elif command == b"\x1bt":
            page, place = PAGES[data[place + 2]], place + 3
        elif command in {b"\x1d!", b"\x1b!"}:
            size = (data[place + 2] & 0x0F) + 1 if command == b"\x1d!" else 1
            place += 3
        elif command == b"\x1dV":
            slip.is_cut, place = True, place + 3
        elif command in LENGTHS:
            place += 2 + LENGTHS[command]
        elif data[place] == 0x0A:
            if line:
                slip.lines.append(line)
                slip.sizes[line] = size
            line, place = "", place + 1
        elif data[place] >= 0x20:
            line, place = line + data[place : place + 1].decode(page), place + 1
        else:
            raise ValueError(f"byte {data[place]:#04x} at {place}")
    return slip
