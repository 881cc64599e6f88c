"""Child processes that never outlive the one that started them."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
GRACE = 6.0
"""Seconds between asking a child to end and ending it."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
LONG_LIFE = 60.0
"""After so many seconds of work a child that ends is started again at once."""
LOG_TAIL = 2000


@dataclass
class Child:
    """A program to be kept running; what it prints goes to ``log``.

    ``vital``: without it everything stops. ``last_signal`` is what it gets when this program was killed.
    """

    name: str
    command: Sequence[str]
    log: Path
    env: Mapping[str, str]
    vital: bool = False
    pass_fds: Sequence[int] = ()
    last_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    again_at: float = 0.0

    def start(self) -> None:
        """Start it in the process group of this program; it is told to end when this program is gone."""
        self.started = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                list(self.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self.env),
                pass_fds=tuple(self.pass_fds),
                # This program has one thread, so it is safe to work between fork and exec.
                preexec_fn=_end_with(os.getpid(), self.last_signal) if sys.platform == "linux" else None,  # noqa: PLW1509
            )

    @property
    def running(self) -> bool:
        """Whether it has been started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def plan_restart(self) -> float:
        """Say when to start it again: later each time, unless it had worked for a while. Returns the pause."""
        pause = FIRST_PAUSE if time.monotonic() - self.started > LONG_LIFE else self.pause
        self.pause = min(pause * 2, LONGEST_PAUSE)
        self.again_at = time.monotonic() + pause
        return pause

    def read_log(self) -> str:
        """The end of what it has printed."""
        return self.log.read_text("utf-8", "replace")[-LOG_TAIL:] if self.log.exists() else ""


def stop_children(children: Sequence[Child]) -> None:
    """Ask all to end, wait, and end what is left, with whatever they have started themselves."""
    running = [child.process for child in children if child.process is not None and child.running]
    family = {member for process in running for member in _list_family(process.pid)}
    for process in running:
        process.send_signal(signal.SIGTERM)
    limit = time.monotonic() + GRACE
    for process in running:
        try:
            process.wait(max(limit - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pid, born in family:
        # The hour of birth tells a process from a later one with the same number.
        if _birth_of(pid) == born:
            os.kill(pid, signal.SIGKILL)


def _end_with(parent: int, last_signal: signal.Signals) -> Callable[[], None]:
    """What a new child does first: ask the kernel to be told when ``parent`` ends, however it ends."""
    libc = ctypes.CDLL(None, use_errno=True)

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, last_signal)
        if os.getppid() != parent:
            os._exit(1)

    return tie


def _list_family(pid: int) -> set[tuple[int, str]]:
    """The process and its descendants (Linux), each with its hour of birth."""
    members, found = [pid], set()
    for member in members:
        born = _birth_of(member)
        if born:
            found.add((member, born))
        for tasks in Path(f"/proc/{member}/task").glob("*/children"):
            try:
                members += [int(child) for child in tasks.read_text().split()]
            except OSError:
                continue
    return found


def _birth_of(pid: int) -> str:
    """When the process began, in ticks since the computer was started; empty when there is none (any more)."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state == "Z" else fields[18]
