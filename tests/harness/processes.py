"""Child processes that are ended by their own number, never by a name."""

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.harness.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
PYTHON = str(ROOT / ".venv" / "bin" / "python")
GRACE = 8.0
"""Seconds between SIGTERM and SIGKILL."""
LOG_TAIL = 3_000


class DiedEarlyError(AssertionError):
    """The process ended before it was ready; the message holds the end of its log."""


_given: set[int] = set()
_lock = threading.Lock()


def find_free_port() -> int:
    """A TCP port of the loopback interface that was free a moment ago and that this process did not give out before.

    Another program may still be faster, so a server must prove that the answer on its port is its own
    (``PostgresServer``, ``RedisServer`` and ``Process.wait_for_line`` do).
    """
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        with _lock:
            if port not in _given:
                _given.add(port)
                return port


def is_listening(port: int, pid: int) -> bool:
    """Whether the process ``pid`` or one of its children is the one that listens on ``port`` (Linux)."""
    inodes = _list_listening_inodes(port)
    return any(inodes & _list_socket_inodes(member) for member in list_family(pid))


def list_family(pid: int) -> list[int]:
    """The process and all its descendants."""
    family = [pid]
    for member in family:
        for task in Path(f"/proc/{member}/task").glob("*/children"):
            try:
                family += [int(child) for child in task.read_text().split()]
            except OSError:
                continue  # it ended while we looked
    return family


def _list_listening_inodes(port: int) -> set[str]:
    listening = "0A"
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if not Path(table).exists():
            continue
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == listening and int(fields[1].rsplit(":", 1)[1], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    return inodes


def _list_socket_inodes(pid: int) -> set[str]:
    inodes = set()
    try:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            try:
                inodes.add(str(descriptor.readlink()))
            except OSError:
                continue
    except OSError:
        return set()
    return inodes


class Process:
    """One child process with its log in a file. Use it as a context manager or call ``stop()``.

    ``user`` runs it under another account (needs root). It is ended with SIGTERM, then SIGKILL, by its own number;
    whatever it started and left behind is ended the same way.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
        user: str | None = None,
    ) -> None:
        self.command = list(command)
        self.log = log
        self._output = log.open("ab")
        self._child = subprocess.Popen(
            self.command,
            cwd=cwd,
            env=None if env is None else dict(env),
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            # Of its own session: Ctrl-C on the terminal reaches the test run alone, which then ends it in order.
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._child.pid

    @property
    def code(self) -> int | None:
        """Exit code, negative for a signal; ``None`` while it runs."""
        return self._child.poll()

    def read_log(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def fail_if_dead(self) -> None:
        """Raise ``DiedEarlyError`` with the end of the log when it no longer runs."""
        if self.code is not None:
            raise DiedEarlyError(f"{self.command[0]} ended with {self.code}:\n{self.read_log()[-LOG_TAIL:]}")

    def wait_for_port(self, port: int, limit: float = 30.0) -> None:
        """Wait until this process (or a child) listens on the port; an answer of somebody else does not count."""

        def listening_or_dead() -> bool:
            return self.code is not None or is_listening(port, self.pid)

        wait_until(listening_or_dead, limit, f"{self.command[0]} listens on {port}; its log: {self.log}")
        self.fail_if_dead()

    def wait_for_line(self, text: str, limit: float = 30.0) -> str:
        """Wait until the log has a line with ``text``; that line."""

        def line_or_dead() -> str:
            lines = [line for line in self.read_log().splitlines() if text in line]
            return lines[0] if lines else "" if self.code is None else "\0"

        line = wait_until(line_or_dead, limit, f"« {text} » in {self.log}")
        if line == "\0":
            self.fail_if_dead()
        return line

    def wait(self, limit: float = 30.0) -> int:
        """Exit code once it has ended by itself."""
        return self._child.wait(timeout=limit)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to this one process (SIGSTOP freezes it, SIGCONT wakes it)."""
        if self.code is None:
            self._child.send_signal(number)

    def kill(self) -> None:
        """End it at once, as ``kill -9`` or a crash would, together with its children."""
        self._end(signal.SIGKILL)
        self._child.wait(timeout=GRACE)
        self._output.close()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, insist after a while; its exit code."""
        family = list_family(self.pid)
        if self.code is None:
            self._child.send_signal(number)
            try:
                self._child.wait(timeout=GRACE)
            except subprocess.TimeoutExpired:
                self._end(signal.SIGKILL)
        for member in family[1:]:
            self._end_orphan(member)
        self._output.close()
        return self._child.wait(timeout=GRACE)

    def _end(self, number: signal.Signals) -> None:
        for member in reversed(list_family(self.pid)):
            try:
                os.kill(member, number)
            except ProcessLookupError:
                continue

    def _end_orphan(self, pid: int) -> None:
        """End a left-over child. Its session is ours, so a number used again by a stranger is never hit."""
        try:
            if os.getsid(pid) == self.pid:
                os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return
