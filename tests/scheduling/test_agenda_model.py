"""The agenda against a naive model: whatever is held, booked, moved, cancelled, closed or changed, in any order."""

import os
from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.common.cells import cell_of, first_cell_of
from eguichet_rdv.scheduling.domain.agenda import check_agenda, orphans, sweep_holds
from eguichet_rdv.scheduling.domain.availability import find_starts
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.cancel import cancel
from eguichet_rdv.scheduling.domain.hold import extend_hold, hold, release_hold
from eguichet_rdv.scheduling.domain.masks import read_masks
from eguichet_rdv.scheduling.domain.move import move
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.refusals import HoldEnded, TimeRefused
from eguichet_rdv.scheduling.domain.wanted import Wanted
from eguichet_rdv.scheduling.enums import CancelledBy, Channel
from eguichet_rdv.scheduling.models import AgendaDay, Appointment, Reservation
from eguichet_rdv.townhall.models import Closure, OpeningPeriod
from tests.town import MONDAY, Town, make_town

CELLS = 18
"""The town is open from 9:00 to 10:30: eighteen cells, so that operations meet."""
CELLS_FOR = {1: 3, 2: 5}
LAST_DAY = 25

starts = st.integers(min_value=-1, max_value=CELLS)
days = st.sampled_from([24, 25])
holders = st.sampled_from(["a", "b", "c"])
steps = st.integers(min_value=0, max_value=14)
sizes = st.sampled_from([1, 1, 2])
"""Persons: one takes three cells, two take five."""
hours = st.tuples(st.integers(0, 8), st.integers(9, CELLS))
"""Between which cells a counter is open."""


