"""Tickets on their way to paper, one after the other; one that waited too long dies."""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from eguichet_kiosk_bridge.printer import Printed, Printer

DIES_AFTER = 60.0


@dataclass(frozen=True, slots=True)
class Job:
    """One ticket; `tell` hears once how it ended."""

    ticket: bytes
    tell: Callable[[Printed], None]
    born: float


class PrintQueue:
    """A thread that prints."""

    def __init__(self, printer: Printer, now: Callable[[], float] = time.monotonic) -> None:
        """Prepare the thread."""
        self._printer, self._now = printer, now
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="printing", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the ticket in progress."""
        self._jobs.put(None)
        if self._thread.is_alive():
            self._thread.join(5)

    def add(self, ticket: bytes, tell: Callable[[Printed], None]) -> None:
        """Print a ticket as soon as the printer is free."""
        self._jobs.put(Job(ticket, tell, self._now()))

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            late = self._now() - job.born > DIES_AFTER
            job.tell(Printed.NOTHING_SENT if late else self._printer.print(job.ticket))
