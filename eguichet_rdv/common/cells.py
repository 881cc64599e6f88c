"""The grid of five minutes: a cell is the absolute number ``unix time // 300``."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

CELL = timedelta(minutes=5)
CELL_SECONDS = 300


def cell_of(moment: datetime) -> int:
    """The cell in which ``moment`` (aware) lies."""
    return int(moment.timestamp()) // CELL_SECONDS


def time_of(cell: int) -> datetime:
    """The UTC moment at which ``cell`` begins."""
    return datetime.fromtimestamp(cell * CELL_SECONDS, UTC)


def cells_in(duration: timedelta) -> int:
    """How many cells ``duration`` takes, rounded up."""
    return -(-duration // CELL)


@lru_cache(maxsize=2048)
def first_cell_of(day: date, timezone: ZoneInfo) -> int:
    """The cell at local midnight."""
    return cell_of(datetime.combine(day, time(), timezone))


@lru_cache(maxsize=2048)
def cells_of_day(day: date, timezone: ZoneInfo) -> int:
    """276, 288 or 300: the length of a local day."""
    return first_cell_of(day + timedelta(days=1), timezone) - first_cell_of(day, timezone)


def wall_cell(day: date, clock: time, timezone: ZoneInfo) -> int:
    """The cell in which the wall clock shows ``clock``; of an hour shown twice the first, of one never shown the next.

    zoneinfo turns 02:30 on a spring change into 03:30 by itself, which is the next that exists.
    """
    return cell_of(datetime.combine(day, clock, timezone))
