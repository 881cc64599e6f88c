"""In which distinct sets of channels and procedures a counter is open, and how a day's lanes come about."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from eguichet_rdv.common.cells import cells_of_day, first_cell_of, wall_cell
from eguichet_rdv.scheduling.domain.masks import span
from eguichet_rdv.scheduling.enums import Channel
from eguichet_rdv.townhall.models import Closure, ExceptionalOpening, OpeningPeriod


@dataclass(frozen=True, slots=True)
class Lane:
    """One set: who may take these times, and for what. ``procedures`` empty = all the counter handles."""

    online: bool = True
    clerk: bool = True
    walk_in: bool = True
    releases_at: str = ""
    procedures: frozenset[int] = frozenset()
    closed_services: frozenset[int] = frozenset()

    def admits(self, channel: Channel | None, procedures: Iterable[int], services: Iterable[int], clock: str) -> bool:
        """Whether ``channel`` (``None`` = walk-in) may use it; ``clock`` is the wall clock ``HH:MM`` on its day."""
        open_to = {None: self.walk_in, Channel.CLERK: self.clerk}.get(channel, self.online)
        return (
            open_to
            and self.releases_at <= clock
            and (not self.procedures or self.procedures.issuperset(procedures))
            and self.closed_services.isdisjoint(services)
        )


def write_lanes(lanes: Iterable[Lane]) -> str:
    """The lanes as ``AgendaDay.lanes`` keeps them."""
    return json.dumps(
        [
            [
                int(lane.online) + 2 * int(lane.clerk) + 4 * int(lane.walk_in),
                lane.releases_at,
                sorted(lane.procedures),
                sorted(lane.closed_services),
            ]
            for lane in lanes
        ],
        separators=(",", ":"),
    )


@lru_cache(maxsize=1024)
def read_lanes(text: str) -> tuple[Lane, ...]:
    """The inverse of ``write_lanes``; most days of a year share one text."""
    return tuple(
        Lane(bool(flags & 1), bool(flags & 2), bool(flags & 4), release, frozenset(procedures), frozenset(services))
        for flags, release, procedures, services in (json.loads(text) if text else ())
    )


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that decides one counter's days. ``procedures`` maps the id of a period to its procedure ids."""

    tz: ZoneInfo
    periods: tuple[OpeningPeriod, ...]
    procedures: Mapping[int, frozenset[int]]
    exceptions: tuple[Closure | ExceptionalOpening, ...]
    """Of location and counter, the narrower scope last, at equal scope the later row last: the last one wins."""
    service_closures: tuple[Closure, ...]


def lanes_of_day(rules: Rules, day: date) -> dict[Lane, int]:
    """The open mask of each lane of ``day``: periods − closures + exceptional openings."""
    lanes: dict[Lane, int] = {}
    for period in rules.periods:
        if applies(period, day):
            lane = Lane(
                period.for_online,
                period.for_clerk,
                period.for_walk_in,
                f"{period.releases_at:%H:%M}" if period.releases_at else "",
                rules.procedures.get(period.pk, frozenset()),
            )
            lanes[lane] = lanes.get(lane, 0) | hours_mask(day, period.opens, period.closes, rules.tz)
    for row in rules.exceptions:
        if row.first_date <= day <= row.last_date:
            mask = hours_mask(day, row.opens, row.closes, rules.tz)
            if isinstance(row, Closure):
                lanes = {lane: opened & ~mask for lane, opened in lanes.items()}
            else:
                lane = Lane(row.for_online, row.for_clerk, row.for_walk_in)
                lanes[lane] = lanes.get(lane, 0) | mask
    for closure in rules.service_closures:
        if closure.first_date <= day <= closure.last_date and closure.service_id is not None:
            mask = hours_mask(day, closure.opens, closure.closes, rules.tz)
            lanes = _close_service(lanes, closure.service_id, mask)
    return {lane: opened for lane, opened in lanes.items() if opened}


def _close_service(lanes: Mapping[Lane, int], service: int, mask: int) -> dict[Lane, int]:
    split: dict[Lane, int] = {}
    for lane, opened in lanes.items():
        closed = replace(lane, closed_services=lane.closed_services | {service})
        for key, part in ((lane, opened & ~mask), (closed, opened & mask)):
            split[key] = split.get(key, 0) | part
    return split


def applies(period: OpeningPeriod, day: date) -> bool:
    """Whether the weekly rule counts on ``day``."""
    if day.weekday() != period.weekday:
        return False
    if (period.valid_from and day < period.valid_from) or (period.valid_until and day > period.valid_until):
        return False
    if period.nth_of_month and (day.day - 1) // 7 + 1 != period.nth_of_month:
        return False
    if period.every_weeks > 1 and period.valid_from:
        monday = period.valid_from.toordinal() - period.valid_from.weekday()
        return (day.toordinal() - monday) // 7 % period.every_weeks == 0
    return True


def hours_mask(day: date, opens: time | None, closes: time | None, tz: ZoneInfo) -> int:
    """The cells between two hours of the wall clock; without hours the whole day."""
    midnight = first_cell_of(day, tz)
    first = wall_cell(day, opens, tz) - midnight if opens else 0
    end = wall_cell(day, closes, tz) - midnight if closes else cells_of_day(day, tz)
    return span(first, end - first)
