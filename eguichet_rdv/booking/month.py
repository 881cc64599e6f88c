"""The page of a month on which a day is chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR

from eguichet_rdv.common.dates import say_date, say_month, say_time

NOON = 12
Starts = Mapping[date, list[datetime]]


@dataclass(frozen=True)
class DayCell:
    """One day of the grid; ``count`` free times."""

    date: date
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class MonthPage:
    """A month in weeks from Monday; days of other months are ``None``."""

    title: str
    weekdays: list[tuple[str, str]]
    weeks: list[list[DayCell | None]]
    earlier: str
    later: str


@dataclass(frozen=True)
class TimeChoice:
    """One time as a radio: ``value`` is what is sent, ``number`` makes its id."""

    value: str
    label: str
    number: int
    checked: bool


def build_month(starts: Starts, day: date, language: str) -> MonthPage:
    """The month of ``day`` with its free days; ``earlier`` and ``later`` are days of the nearest months with some."""
    first = day.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    cells: list[DayCell | None] = [None] * first.weekday()
    current = first
    while current < after:
        cells.append(DayCell(current, say_date(current, language), len(starts.get(current, ())), current == day))
        current += timedelta(days=1)
    cells += [None] * (-len(cells) % 7)
    before = [free for free in starts if free < first]
    beyond = [free for free in starts if free >= after]
    return MonthPage(
        say_month(day, language),
        [(str(WEEKDAYS_ABBR[number]), str(WEEKDAYS[number])) for number in range(7)],
        [cells[index : index + 7] for index in range(0, len(cells), 7)],
        before_of(before),
        beyond[0].isoformat() if beyond else "",
    )


def before_of(days: list[date]) -> str:
    """The first free day of the last of these months, as text; empty without any."""
    if not days:
        return ""
    month = days[-1].replace(day=1)
    return next(day for day in days if day >= month).isoformat()


def read_day(text: str, starts: Starts) -> date | None:
    """The day asked for, if it has free times; else the first that has."""
    try:
        wanted = date.fromisoformat(text)
    except ValueError:
        wanted = None
    if wanted in starts:
        return wanted
    return min(starts, default=None)


def time_choices(times: list[datetime], language: str, *, chosen: str = "", number: int = 0) -> list[TimeChoice]:
    """Radios for these times, their ids counted from ``number``."""
    return [
        TimeChoice(value := format_start(moment), say_time(moment, language), number + index, value == chosen)
        for index, moment in enumerate(times)
    ]


def format_start(moment: datetime) -> str:
    """A time as it travels in forms: local, with its offset, so that the hour shown twice is told apart."""
    return moment.isoformat(timespec="minutes")
