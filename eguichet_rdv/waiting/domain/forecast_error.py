"""How near the waiting times told at arrival came to the real ones."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from eguichet_rdv.townhall.models import Location
from eguichet_rdv.waiting.domain.past_calls import read_calls
from eguichet_rdv.waiting.models import StopEvent


@dataclass(frozen=True, slots=True)
class ForecastError:
    """Of one day: how many people were told a range and were called, the part called within it, sooner, later.

    ``miss`` is the median distance from the range, of those called outside it.
    """

    date: date
    count: int
    inside: float
    sooner: float
    later: float
    miss: timedelta


def measure_errors(location: Location, first: date, last: date) -> list[ForecastError]:
    """One entry per day of the period on which somebody was told a waiting time, the latest first."""
    events = StopEvent.objects.filter(
        location=location,
        stop__ticket__date__range=(first, last),
        stop__foreseen_low__isnull=False,
        stop__foreseen_high__isnull=False,
    )
    facts = ("at", "stop__arrived_at", "stop__foreseen_low", "stop__foreseen_high", "stop__ticket__date")
    misses: dict[date, list[float]] = defaultdict(list)
    for (at, arrived, low, high, day), *_later in read_calls(events, *facts).values():
        waited = (at - arrived).total_seconds() / 60
        misses[day].append(min(waited - low, 0.0) if waited < low else max(waited - high, 0.0))
    return [_describe(day, found) for day, found in sorted(misses.items(), reverse=True)]


def _describe(day: date, misses: list[float]) -> ForecastError:
    outside = [abs(minutes) for minutes in misses if minutes]
    return ForecastError(
        day,
        len(misses),
        1 - len(outside) / len(misses),
        sum(minutes < 0 for minutes in misses) / len(misses),
        sum(minutes > 0 for minutes in misses) / len(misses),
        timedelta(minutes=median(outside) if outside else 0),
    )


def write_errors(errors: Iterable[ForecastError]) -> list[str]:
    """A line per day for a terminal."""
    return [
        f"waiting times told at arrival: {one.inside:.0%} of {one.count} called within the range, {one.sooner:.0%} sooner, "
        f"{one.later:.0%} later; when outside, by {one.miss.total_seconds() / 60:.0f} min (median)"
        for one in errors
    ]