class NaiveAgenda(RuleBasedStateMachine):
    """Every visit as a set of (counter, cell) of its own; two sets never meet."""

    town: Town

    @initialize()
    def open_town(self) -> None:
        """Two counters, Tuesday and Wednesday."""
        self.sandbox = transaction.atomic()
        self.sandbox.__enter__()
        self.clock = time_machine.travel(MONDAY, tick=False)
        self.clock.start()
        self.town = make_town(counters=2, opens="09:00", closes="10:30")
        # A short horizon: fewer days to make anew at every change of hours.
        Procedure.objects.update(horizon_days_declared=LAST_DAY - MONDAY.day)
        AgendaDay.objects.filter(date__gt=date(2026, 11, LAST_DAY)).delete()
        self.town.kids.refresh_from_db()
        self.now: datetime = MONDAY
        self.booked: dict[int, tuple[Appointment, int]] = {}
        self.closed: dict[tuple[int, int | None], Closure] = {}
        self.open = {counter.pk: range(CELLS) for counter in self.town.counters}
        self.in_use = {counter.pk for counter in self.town.counters}

    def teardown(self) -> None:
        """Forget everything."""
        if hasattr(self, "sandbox"):
            self.clock.stop()
            transaction.set_rollback(True)
            self.sandbox.__exit__(None, None, None)

    def start(self, day: int, cell: int) -> datetime:
        return self.town.at("09:00", day) + timedelta(minutes=5 * cell)

    def usage(self) -> dict[int, set[tuple[int, int]]]:
        return {
            row.pk: {(row.counter_id, row.first_cell + n) for n in range(row.cells)}
            for row in Reservation.objects.all()
        }

    def ended(self) -> set[int]:
        """Naively: what nobody is kept from any more."""
        return set(Reservation.objects.filter(expires_at__lte=self.now).values_list("pk", flat=True))

    def held_by(self, holder: str) -> set[int]:
        return set(Reservation.objects.filter(holder=holder).values_list("pk", flat=True))

    def wanted(self, persons: int, channel: Channel = Channel.ONLINE) -> Wanted:
        return self.town.wanted(self.town.kids, persons=persons, channel=channel)

    def possible(self, day: int, cell: int, persons: int, without: Collection[int] = ()) -> bool:
        """Naively: some counter in use is open and free for all the cells."""
        taken = set().union(*(cells for pk, cells in self.usage().items() if pk not in without), set())
        needed = range(cell, cell + CELLS_FOR[persons])
        first = cell_of(self.start(day, 0))
        return any(
            all(one in self.open[pk] and (pk, first + one) not in taken for one in needed)
            and not {(day, None), (day, pk)} & self.closed.keys()
            for pk in self.in_use
        )

    @rule(day=days, cell=starts, minutes=steps, holder=holders, persons=sizes)
    def hold_a_time(self, day: int, cell: int, minutes: int, holder: str, persons: int) -> None:
        self.now += timedelta(minutes=minutes)
        expected = self.possible(day, cell, persons, self.held_by(holder) | self.ended())
        try:
            hold(self.wanted(persons), self.start(day, cell), holder=holder, now=self.now)
        except TimeRefused:
            assert not expected
        else:
            assert expected

    @rule(holder=holders)
    def extend(self, holder: str) -> None:
        kept = self.held_by(holder) - self.ended()
        try:
            extended = extend_hold(holder, now=self.now)
        except HoldEnded:
            assert not kept or Reservation.objects.get(pk=min(kept)).extensions == 10
        else:
            assert kept
            assert extended.expires_at == self.now + timedelta(minutes=10)

    @rule(holder=holders)
    def release(self, holder: str) -> None:
        release_hold(holder)
        assert not Reservation.objects.filter(holder=holder).exists()

    @rule(day=days, cell=starts, persons=sizes, holder=st.sampled_from(["", "a", "b", "c"]))
    def book_a_time(self, day: int, cell: int, persons: int, holder: str) -> None:
        own = self.held_by(holder) if holder else set()
        expected = self.possible(day, cell, persons, own | self.ended())
        wanted = self.wanted(persons, Channel.CLERK)
        person, start = Person("N"), self.start(day, cell)
        try:
            made = book(wanted, start, person, language="fr", now=self.now, intent=uuid4(), holder=holder)
        except TimeRefused:
            assert not expected
        else:
            assert expected
            self.booked[made.pk] = made, persons
            assert not own & self.usage().keys()

    @precondition(lambda self: self.booked)
    @rule(data=st.data(), day=days, cell=starts)
    def move_one(self, data: st.DataObject, day: int, cell: int) -> None:
        made, persons = self.booked[data.draw(st.sampled_from(sorted(self.booked)))]
        own = set(made.reservations.values_list("pk", flat=True))
        expected = self.possible(day, cell, persons, own | self.ended())
        try:
            move(made, self.start(day, cell), now=self.now, intent=uuid4())
        except TimeRefused:
            assert not expected
            assert set(made.reservations.values_list("pk", flat=True)) == own
        else:
            assert expected
            made.refresh_from_db()
            assert made.start == self.start(day, cell)

    @precondition(lambda self: self.booked)
    @rule(data=st.data())
    def cancel_one(self, data: st.DataObject) -> None:
        made, _persons = self.booked.pop(data.draw(st.sampled_from(sorted(self.booked))))
        cancel(made, by=CancelledBy.CITIZEN, now=self.now)
        assert not made.reservations.exists()

    @rule(day=days, of_one=st.booleans())
    def close_or_open_a_day(self, day: int, *, of_one: bool) -> None:
        counter = self.town.counters[0] if of_one else None
        key = day, counter.pk if counter else None
        if key in self.closed:
            self.closed.pop(key).delete()
        else:
            when = date(2026, 11, day)
            where = {"counter": counter} if counter else {"location": self.town.location}
            self.closed[key] = Closure.objects.create(first_date=when, last_date=when, **where)

    @rule(number=st.integers(0, 1), between=hours)
    def change_hours(self, number: int, between: tuple[int, int]) -> None:
        """Of one counter, whatever is booked there: what is booked stays."""
        counter = self.town.counters[number]
        opens, closes = (self.start(LAST_DAY, cell).time() for cell in between)
        for period in OpeningPeriod.objects.filter(counter=counter, weekday__in=(1, 2)):
            period.opens, period.closes = opens, closes
            period.save()
        self.open[counter.pk] = range(*between)

    @rule()
    def take_a_counter_out_of_use_or_back(self) -> None:
        counter = self.town.counters[1]
        counter.active = not counter.active
        counter.save()
        self.in_use ^= {counter.pk}

    @rule(minutes=steps)
    def sweep(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        sweep_holds(self.now)

    @invariant()
    def nothing_overlaps_and_the_projection_is_true(self) -> None:
        if not hasattr(self, "town"):
            return
        used = [cell for cells in self.usage().values() for cell in cells]
        assert len(used) == len(set(used))
        assert orphans() == 0
        assert check_agenda(MONDAY) == []

    @invariant()
    def the_agenda_is_open_when_it_should_be(self) -> None:
        if not hasattr(self, "town"):
            return
        for row in AgendaDay.objects.filter(date__day__in=(24, LAST_DAY), date__month=11):
            nine = cell_of(self.start(row.date.day, 0)) - first_cell_of(row.date, self.town.location.tz)
            opened = {bit - nine for mask in read_masks(row.open) for bit in range(300) if mask >> bit & 1}
            closed = {(row.date.day, None), (row.date.day, row.counter_id)} & self.closed.keys()
            expected = set() if closed or row.counter_id not in self.in_use else set(self.open[row.counter_id])
            assert opened == expected

    @invariant()
    def what_is_offered_is_possible(self) -> None:
        if not hasattr(self, "town"):
            return
        found = find_starts(self.wanted(1), date(2026, 11, 24), date(2026, 11, LAST_DAY), now=self.now)
        for day, times in found.items():
            for time in times:
                assert self.possible(day.day, cell_of(time) - cell_of(self.start(day.day, 0)), 1)


def compare(examples: int, length: int) -> None:
    """So many stories of so many steps each, the same every time."""
    NaiveAgenda.TestCase.settings = settings(
        max_examples=examples,
        stateful_step_count=length,
        deadline=None,
        derandomize=True,
        # The story as it was found: making it shorter would take minutes.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    NaiveAgenda.TestCase().runTest()


@pytest.mark.django_db
@pytest.mark.db
def test_the_agenda_agrees_with_the_naive_model() -> None:
    compare(6, 16)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.django_db
def test_the_agenda_agrees_through_long_stories() -> None:
    compare(int(os.environ.get("SOAK_STORIES", "200")), 60)
