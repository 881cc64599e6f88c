"""What the page must hear: a short feed it asks for again and again (long poll)."""

import threading
import time
from collections import deque
from dataclasses import dataclass

from eguichet_kiosk_bridge.answers import Json

# An event nobody fetched in this time is no longer true for whoever stands there now.
KEPT_SECONDS = 30.0
KEPT_EVENTS = 50


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; `place` rises by one."""

    place: int
    born: float
    body: Json


class EventFeed:
    """Events in order, for any number of waiting pages."""

    def __init__(self) -> None:
        """Start empty."""
        self._changed = threading.Condition()
        self._events: deque[Event] = deque(maxlen=KEPT_EVENTS)
        self._closed = False
        self.last = 0
        self.waiting_pages = 0

    def post(self, kind: str, **values: object) -> None:
        """Tell every page."""
        with self._changed:
            self.last += 1
            self._events.append(Event(self.last, time.monotonic(), {"type": kind, **values}))
            self._changed.notify_all()

    def wait_after(self, place: int, within: float) -> list[Event]:
        """Return the events after a place, waiting up to `within` seconds for the first."""
        with self._changed:
            self.waiting_pages += 1
            try:
                self._changed.wait_for(lambda: self._closed or self.last > place, within)
            finally:
                self.waiting_pages -= 1
            self._forget_old()
            return [event for event in self._events if event.place > place]

    def close(self) -> None:
        """Let every waiting page go."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _forget_old(self) -> None:
        while self._events and time.monotonic() - self._events[0].born > KEPT_SECONDS:
            self._events.popleft()
