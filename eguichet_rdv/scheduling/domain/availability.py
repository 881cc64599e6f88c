"""From which times can the wish be had? One query for the days, one for the counters unless they are known."""

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from eguichet_rdv.common.cells import CELL, cell_of, cells_in, cells_of_day, first_cell_of, time_of, wall_cell
from eguichet_rdv.scheduling.domain.masks import bits, offered_starts, read_mask, span, starts_of_runs
from eguichet_rdv.scheduling.domain.placing import admitted_mask, wall_clock_on
from eguichet_rdv.scheduling.domain.refusals import TimeNotOffered
from eguichet_rdv.scheduling.domain.wanted import Leg, Wanted, plan_legs
from eguichet_rdv.scheduling.enums import Channel
from eguichet_rdv.scheduling.models import AgendaDay

CLERK_HORIZON_DAYS = 365
FROM_MIDNIGHT = tuple(CELL * bit for bit in range(288))
"""Thousands of times are made for one answer; adding is ten times quicker than converting between zones."""

DayRow = tuple[str, bytes | memoryview, bytes | memoryview]
"""Lanes, open masks and taken mask of one counter's day, as the database gives them."""


def find_starts(wanted: Wanted, first: date, last: date, *, now: datetime) -> dict[date, list[datetime]]:
    """The offered starts of each day from ``first`` to ``last`` (both included), local to the place and ascending.

    Days without a free time are left out. A start not in this list may still be accepted when it is free.
    """
    legs = plan_legs(wanted)
    earliest, latest = bounds(wanted, now)
    tz = wanted.location.tz
    first, last = max(first, wanted.location.local(earliest).date()), min(last, latest)
    days: dict[date, dict[int, DayRow]] = defaultdict(dict)
    rows = AgendaDay.objects.filter(
        counter__in=frozenset().union(*(leg.counters for leg in legs)), date__range=(first, last)
    )
    for counter, day, lanes, opened, taken in rows.values_list("counter_id", "date", "lanes", "open", "taken"):
        if lanes != "[]":
            days[day][counter] = (lanes, opened, taken)
    found: dict[date, list[datetime]] = {}
    step = _step_of(wanted) or legs[0].cells
    soonest = cell_of(earliest + CELL - timedelta(microseconds=1))
    for day in sorted(days):
        midnight = first_cell_of(day, tz)
        clock = wall_clock_on(wanted.location, day, now)
        mask = -1
        for leg in legs:
            mask &= _offered_in(leg, days[day], step, (wanted.channel, clock)) >> leg.offset
        mask &= ~span(0, max(soonest - midnight, 0))
        mask &= span(0, _end_of_starts(wanted, day) - midnight)
        if mask:
            found[day] = _local_starts(day, mask, tz)
    return found


def _local_starts(day: date, mask: int, tz: ZoneInfo) -> list[datetime]:
    """The moments of a day's cells. On a day without a change of clocks the wall clock can be counted on."""
    midnight = datetime.combine(day, time(), tz)
    if cells_of_day(day, tz) == len(FROM_MIDNIGHT):
        return [midnight + FROM_MIDNIGHT[bit] for bit in bits(mask)]
    return [time_of(cell_of(midnight) + bit).astimezone(tz) for bit in bits(mask)]


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


def _offered_in(leg: Leg, rows: dict[int, DayRow], step: int, by: tuple[Channel, str]) -> int:
    """The offered starts of one leg on one day, over all its counters; ``by`` is the channel and the wall clock."""
    mask = 0
    for counter in leg.counters & rows.keys():
        lanes, opened, taken = rows[counter]
        admitted = admitted_mask(lanes, opened, leg, *by)
        if admitted:
            mask |= _starts(admitted, read_mask(taken), leg, step)
    return mask


def _starts(admitted: int, taken: int, leg: Leg, step: int) -> int:
    """Of the first leg the offered starts, of later ones every possible one: they begin when the first is over."""
    if leg.offset:
        return starts_of_runs(admitted & ~taken, leg.cells)
    return offered_starts(admitted, taken, leg.cells, step)
