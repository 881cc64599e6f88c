"""From which times can the wish be had? One query for the days, one for the counters unless they are known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from eguichet_rdv.common.cells import CELL, cell_of, cells_in, cells_of_day, first_cell_of, time_of, wall_cell
from eguichet_rdv.scheduling.domain.masks import (
    MASK_BYTES,
    grid,
    offered_starts,
    pick,
    span,
    starts_of_runs,
    write_mask,
)
from eguichet_rdv.scheduling.domain.placing import admitted_mask, wall_clock_on
from eguichet_rdv.scheduling.domain.refusals import TimeNotOffered
from eguichet_rdv.scheduling.domain.wanted import Leg, Wanted, plan_legs
from eguichet_rdv.scheduling.enums import Channel
from eguichet_rdv.scheduling.models import AgendaDay

CLERK_HORIZON_DAYS = 365
CELLS_OF_DAY = 288
FROM_MIDNIGHT = tuple(CELL * cell for cell in range(CELLS_OF_DAY))
CLOCK = tuple(f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in range(0, 60, 5))
"""Over a thousand times are made for one answer: looking up is ten times quicker than converting and formatting."""
STRIDE = 2 * MASK_BYTES
"""Bytes from one day to the next when days lie side by side: a gap no visit is long enough to bridge."""

DayRow = tuple[int, date, str, bytes | memoryview, bytes | memoryview]
"""Counter, date, lanes, open masks and taken mask, as the database gives them."""


Shape = tuple[int, str, bytes, str]
"""How a counter is open on a day: where the day lies, lanes, open masks, and the wall clock on it now."""


@dataclass(frozen=True, slots=True)
class _Range:
    """The days asked for: where each of them lies, and the wall clock on it now (see ``wall_clock_on``)."""

    places: Mapping[date, int]
    clocks: Mapping[date, str]
    channel: Channel
    step: int


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
    days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    if not days:
        return {}
    asked = _Range(
        places={day: STRIDE * position for position, day in enumerate(days)},
        clocks={day: wall_clock_on(wanted.location, day, now) for day in days},
        channel=wanted.channel,
        step=_step_of(wanted) or legs[0].cells,
    )
    rows = _read_rows(frozenset().union(*(leg.counters for leg in legs)), first, last)
    mask = -1
    for leg in legs:
        mask &= _offered_in(leg, rows, asked) >> leg.offset
    side_by_side = mask.to_bytes(STRIDE * len(days), "little")
    soonest = cell_of(earliest + CELL - timedelta(microseconds=1))
    found: dict[date, int] = {}
    for day, place in asked.places.items():
        mask = int.from_bytes(side_by_side[place : place + MASK_BYTES], "little")
        if mask and (mask := mask & _bookable_part(wanted, day, soonest)):
            found[day] = mask
    return found


def _read_rows(counters: frozenset[int], first: date, last: date) -> list[DayRow]:
    rows = AgendaDay.objects.filter(counter__in=counters, date__range=(first, last)).exclude(lanes="[]")
    return list(rows.order_by("counter_id", "date").values_list("counter_id", "date", "lanes", "open", "taken"))


def _offered_in(leg: Leg, rows: Iterable[DayRow], asked: _Range) -> int:
    """The offered starts of one leg over all its counters, day beside day.

    All days of a counter are computed at once: a handful of operations on long integers instead of some for each day.
    """
    size = STRIDE * len(asked.places)
    shapes: dict[int, list[Shape]] = {counter: [] for counter in leg.counters}
    takens = {counter: bytearray(size) for counter in leg.counters}
    for counter, day, lanes, opened, taken in rows:
        if counter in shapes:
            place = asked.places[day]
            shapes[counter].append((place, lanes, bytes(opened), asked.clocks[day]))
            takens[counter][place : place + MASK_BYTES] = taken
    found = 0
    for counter, shape in shapes.items():
        admitted, marks = _lay_out(tuple(shape), size, leg.procedures, leg.services, (asked.channel, asked.step))
        taken_all = int.from_bytes(takens[counter], "little")
        if leg.offset:  # later legs begin when the first is over, wherever that is
            found |= starts_of_runs(admitted & ~taken_all, leg.cells)
        else:
            found |= offered_starts(admitted, taken_all, leg.cells, marks)
    return found


@lru_cache(maxsize=256)
def _lay_out(
    shapes: tuple[Shape, ...],
    size: int,
    procedures: tuple[int, ...],
    services: tuple[int, ...],
    by: tuple[Channel, int],
) -> tuple[int, int]:
    """The admitted cells and their grid, day beside day; remembered, for most counters are open alike."""
    admitted, marks = bytearray(size), bytearray(size)
    for place, lanes, opened, clock in shapes:
        mask = admitted_mask(lanes, opened, procedures, services, (by[0], clock))
        admitted[place : place + MASK_BYTES] = write_mask(mask)
        marks[place : place + MASK_BYTES] = write_mask(grid(mask, by[1]))
    return int.from_bytes(admitted, "little"), int.from_bytes(marks, "little")


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
