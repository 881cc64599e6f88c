"""Start workers in a moment and kill them at a chosen word of their conversation with the mail server."""

import os
import signal
import subprocess
import threading
from types import TracebackType
from typing import Self

from tests.harness.processes import PYTHON, ROOT
from tests.harness.smtp import Phase, SmtpSink
from tests.messaging.databases import environment_for_processes

SOON = 10.0
"""Seconds."""


class Nursery:
    """A process that forks workers on this test's database, talking to ``sink``."""

    def __init__(self, sink: SmtpSink) -> None:
        self.sink = sink
        self._mother = subprocess.Popen(
            [PYTHON, "-m", "tests.messaging.worker"],
            cwd=ROOT,
            env=environment_for_processes(SINK_PORT=str(sink.port)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe in (self._mother.stdin, self._mother.stdout):
            assert pipe is not None
            pipe.close()
        self._mother.wait(timeout=10)

    def _ask(self, order: str) -> int:
        assert self._mother.stdin is not None
        assert self._mother.stdout is not None
        self._mother.stdin.write(f"{order}\n")
        self._mother.stdin.flush()
        return int(self._mother.stdout.readline())

    def start(self, mode: str = "plain", ahead: int = 0) -> int:
        """The number of a new worker whose clock is ``ahead`` seconds fast."""
        return self._ask(f"start {mode} {ahead}")

    def wait(self, number: int) -> int:
        """The exit code of a worker once it has ended."""
        return self._ask(f"wait {number}")

    def run(self, mode: str = "plain", ahead: int = 0) -> None:
        """Let one worker send all that is due."""
        assert self.wait(self.start(mode, ahead)) == 0

    def run_and_kill(self, phase: Phase, count: int, mode: str = "plain", ahead: int = 0) -> bool:
        """Let a worker run and kill it when the server sees ``phase`` for the ``count``-th time; False if it never did."""
        worker: list[int] = []
        known = threading.Event()
        seen = 0

        def kill(now: Phase) -> None:
            nonlocal seen
            seen += now is phase
            if now is phase and seen == count:
                known.wait(SOON)
                # Not reaped before `wait`, so this number is nobody else's.
                os.kill(worker[0], signal.SIGKILL)

        self.sink.watch = kill
        worker.append(self.start(mode, ahead))
        known.set()
        code = self.wait(worker[0])
        self.sink.watch = None
        assert code in {0, -signal.SIGKILL}
        return code == -signal.SIGKILL
