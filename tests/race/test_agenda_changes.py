"""The agenda changes at the instant in which somebody books in it: one waits for the other, and nobody is surprised."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from eguichet_rdv.common.cells import cell_of
from eguichet_rdv.common.prepared import Prepared
from eguichet_rdv.scheduling.domain import placing
from eguichet_rdv.scheduling.domain.agenda import check_agenda, orphans, sweep_holds
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.cancel import cancel
from eguichet_rdv.scheduling.domain.move import move
from eguichet_rdv.scheduling.domain.outside import list_outside
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.refusals import NotCancellable, TimeRefused
from eguichet_rdv.scheduling.enums import CancelledBy, ReservationKind
from eguichet_rdv.scheduling.models import AgendaDay, Appointment, Reservation
from eguichet_rdv.townhall.domain.hours import HoursInUse, guard_hours
from eguichet_rdv.townhall.models import Closure, Counter, OpeningPeriod
from tests.race.audit import find_overlaps
from tests.race.meeting import meeting
from tests.town import MONDAY, Town, make_town

pytestmark = [pytest.mark.race, pytest.mark.db, pytest.mark.django_db(transaction=True)]
WHEN = "11:30"
TUESDAY, THURSDAY = 24, 26
PEOPLE = iter(range(10_000))


@pytest.fixture
def town() -> Town:
    return make_town(counters=1)


@pytest.fixture(autouse=True)
def stopped_clock() -> object:
    """Those who edit hours look at the clock themselves."""
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


def book_at(town: Town, clock: str = WHEN, day: int = TUESDAY, now: datetime = MONDAY) -> Appointment:
    """By somebody who has booked nothing yet, and whose page was made before anything changed."""
    wanted = replace(town.wanted(), handled_by={town.card.pk: frozenset([town.counters[0].pk])})
    person = Person(f"Name {next(PEOPLE)}", "First", "1990-02-01")
    return book(wanted, town.at(clock, day), person, language="fr", now=now, intent=uuid4())


def shorten(town: Town) -> None:
    period = OpeningPeriod.objects.get(counter=town.counters[0], weekday=1)
    period.closes = time(11)
    period.save()


def close_place(town: Town) -> None:
    day = town.at(WHEN, THURSDAY).date()
    Closure.objects.create(location=town.location, first_date=day, last_date=day)


def take_out_of_use(_town: Town) -> None:
    counter = Counter.objects.get()
    counter.active = False
    counter.save()


def take_procedure_away(town: Town) -> None:
    counter = Counter.objects.get()
    counter.save()  # as the form of the CMS does, before it writes what the counter does
    counter.procedures.remove(town.card)


EDITS = ((shorten, TUESDAY), (close_place, THURSDAY), (take_procedure_away, 25), (take_out_of_use, 25))
"""What an editor does, and a day on which it leaves a booking without hours."""


def edit(town: Town, change: Callable[[Town], None]) -> None:
    with guard_hours(""):
        change(town)


def find_faults() -> list[object]:
    """Worked out from the rows."""
    return [*check_agenda(timezone.now()), *find_overlaps(), *([orphans()] if orphans() else [])]


def test_an_editor_is_shown_the_booking_or_the_booking_is_refused(town: Town) -> None:
    for change, day in EDITS:
        with meeting(partial(edit, town, change)) as refused:
            made = book_at(town, day=day)
        (shown,) = refused
        assert isinstance(shown, HoursInUse)
        assert made.reference in {one.reference for one in shown.concerned}, change
        cancel(made, by=CancelledBy.CITIZEN, now=MONDAY)
    for change, day in EDITS:
        Counter.objects.get().procedures.set([town.card, town.kids])
        with meeting(partial(book_at, town, day=day)) as refused:
            edit(town, change)
        assert [isinstance(one, TimeRefused) for one in refused] == [True], change
    assert not Reservation.objects.exists()
    assert find_faults() == []


@pytest.mark.postgres_only
def test_without_reading_again_under_the_lock_a_booking_lies_outside_and_nobody_is_shown_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control. SQLite lets one writer in at a time, who has read nothing before."""
    unlocked = Prepared(lambda counter, day: AgendaDay.objects.filter(counter=counter, date=day).order_by(), int, date)
    monkeypatch.setattr(placing, "LOCKED_DAY", unlocked)
    with meeting(lambda: book_at(town)) as refused:
        edit(town, shorten)
    assert refused == []
    (outside,) = list_outside(MONDAY)
    assert outside.reference == Appointment.objects.get().reference


