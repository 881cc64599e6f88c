"""A receipt printer on a TCP socket: keeps what it is sent and answers questions about its paper."""

import selectors
import socket
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Self

from tests.harness.escpos_text import Printout, read_printout
from tests.harness.waiting import wait_until

STATUS_COMMAND = b"\x10\x04"
"""DLE EOT n: « tell me your state now »; n = 1 printer, 2 cause of offline, 3 errors, 4 paper."""
STATUS_LENGTH = 3
SMALLEST_BUFFER = 1
"""The kernel gives its least: some two thousand bytes."""


class Paper(StrEnum):
    """The state of the roll."""

    OK = "ok"
    LOW = "low"
    OUT = "out"


@dataclass
class _Connection:
    socket: socket.socket
    data: bytearray = field(default_factory=bytearray)
    closed: bool = False


class TcpPrinter:
    """Listens on ``127.0.0.1:port``. ``paper``, ``cover_open``, ``answers`` and ``stalled`` may change at any moment.

    ``stalled`` = takes connections but neither reads nor answers; ``unplug``/``plug_in`` refuse connections meanwhile.
    ``keeps_nothing`` = says that all is well and takes every byte, but nothing comes out.
    ``stall_in_ticket()`` = answers, and stalls when the next ticket has begun: the rest waits at the sender.
    """

    def __init__(self) -> None:
        self.paper = Paper.OK
        self.cover_open = False
        self.answers = True
        self.stalled = False
        self.keeps_nothing = False
        self._stalls_in_ticket = False
        self.port = 0
        self._connections: list[_Connection] = []
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()

    def __enter__(self) -> Self:
        self.plug_in()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()

    def plug_in(self) -> None:
        """Begin to listen; on the same port each time."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen()
        listener.setblocking(False)
        self.port = listener.getsockname()[1]
        self._listener = listener
        self._ending.clear()
        self._thread = threading.Thread(target=self._serve, args=(listener,), daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Pull the cable: open connections break, new ones are refused. What was printed stays."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for connection in self._connections:
            connection.socket.close()
            connection.closed = True

    def stall_in_ticket(self) -> None:
        """Stall as soon as a ticket has begun; what the printer has not read yet has little room at its end."""
        assert self._listener is not None
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALLEST_BUFFER)
        self._stalls_in_ticket = True

    def wait_until_idle(self) -> None:
        """Wait until everything was read and every connection has ended."""
        wait_until(
            lambda: all(connection.closed for connection in self._connections), 10, "the end of every connection"
        )

    @property
    def is_plugged_in(self) -> bool:
        """Whether connections are taken."""
        return self._listener is not None

    @property
    def jobs(self) -> list[bytes]:
        """What was sent over each connection, without the questions about the state; empty ones left out."""
        return [bytes(connection.data) for connection in list(self._connections) if connection.data]

    @property
    def printouts(self) -> list[Printout]:
        """Every job, decoded."""
        return [read_printout(job) for job in self.jobs]

    def wait_for_printout(self, count: int = 1, limit: float = 10.0) -> Printout:
        """Wait until ``count`` tickets have been cut; the last of them."""

        def enough() -> list[Printout]:
            done = [printout for printout in self.printouts if printout.cuts]
            return done if len(done) >= count else []

        return wait_until(enough, limit, f"{count} printed ticket(s)")[count - 1]

    def clear(self) -> None:
        """Empty the tray."""
        self._connections = [connection for connection in self._connections if not connection.closed]
        for connection in self._connections:
            connection.data.clear()

    def _serve(self, listener: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            while not self._ending.is_set():
                if self.stalled:
                    self._ending.wait(0.02)  # unread bytes would make `select` answer at once, again and again
                for key, _events in selector.select(timeout=0.05):
                    if key.fileobj is listener:
                        self._accept(listener, selector)
                    elif not self.stalled:
                        self._receive(key.data, selector)

    def _accept(self, listener: socket.socket, selector: selectors.BaseSelector) -> None:
        accepted, _address = listener.accept()
        connection = _Connection(accepted)
        self._connections.append(connection)
        selector.register(accepted, selectors.EVENT_READ, connection)

    def _receive(self, connection: _Connection, selector: selectors.BaseSelector) -> None:
        try:
            data = connection.socket.recv(65_536)
        except OSError:
            data = b""
        if not data:
            selector.unregister(connection.socket)
            connection.socket.close()
            connection.closed = True
            return
        # A question may stand between two jobs of one connection, never inside a picture: the two bytes are answered
        # only when they begin what was just received, as programs send them alone.
        while data.startswith(STATUS_COMMAND) and len(data) >= STATUS_LENGTH:
            self._answer(connection, data[2])
            data = data[STATUS_LENGTH:]
        if not self.keeps_nothing:
            connection.data += data
        if data and self._stalls_in_ticket:
            self._stalls_in_ticket, self.stalled = False, True

    def _answer(self, connection: _Connection, question: int) -> None:
        if self.answers:
            connection.socket.sendall(bytes([self._state(question)]))

    def _state(self, question: int) -> int:
        always = 0x12
        offline = self.cover_open or self.paper is Paper.OUT
        if question == 1:
            return always | (0x08 if offline else 0)
        if question == 2:
            return always | (0x04 if self.cover_open else 0) | (0x20 if self.paper is Paper.OUT else 0)
        if question == 4:
            return always | {Paper.OK: 0, Paper.LOW: 0x0C, Paper.OUT: 0x6C}[self.paper]
        return always
