"""A clock that runs faster than the real one, the same in every process that is told of it."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from django.utils import timezone

VARIABLE = "EGUICHET_SIMULATED_CLOCK"
BEFORE = timedelta(minutes=15)
"""How long before ``began`` it is while everybody gets ready."""


class FastClock:
    """Runs as fast as the real clock until the file ``gate`` is there; from then on ``speed`` times as fast.

    When the gate opens it is ``began``.
    """

    def __init__(self, began: datetime, speed: float, gate: Path) -> None:
        self.began = began
        self.speed = speed
        self.gate = gate
        self.made = time.time()
        self.opened = 0.0

    def now(self) -> datetime:
        """The simulated hour, in UTC."""
        if not self.opened and self.gate.exists():
            self.opened = float(self.gate.read_text())
        if self.opened:
            return (self.began + timedelta(seconds=(time.time() - self.opened) * self.speed)).astimezone(UTC)
        return (self.began - BEFORE + timedelta(seconds=time.time() - self.made)).astimezone(UTC)

    def open_gate(self) -> None:
        """Let the day begin."""
        new = self.gate.with_suffix(".new")
        new.write_text(repr(time.time()))
        new.rename(self.gate)

    def seconds_until(self, moment: datetime) -> float:
        """Real seconds until the simulated ``moment``, once the gate is open; none when it is past."""
        return max((moment - self.now()).total_seconds() / self.speed, 0.0)

    def __str__(self) -> str:
        return f"{self.began.astimezone(UTC).isoformat()} {self.speed!r} {self.gate}"

    @classmethod
    def read(cls, text: str) -> Self:
        """The clock as ``str`` wrote it."""
        began, speed, gate = text.split(" ", 2)
        return cls(datetime.fromisoformat(began), float(speed), Path(gate))

    def install(self) -> None:
        """Let Django and everything on it believe this clock. For settings, before any application is loaded."""
        timezone.now = self.now
