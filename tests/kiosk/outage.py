"""Three days without network at one kiosk: who comes, what the bridge answers, and what the server holds afterwards."""

import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import uuid
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from eguichet_rdv.kiosk.keys import device_key
from eguichet_rdv.kiosk.models import UnclearArrival
from eguichet_rdv.townhall.models import Kiosk
from eguichet_rdv.waiting.models import Ticket
from tests.harness.processes import PYTHON, ROOT
from tests.harness.waiting import wait_until

CLOCK_WRONG_BY = timedelta(minutes=-10)
SLOW_KILL = 0.08
"""Seconds within which a killed request was somewhere between the first byte and the answer."""


class Gate:
    """The line to the server: a TCP forwarder that can be cut."""

    def __init__(self, port: int) -> None:
        self._target, self._open = port, threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends: set[socket.socket] = set()
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open.set()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def cut(self) -> None:
        """Break every connection and take no new one to its end."""
        self._open.clear()
        for end in list(self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Let everybody through again."""
        self._open.set()

    def close(self) -> None:
        """End; wait for those in between to have let go."""
        self.cut()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(5)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _address = self._listener.accept()
                if not self._open.is_set():
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self._target))
                threading.Thread(target=self._carry, args=(near, far), daemon=True).start()

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        with near, far:
            self._ends |= {near, far}
            back = threading.Thread(target=self._pass_on, args=(far, near), daemon=True)
            back.start()
            self._pass_on(near, far)
            back.join()
            self._ends -= {near, far}

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True)
class Visitor:
    """Somebody who comes at an hour: with an appointment (its id and a key), or without."""

    at: datetime
    request: dict[str, Any]
    appointment: int | None = None


@dataclass
class Answered:
    """What a visitor was told."""

    visitor: Visitor
    number: str
    kills: int = 0


@dataclass
class Outage:
    """One bridge, its clock, its line, and the journal of what it acknowledged."""

    kiosk: Kiosk
    gate: Gate
    folder: Path
    chance: random.Random
    forgetful: bool = False
    """The control: after each kill the bridge begins with an empty disk."""
    answered: list[Answered] = field(default_factory=list)
    turned_away: int = 0
    kills: int = 0
    _starts: int = 0
    _process: subprocess.Popen[str] | None = None
    _url: str = ""

    @property
    def _folder(self) -> Path:
        return self.folder / (f"data-{self._starts}" if self.forgetful else "data")

    def set_clock(self, now: datetime) -> None:
        """Set the kiosk's clock, which is wrong by ten minutes."""
        unfinished = self.folder / "clock.new"
        unfinished.write_text(str((now + CLOCK_WRONG_BY).timestamp()))
        unfinished.replace(self.folder / "clock")

    def start(self) -> None:
        """Start the bridge and wait for its page."""
        self._starts += 1
        settings = {
            "server": self.gate.address,
            "kiosk": self.kiosk.slug,
            "key": device_key(self.kiosk),
            "clock": str(self.folder / "clock"),
            "data_dir": str(self._folder),
        }
        command = [PYTHON, "-m", "tests.kiosk.outage_bridge", json.dumps(settings)]
        with (self.folder / "bridge.log").open("a") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self._process.stdout is not None
        self._url = self._process.stdout.readline().strip()
        assert self._url, (self.folder / "bridge.log").read_text()[-2000:]

    def kill(self) -> None:
        """SIGKILL, as the end of a process that is given no time."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self.kills += 1

    def count(self, what: str) -> int:
        """Return how many rows of a table the bridge has on its disk; asking the disk keeps nobody from working."""
        with closing(sqlite3.connect(self._folder / f"{self.kiosk.slug}.sqlite3", timeout=20)) as database:
            return int(database.execute(f"SELECT count(*) FROM {what}").fetchone()[0])  # noqa: S608 - our own words

    def health(self) -> dict[str, Any]:
        """Return what the bridge says of itself."""
        health: dict[str, Any] = httpx.get(self._url + "healthz", trust_env=False, timeout=10).json()
        return health

    def serve(self, visitors: list[Visitor], killed: set[int]) -> None:
        """Let everybody ask in turn; while those numbered in `killed` ask, the bridge is killed."""
        page = httpx.Client(trust_env=False, timeout=30)
        for count, visitor in enumerate(visitors):
            self.set_clock(visitor.at)
            killer = None
            if count in killed:
                killer = threading.Timer(self.chance.uniform(0, SLOW_KILL), self.kill)
                killer.start()
            answer = self._insist(page, visitor, killer)
            if answer.get("ticket"):
                self.answered.append(Answered(visitor, answer["ticket"]["number"]))
            else:
                self.turned_away += 1
        page.close()

    def _insist(self, page: httpx.Client, visitor: Visitor, killer: threading.Timer | None) -> dict[str, Any]:
        """Ask as the page does: the same request, under the same id, until there is an answer."""
        path = "api/check-in" if visitor.appointment else "api/walk-in"
        body = {"id": uuid.UUID(int=self.chance.getrandbits(128)).hex, "language": "fr", **visitor.request}
        answer = None
        with suppress(httpx.HTTPError):
            answer = self._ask(page, path, body)
        if killer:
            killer.join()
            self.start()
            if answer is None:
                answer = self._ask(page, path, body)
        assert answer is not None, "the bridge did not answer although it was not killed"
        return answer

    def _ask(self, page: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
        origin = {"Origin": self._url.rstrip("/")}
        response = page.post(self._url + path, json=body, headers=origin)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    def come_home(self, limit: float = 300.0) -> float:
        """Mend the line; return the seconds until nothing waits any more."""
        began = time.monotonic()
        self.gate.mend()
        wait_until(lambda: self.count("arrival WHERE state = 'pending'") == 0, limit, "everything is uploaded")
        return time.monotonic() - began

    def close(self) -> None:
        """End the bridge."""
        if self._process and self._process.poll() is None:
            self.kill()


def find_faults(outage: Outage) -> list[str]:
    """Compare what was acknowledged with what the server holds, in numbers, order and hours."""
    faults: list[str] = []
    rows = Ticket.objects.filter(kiosk=outage.kiosk).select_related("number", "location").order_by("arrived_at", "pk")
    tickets = list(rows)
    by_number = {(ticket.date, str(ticket.number)): ticket for ticket in tickets}
    if len(tickets) != len(outage.answered):
        faults.append(f"{len(outage.answered)} acknowledged, {len(tickets)} tickets")
    for answered in outage.answered:
        at = answered.visitor.at
        ticket = by_number.get((outage.kiosk.location.local(at).date(), answered.number))
        if ticket is None:
            faults.append(f"{answered.number} is lost")
        elif ticket.appointment_id != answered.visitor.appointment:
            faults.append(f"{answered.number} is somebody else's")
        elif abs(ticket.arrived_at - at) > timedelta(seconds=5):
            faults.append(f"{answered.number} came at {at}, not at {ticket.arrived_at}")
    told = [answered.number for answered in outage.answered]
    if [str(ticket.number) for ticket in tickets] != told:
        faults.append("the order changed")
    faults += [f"{ticket.number}: {ticket.to_clarify}" for ticket in tickets if ticket.to_clarify]
    faults += [f"{unclear} is parked" for unclear in UnclearArrival.objects.all()]
    return faults
