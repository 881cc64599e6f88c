"""Every slot of the days round a change of clocks is at its printed hour, from 2026 to 2030."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

import pytest

from eguichet_rdv.common.cells import cell_of, cells_of_day, first_cell_of, time_of
from eguichet_rdv.scheduling.domain.agenda import build_days, check_agenda
from eguichet_rdv.scheduling.domain.availability import find_starts
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.refusals import TimeNotOffered
from eguichet_rdv.scheduling.enums import Channel
from eguichet_rdv.townhall.models import OpeningPeriod
from tests.town import Town, make_town

pytestmark = [pytest.mark.django_db, pytest.mark.db]

CHANGES = [
    date(2027, 3, 28),
    date(2027, 10, 31),
    date(2028, 3, 26),
    date(2028, 10, 29),
    date(2029, 3, 25),
    date(2029, 10, 28),
    date(2030, 3, 31),
    date(2030, 10, 27),
]


def open_around(change: date, opens: str, closes: str) -> tuple[Town, datetime, list[date]]:
    """One counter open every day of the week round the change, and a « now » six days before."""
    now = datetime.combine(change - timedelta(days=6), time(6), UTC)
    town = make_town(counters=1, now=now)
    OpeningPeriod.objects.all().delete()
    OpeningPeriod.objects.bulk_create(
        OpeningPeriod(
            counter=town.counters[0],
            weekday=weekday,
            opens=time.fromisoformat(opens),
            closes=time.fromisoformat(closes),
        )
        for weekday in range(7)
    )
    days = [change + timedelta(days=offset) for offset in range(-4, 4)]
    build_days(town.counters[0], days)
    return town, now, days


@pytest.mark.parametrize("change", CHANGES)
def test_mornings_keep_their_hours_on_the_wall(change: date) -> None:
    town, now, days = open_around(change, "08:30", "12:00")
    found = find_starts(town.wanted(), days[0], days[-1], now=now)
    expected = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(510, 720, 15)]
    assert {day: [f"{start:%H:%M}" for start in starts] for day, starts in found.items()} == dict.fromkeys(
        days, expected
    )
    made = book(town.wanted(), found[change][0], Person("Name"), language="fr", now=now, intent=uuid4())
    assert f"{town.location.local(made.start):%H:%M}" == "08:30"
    assert not [row for row in check_agenda(now) if row.date in days]


@pytest.mark.parametrize("change", CHANGES)
def test_the_night_has_the_hours_it_has(change: date) -> None:
    """Open from one to four at night: three hours, of which spring takes one and autumn gives one."""
    town, now, days = open_around(change, "01:00", "04:00")
    found = find_starts(town.wanted(channel=Channel.CLERK), days[0], days[-1], now=now)
    hours = {day: len(starts) / 4 for day, starts in found.items()}
    assert hours == dict.fromkeys(days, 3.0) | {change: 2.0 if change.month == 3 else 4.0}
    if change.month == 3:
        assert not [start for start in found[change] if start.hour == 2]


@pytest.mark.parametrize("change", CHANGES)
def test_days_have_their_cells_and_cells_their_moments(change: date) -> None:
    town, _now, _days = open_around(change, "08:30", "12:00")
    tz = town.location.tz
    assert cells_of_day(change, tz) == (276 if change.month == 3 else 300)
    for offset in (0, 30, 200):
        cell = first_cell_of(change, tz) + offset
        assert cell_of(time_of(cell)) == cell


def test_an_hour_that_never_comes_is_not_offered() -> None:
    town, now, _days = open_around(date(2027, 3, 28), "08:30", "12:00")
    missing = datetime(2027, 3, 28, 2, 30, tzinfo=town.location.tz)
    with pytest.raises(TimeNotOffered):
        book(town.wanted(), missing, Person("Name"), language="fr", now=now, intent=uuid4())