def test_a_time_that_has_cooled_down_goes_to_one(town: Town) -> None:
    """Whether it is released for its own sake, or by whoever books it, while two others want it."""
    town.card.cooling_minutes = 60
    town.card.save()
    later = MONDAY + timedelta(hours=2)
    for day, releasing in ((26, False), (27, True)):
        cancel(book_at(town, day=day), by=CancelledBy.CITIZEN, now=MONDAY)
        assert Reservation.objects.filter(kind=ReservationKind.COOLING).count() == 1
        with meeting(*[partial(book_at, town, day=day, now=later)] * 2) as refused:
            if releasing:
                sweep_holds(later)
            else:
                book_at(town, day=day, now=later)
        assert all(isinstance(one, TimeRefused) for one in refused)
        if releasing and len(refused) == 2:  # both looked before the release was certain
            book_at(town, day=day, now=later)
        assert Reservation.objects.get(first_cell=cell_of(town.at(WHEN, day))).kind == ReservationKind.APPOINTMENT
        assert find_faults() == []


def book_child(town: Town, clock: str = "09:00") -> Appointment:
    wanted, person = town.wanted(town.kids), Person(f"Child {next(PEOPLE)}", "First", "2018-02-01")
    return book(wanted, town.at(clock), person, language="fr", now=MONDAY, intent=uuid4())


def bring(town: Town, made: Appointment, persons: int = 2) -> Appointment:
    """As the page does, which has read ``made`` before."""
    return move(made, made.start, now=MONDAY, intent=uuid4(), persons={town.kids.pk: persons})


def describe(made: Appointment) -> tuple[str, str, int, int]:
    """State, hour, persons and cells as written."""
    row = Appointment.objects.get(pk=made.pk)
    cells = sum(one.cells for one in row.reservations.all())
    return row.state, f"{row.location.local(row.start):%H:%M}", row.items.get().persons, cells


def test_one_more_person_at_the_instant_of_something_else(town: Town) -> None:
    made, given_up, next_to = book_child(town), book_child(town, "10:00"), book_child(town, "11:00")
    move_it = partial(move, made, town.at("09:30"), now=MONDAY, intent=uuid4())
    with meeting(move_it) as refused:
        bring(town, made)
    assert (refused, describe(made)) == ([], ("confirmed", "09:30", 2, 5))
    made = Appointment.objects.get(pk=made.pk)
    with meeting(partial(bring, town, made, 3)) as refused:
        move(made, town.at("09:00"), now=MONDAY, intent=uuid4())
    assert (refused, describe(made)) == ([], ("confirmed", "09:00", 3, 7))  # where it is now, not back again
    with meeting(partial(bring, town, given_up)) as refused:
        cancel(given_up, by=CancelledBy.CITIZEN, now=MONDAY)
    assert [type(one) for one in refused] == [NotCancellable]
    assert not given_up.reservations.exists()
    with meeting(partial(bring, town, next_to)) as refused:
        book_at(town, "11:15")
    assert [isinstance(one, TimeRefused) for one in refused] == [True]
    assert describe(next_to) == ("confirmed", "11:00", 1, 3)  # as it was
    with meeting(partial(cancel, made, by=CancelledBy.CITIZEN, now=MONDAY)) as refused:
        bring(town, made)
    assert refused == []
    assert not made.reservations.exists()
    with meeting(partial(book_at, town, "09:15")) as refused:
        bring(town, book_child(town))
    assert [isinstance(one, TimeRefused) for one in refused] == [True]
    assert find_faults() == []
