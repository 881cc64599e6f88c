"""From which times can the wish be had? One query for the days, one for the counters unless they are known."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from eguichet_rdv.common.cells import CELL, cell_of, cells_in, cells_of_day, first_cell_of, time_of, wall_cell
from eguichet_rdv.scheduling.domain.day_lists import STRIDE, Hours, read_days
from eguichet_rdv.scheduling.domain.masks import (
    MASK_BYTES,
    grid,
    offered_starts,
    pick,
    read_mask,
    span,
    starts_of_runs,
    write_mask,
)
from eguichet_rdv.scheduling.domain.placing import admitted_mask, wall_clock_on
from eguichet_rdv.scheduling.domain.refusals import TimeNotOffered
from eguichet_rdv.scheduling.domain.wanted import Leg, Wanted, plan_legs
from eguichet_rdv.scheduling.enums import Channel

CLERK_HORIZON_DAYS = 365
CELLS_OF_DAY = 288
FROM_MIDNIGHT = tuple(CELL * cell for cell in range(CELLS_OF_DAY))
CLOCK = tuple(f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in range(0, 60, 5))
"""Over a thousand times are made for one answer: looking up is ten times quicker than converting and formatting."""


@dataclass(frozen=True, slots=True)
class _Asker:
    """For whom: the channel, the cells between two offered starts, and the wall clock now.

    ``today`` and ``clock`` decide which kept hours are released, ``None`` and ``""`` when today is not asked for.
    """

    channel: Channel
    step: int
    today: date | None
    clock: str


def find_starts(wanted: Wanted, first: date, last: date, *, now: datetime) -> dict[date, list[datetime]]:
    """The offered starts of each day from ``first`` to ``last`` (both included), local to the place and ascending.

    Days without a free time are left out. A start not in this list may still be accepted when it is free.
    """
    tz = wanted.location.tz
    return {day: _local_starts(day, mask, tz) for day, mask in find_masks(wanted, first, last, now=now).items()}


def find_clock_times(wanted: Wanted, first: date, last: date, *, now: datetime) -> dict[date, list[str]]:
    """The same as ``HH:MM`` on the clock of the place."""
    tz = wanted.location.tz
    found: dict[date, list[str]] = {}
    for day, mask in find_masks(wanted, first, last, now=now).items():
        if cells_of_day(day, tz) == CELLS_OF_DAY:
            found[day] = pick(mask, CLOCK)
        else:
            found[day] = [f"{start:%H:%M}" for start in _local_starts(day, mask, tz)]
    return found


def find_masks(wanted: Wanted, first: date, last: date, *, now: datetime) -> dict[date, int]:
    """The offered starts of each day as a mask; days without any are left out."""
    legs = plan_legs(wanted)
    earliest, latest = bounds(wanted, now)
    first, last = max(first, wanted.location.local(earliest).date()), min(last, latest)
    if first > last:
        return {}
    step = _step_of(wanted) or legs[0].cells
    today = first if first == wanted.location.local(now).date() else None  # the day cannot be an earlier one
    asker = _Asker(wanted.channel, step, today, wall_clock_on(wanted.location, first, now))
    rows = read_days(frozenset().union(*(leg.counters for leg in legs)), first, last)
    offers = [_offered_in(leg, rows, asker) for leg in legs]
    soonest = cell_of(earliest + CELL - timedelta(microseconds=1))
    found: dict[date, int] = {}
    for day in sorted(offers[0]):
        mask = _bookable_part(wanted, day, soonest)
        for leg, offered in zip(legs, offers, strict=True):
            mask &= offered.get(day, 0) >> leg.offset
        if mask:
            found[day] = mask
    return found


def _offered_in(leg: Leg, rows: Iterable[tuple[int, Hours, int]], asker: _Asker) -> dict[date, int]:
    """The offered starts of one leg over all its counters.

    All days of a counter are computed at once: a handful of operations on long integers instead of some for each day.
    """
    side_by_side: dict[str, tuple[list[date], int]] = {}
    for counter, hours, taken in rows:
        if counter not in leg.counters:
            continue
        admitted, marks = _lay_out(hours, leg.procedures, leg.services, asker)
        if leg.offset:  # later legs begin when the first is over, wherever that is
            offered = starts_of_runs(admitted & ~taken, leg.cells)
        else:
            offered = offered_starts(admitted, taken, leg.cells, marks)
        days, others = side_by_side.get(hours.dates) or (hours.days, 0)
        side_by_side[hours.dates] = days, others | offered
    found: dict[date, int] = defaultdict(int)
    for days, mask in side_by_side.values():
        laid = mask.to_bytes(STRIDE * len(days), "little")
        for position, day in enumerate(days):
            found[day] |= read_mask(laid[STRIDE * position : STRIDE * position + MASK_BYTES])
    return found


@lru_cache(maxsize=256)
def _lay_out(hours: Hours, procedures: tuple[int, ...], services: tuple[int, ...], asker: _Asker) -> tuple[int, int]:
    """The admitted cells and their grid, day beside day; remembered, for most counters are open alike."""
    admitted, marks = bytearray(), bytearray()
    gap = bytes(STRIDE - MASK_BYTES)
    for day, lanes, opened in zip(hours.days, hours.lanes.split(" "), hours.opened.split(" "), strict=True):
        by = asker.channel, asker.clock if day == asker.today else ""
        mask = admitted_mask(lanes, bytes.fromhex(opened), procedures, services, by)
        admitted += write_mask(mask) + gap
        marks += write_mask(grid(mask, asker.step)) + gap
    return read_mask(admitted), read_mask(marks)


def _bookable_part(wanted: Wanted, day: date, soonest: int) -> int:
    """The cells of ``day`` from the cell ``soonest`` to the last start."""
    midnight = first_cell_of(day, wanted.location.tz)
    after = max(soonest - midnight, 0)
    return span(after, _end_of_starts(wanted, day) - midnight - after)


def _local_starts(day: date, mask: int, tz: ZoneInfo) -> list[datetime]:
    """The moments of a day's cells. On a day without a change of clocks the wall clock can be counted on."""
    midnight = datetime.combine(day, time(), tz)
    length = cells_of_day(day, tz)
    if length == CELLS_OF_DAY:
        return [midnight + distance for distance in pick(mask, FROM_MIDNIGHT)]
    return [time_of(cell_of(midnight) + cell).astimezone(tz) for cell in pick(mask, range(length))]


