"""Every slot and reminder of the days round a change of clocks is at its printed hour, from 2026 to 2030."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

import pytest
import vobject

from eguichet_rdv.common.cells import cell_of, cells_of_day, first_cell_of, time_of
from eguichet_rdv.messaging.models import Message
from eguichet_rdv.scheduling.domain.agenda import build_days, check_agenda
from eguichet_rdv.scheduling.domain.availability import find_starts
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.refusals import TimeNotOffered
from eguichet_rdv.scheduling.enums import Channel
from eguichet_rdv.scheduling.messages import reminder_due
from eguichet_rdv.scheduling.models import AgendaDay, Appointment, Reservation
from eguichet_rdv.scheduling.papers import render_calendar
from eguichet_rdv.scheduling.papers.wordings import Told
from eguichet_rdv.townhall.models import OpeningPeriod
from tests.town import Town, make_town

pytestmark = [pytest.mark.django_db, pytest.mark.db]

SPRING = [date(2026, 3, 29), date(2027, 3, 28), date(2028, 3, 26), date(2029, 3, 25), date(2030, 3, 31)]
AUTUMN = [date(2026, 10, 25), date(2027, 10, 31), date(2028, 10, 29), date(2029, 10, 28), date(2030, 10, 27)]
CHANGES = sorted(SPRING + AUTUMN)
NEVER_SHOWN = re.compile("02:..")
"""An hour that is left out on the day of a change in spring."""


@pytest.fixture
def town() -> Town:
    """One counter, open on every day of the week, nothing in the agenda yet."""
    town = make_town(counters=1, now=before(CHANGES[0]))
    hours = {"opens": time(8, 30), "closes": time(12)}
    OpeningPeriod.objects.bulk_create(
        OpeningPeriod(counter=town.counters[0], weekday=weekday, **hours) for weekday in (5, 6)
    )
    AgendaDay.objects.all().delete()
    return town


def before(change: date) -> datetime:
    """A « now » six days before."""
    return datetime.combine(change - timedelta(days=6), time(6), UTC)


def open_daily(opens: str, closes: str) -> None:
    """The same hours on every day; ``build_days`` brings them into the agenda."""
    OpeningPeriod.objects.update(opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))


def each_change(town: Town, channel: Channel = Channel.ONLINE) -> Iterator[tuple[date, dict[date, list[datetime]]]]:
    """Each change with what is offered on the eight days round it."""
    for change in CHANGES:
        days = [change + timedelta(days=offset) for offset in range(-4, 4)]
        build_days(town.counters[0], days)
        found = find_starts(town.wanted(channel=channel), days[0], days[-1], now=before(change))
        assert list(found) == days
        yield change, found


def on_the_wall(town: Town, moments: Iterable[datetime]) -> list[str]:
    """What a clock at the place shows, worked out from the moments alone."""
    return [f"{moment.astimezone(UTC).astimezone(town.location.tz):%H:%M}" for moment in moments]


def assert_reminded_the_day_before(appointment: Appointment) -> None:
    """At the same hour on the wall; when that hour is left out that night, at the one that takes its place."""
    local = appointment.location.local
    due, start = local(reminder_due(appointment).astimezone(UTC)), local(appointment.start)
    assert due.date() == start.date() - timedelta(days=1)
    if due.date() in SPRING and NEVER_SHOWN.fullmatch(f"{start:%H:%M}"):
        start += timedelta(hours=1)
    assert f"{due:%H:%M}" == f"{start:%H:%M}"


def assert_booked_at(town: Town, start: datetime) -> None:
    """Book; row, reminder, message and calendar file tell the same hour."""
    now = start - timedelta(days=5)
    person = Person("Lejeune", email="lejeune@example.org")
    made = book(town.wanted(), start, person, language="fr", now=now, intent=uuid4())
    # Read by another library than the one that wrote it.
    event = vobject.readOne(render_calendar(made).decode()).vevent
    assert [event.dtstart.value, event.dtend.value] == [made.start, made.end]
    assert on_the_wall(town, [event.dtstart.value]) == on_the_wall(town, [made.start])
    assert on_the_wall(town, [made.start]) == [f"{start:%H:%M}"]
    assert made.end - made.start == timedelta(minutes=15)
    assert_reminded_the_day_before(made)
    assert Message.objects.get(key__startswith=f"{made.uid}:{Told.REMINDER}:").due_at == reminder_due(made)


def test_mornings_keep_their_hours_on_the_wall(town: Town) -> None:
    open_daily("08:30", "12:00")
    expected = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(510, 720, 15)]
    for change, found in each_change(town):
        for starts in found.values():
            assert [f"{start:%H:%M}" for start in starts] == on_the_wall(town, starts) == expected
            for start in starts:
                assert_reminded_the_day_before(Appointment(location=town.location, start=start))
        assert_booked_at(town, found[change][0])
        assert_booked_at(town, found[change + timedelta(days=1)][-1])
    assert check_agenda(before(CHANGES[0])) == []


def test_the_night_has_the_hours_it_has(town: Town) -> None:
    """Open from one to four at night: three hours, of which spring takes one and autumn gives one."""
    open_daily("01:00", "04:00")
    for change, found in each_change(town, Channel.CLERK):
        hours = {day: len(starts) / 4 for day, starts in found.items()}
        assert hours == dict.fromkeys(found, 3.0) | {change: 2.0 if change in SPRING else 4.0}
        for day, starts in found.items():
            shown = on_the_wall(town, starts)
            assert [f"{start:%H:%M}" for start in starts] == shown
            assert not (day in SPRING and any(NEVER_SHOWN.fullmatch(hour) for hour in shown))
            for start in starts:
                assert_reminded_the_day_before(Appointment(location=town.location, start=start))


def test_days_have_their_cells_and_cells_their_moments(town: Town) -> None:
    tz = town.location.tz
    for change in CHANGES:
        assert cells_of_day(change, tz) == (276 if change in SPRING else 300)
        assert cells_of_day(change - timedelta(days=1), tz) == cells_of_day(change + timedelta(days=1), tz) == 288
        first = first_cell_of(change, tz)
        assert [cell_of(time_of(cell)) for cell in range(first, first + 300)] == list(range(first, first + 300))


def test_an_hour_that_never_comes_is_not_offered(town: Town) -> None:
    open_daily("00:00", "23:00")
    build_days(town.counters[0], [SPRING[1]])
    missing = datetime.combine(SPRING[1], time(2, 30), town.location.tz)
    assert missing not in find_starts(town.wanted(), SPRING[1], SPRING[1], now=before(SPRING[1]))[SPRING[1]]
    open_daily("02:00", "03:00")
    build_days(town.counters[0], [SPRING[1]])
    with pytest.raises(TimeNotOffered):
        book(town.wanted(), missing, Person("Name"), language="fr", now=before(SPRING[1]), intent=uuid4())


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_every_morning_slot_can_be_booked(town: Town) -> None:
    open_daily("08:30", "12:00")
    for _change, found in each_change(town):
        for start in (start for starts in found.values() for start in starts):
            assert_booked_at(town, start)
    assert Reservation.objects.count() == len(CHANGES) * 8 * 14
    assert check_agenda(before(CHANGES[0])) == []
