"""How long people waited, by kind of visitor: the same measure for a real day, a replayed one and a simulated one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

GOAL = timedelta(minutes=10)
"""Somebody on time should be called within this of their hour."""
LONGEST = timedelta(minutes=90)
"""Nobody without appointment should wait longer."""


class Kind(StrEnum):
    """Kinds of visitors that the rules of the order treat differently."""

    ON_TIME = "appointment, on time"
    LATE = "appointment, late"
    WALK_IN = "without appointment"


@dataclass(frozen=True, slots=True)
class Visit:
    """One wait: from when somebody could be called ``until`` they were, and the hour of their appointment (None: none).

    Not ``called``: they left, or wait still.
    """

    since: datetime
    until: datetime
    booked_at: datetime | None
    tolerance: timedelta
    called: bool = True

    @property
    def kind(self) -> Kind:
        """How the rules saw them."""
        if self.booked_at is None:
            return Kind.WALK_IN
        return Kind.ON_TIME if self.since <= self.booked_at + self.tolerance else Kind.LATE

    @property
    def wait(self) -> timedelta:
        """In the line, from the booked hour on if that is later; nothing for who was called before their hour."""
        since = max(self.since, self.booked_at) if self.booked_at else self.since
        return max(self.until - since, timedelta())

    @property
    def in_time(self) -> bool:
        """Whether somebody with an appointment was called within ``GOAL`` of their hour."""
        return self.called and self.booked_at is not None and self.until <= self.booked_at + GOAL


@dataclass(frozen=True, slots=True)
class Level:
    """Of one kind of visitors: how many, and their waits. ``in_time`` is the part called within ``GOAL``."""

    kind: Kind
    count: int
    median: timedelta
    ninth_decile: timedelta
    longest: timedelta
    in_time: float | None


def measure_level(visits: Iterable[Visit]) -> list[Level]:
    """One ``Level`` per kind that occurs, in the order of ``Kind``."""
    by_kind: dict[Kind, list[Visit]] = {kind: [] for kind in Kind}
    for visit in visits:
        by_kind[visit.kind].append(visit)
    return [_describe(kind, found) for kind, found in by_kind.items() if found]


def _describe(kind: Kind, visits: Sequence[Visit]) -> Level:
    waits = sorted(visit.wait for visit in visits)
    in_time = sum(visit.in_time for visit in visits) / len(visits) if kind is Kind.ON_TIME else None
    return Level(kind, len(waits), waits[len(waits) // 2], waits[int(len(waits) * 0.9)], waits[-1], in_time)


def write_levels(levels: Iterable[Level]) -> list[str]:
    """Lines for a terminal: minutes of waiting per kind."""
    lines = [f"{'':24}{'visitors':>9}{'median':>9}{'90 %':>9}{'longest':>9}{'in time':>9}"]
    for level in levels:
        minutes = (level.median, level.ninth_decile, level.longest)
        figures = "".join(f"{wait.total_seconds() / 60:>9.0f}" for wait in minutes)
        share = "" if level.in_time is None else f"{level.in_time:>9.0%}"
        lines.append(f"{level.kind:24}{level.count:>9}{figures}{share}")
    return lines