def find_alternatives(wanted: Wanted, start: datetime, *, now: datetime, count: int = 3) -> list[datetime]:
    """The ``count`` free times nearest to ``start`` within a week before and four weeks after."""
    day = wanted.location.local(start).date()
    for before, after in ((0, 7), (7, 28)):
        found = find_starts(wanted, day - timedelta(days=before), day + timedelta(days=after), now=now)
        times = sorted(
            (time for times in found.values() for time in times), key=lambda time: (abs(time - start), time < start)
        )
        if len(times) >= count:
            break
    return sorted(times[:count])


def find_first(wanted: Wanted, *, now: datetime) -> datetime | None:
    """The earliest free time within the horizon."""
    first = wanted.location.local(now).date()
    _earliest, latest = bounds(wanted, now)
    while first <= latest:
        # In growing windows: mostly something is free this week, and reading sixty days to find it is waste.
        last = first + timedelta(days=13)
        if found := find_starts(wanted, first, min(last, latest), now=now):
            return found[min(found)][0]
        first = last + timedelta(days=1)
    return None


def refuse_untimely(wanted: Wanted, start: datetime, *, now: datetime) -> None:
    """Raise ``TimeNotOffered`` for a start off the grid, too soon, too far, or after the last start of the day."""
    earliest, latest = bounds(wanted, now)
    day = wanted.location.local(start).date()
    if time_of(cell_of(start)) != start.astimezone(UTC) or start < earliest or day > latest:
        raise TimeNotOffered
    if cell_of(start) >= _end_of_starts(wanted, day):
        raise TimeNotOffered


def bounds(wanted: Wanted, now: datetime) -> tuple[datetime, date]:
    """The earliest moment and the last day that may be booked."""
    today = wanted.location.local(now).date()
    if wanted.channel == Channel.CLERK:
        return now, today + timedelta(days=CLERK_HORIZON_DAYS)
    notice = max(item.procedure.notice_minutes for item in wanted.items)
    horizon = min(item.procedure.horizon_days for item in wanted.items)
    return now + timedelta(minutes=notice), today + timedelta(days=horizon)


def _end_of_starts(wanted: Wanted, day: date) -> int:
    """The cell from which on nothing may start on ``day``."""
    tz = wanted.location.tz
    limits = [item.procedure.last_start for item in wanted.items if item.procedure.last_start]
    if not limits:
        return first_cell_of(day + timedelta(days=1), tz)
    return wall_cell(day, time.fromisoformat(min(limits)), tz) + 1


def _step_of(wanted: Wanted) -> int:
    """The cells between two offered starts, 0 when no procedure names them."""
    return cells_in(timedelta(minutes=max(item.procedure.step_minutes for item in wanted.items)))
