"""A thread that does one thing again and again, and survives its failures."""

import logging
import threading
from collections.abc import Callable

logger = logging.getLogger(__name__)


class Repeating:
    """Calls `action` at once, then every `interval` seconds, or sooner when woken."""

    def __init__(self, name: str, interval: float, action: Callable[[], object]) -> None:
        """Prepare the thread; nothing runs before `start`."""
        self.interval = interval
        self._action = action
        self._awake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Do the next round now."""
        self._awake.set()

    def stop(self, timeout: float = 2.0) -> None:
        """End after the round in progress, waiting `timeout` seconds at most."""
        self._stopping.set()
        self._awake.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._awake.clear()
            try:
                self._action()
            except Exception:  # a fault in one round must not end the rounds of the day
                logger.exception("%s failed", self._thread.name)
            self._awake.wait(self.interval)
