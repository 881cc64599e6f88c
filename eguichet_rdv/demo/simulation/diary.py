"""What the clients of the simulated day were told: the judge compares it with the database."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Diary:
    """Kept by all agents of one process."""

    tickets: dict[str, str] = field(default_factory=dict)
    """Number acknowledged at a kiosk → reference of the appointment, empty without one."""
    refused: Counter[str] = field(default_factory=Counter)
    """Outcomes of arrivals that got no ticket."""
    faults: list[str] = field(default_factory=list)
    requests: int = 0
    slowest: float = 0.0
    """Real seconds of the longest request."""
    called: dict[int, float] = field(default_factory=dict)
    """Stop → real seconds at which its clerk pressed « call »."""
    shown: dict[int, dict[str, float]] = field(default_factory=dict)
    """Stop → screen → real seconds at which its first call was there."""

    def fault(self, text: str) -> None:
        """Something that must not happen."""
        self.faults.append(text[:300])

    @contextmanager
    def time_request(self) -> Iterator[None]:
        """Count one request and remember the longest."""
        self.requests += 1
        began = time.perf_counter()
        try:
            yield
        finally:
            self.slowest = max(self.slowest, time.perf_counter() - began)

    def press_call(self, stop: int, at: float) -> None:
        """A clerk called ``stop``, having pressed the button ``at``."""
        self.called.setdefault(stop, at)

    def show(self, screen: str, stop: int) -> None:
        """A screen has just got the call of ``stop``."""
        self.shown.setdefault(stop, {}).setdefault(screen, time.perf_counter())

    def list_delays(self, screens: int) -> list[float]:
        """Real seconds from the press of the button to the last screen, of the calls that reached all as messages."""
        return sorted(
            max(self.shown[stop].values()) - pressed
            for stop, pressed in self.called.items()
            if len(self.shown.get(stop, {})) == screens
        )
