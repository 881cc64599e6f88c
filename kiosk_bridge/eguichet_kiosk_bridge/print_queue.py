"""Tickets on their way to paper, one after the other; one that waited too long dies."""

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from eguichet_kiosk_bridge.printer import Printed, Printer

logger = logging.getLogger(__name__)

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
            try:
                job.tell(self._print(job))
            except Exception:  # a fault with one ticket must not end the printing of the day
                logger.exception("the end of a ticket could not be noted")

    def _print(self, job: Job) -> Printed:
        if self._now() - job.born > DIES_AFTER:
            return Printed.NOTHING_SENT
        try:
            return self._printer.print(job.ticket)
        except Exception:  # what was sent before is not known
            logger.exception("a ticket could not be printed")
            return Printed.FAILED
