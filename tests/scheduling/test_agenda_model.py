"""The agenda against a naive model: whatever is held, booked, moved, cancelled or closed, in any order."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from eguichet_rdv.common.cells import cell_of
from eguichet_rdv.scheduling.domain.agenda import check_agenda, orphans, sweep_holds
from eguichet_rdv.scheduling.domain.availability import find_starts
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.cancel import cancel
from eguichet_rdv.scheduling.domain.hold import hold, release_hold
from eguichet_rdv.scheduling.domain.move import move
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.refusals import TimeRefused
from eguichet_rdv.scheduling.enums import CancelledBy, Channel
from eguichet_rdv.scheduling.models import Appointment, Reservation
from eguichet_rdv.townhall.models import Closure
from tests.town import MONDAY, Town, make_town

CELLS = 18
"""The town is open from 9:00 to 10:30: eighteen cells, so that operations meet."""

starts = st.integers(min_value=-1, max_value=CELLS)
days = st.sampled_from([24, 25])
holders = st.sampled_from(["a", "b", "c"])
steps = st.integers(min_value=0, max_value=14)


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
        self.now: datetime = MONDAY
        self.booked: dict[int, Appointment] = {}
        self.closed: dict[int, Closure] = {}

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

    def possible(self, day: int, cell: int, without: set[int] = frozenset()) -> bool:  # type: ignore[assignment]
        """Naively: some counter is open and free for all three cells."""
        taken = set().union(*(cells for pk, cells in self.usage().items() if pk not in without), set())
        if day in self.closed or not 0 <= cell <= CELLS - 3:
            return False
        first = cell_of(self.start(day, cell))
        return any(all((c.pk, first + n) not in taken for n in range(3)) for c in self.town.counters)

    @rule(day=days, cell=starts, minutes=steps, holder=holders)
    def hold_a_time(self, day: int, cell: int, minutes: int, holder: str) -> None:
        self.now += timedelta(minutes=minutes)
        own = set(Reservation.objects.filter(holder=holder).values_list("pk", flat=True))
        ended = set(Reservation.objects.filter(expires_at__lte=self.now).values_list("pk", flat=True))
        expected = self.possible(day, cell, own | ended)
        try:
            hold(self.town.wanted(), self.start(day, cell), holder=holder, now=self.now)
        except TimeRefused:
            assert not expected
        else:
            assert expected

    @rule(holder=holders)
    def release(self, holder: str) -> None:
        release_hold(holder)
        assert not Reservation.objects.filter(holder=holder).exists()

    @rule(day=days, cell=starts)
    def book_a_time(self, day: int, cell: int) -> None:
        ended = set(Reservation.objects.filter(expires_at__lte=self.now).values_list("pk", flat=True))
        expected = self.possible(day, cell, ended)
        wanted = self.town.wanted(channel=Channel.CLERK)
        try:
            made = book(wanted, self.start(day, cell), Person("N"), language="fr", now=self.now, intent=uuid4())
        except TimeRefused:
            assert not expected
        else:
            assert expected
            self.booked[made.pk] = made

    @precondition(lambda self: self.booked)
    @rule(data=st.data(), day=days, cell=starts)
    def move_one(self, data: st.DataObject, day: int, cell: int) -> None:
        made = self.booked[data.draw(st.sampled_from(sorted(self.booked)))]
        own = set(made.reservations.values_list("pk", flat=True))
        ended = set(Reservation.objects.filter(expires_at__lte=self.now).values_list("pk", flat=True))
        expected = self.possible(day, cell, own | ended)
        try:
            move(made, self.start(day, cell), now=self.now, intent=uuid4())
        except TimeRefused:
            assert not expected
        else:
            assert expected
            made.refresh_from_db()
            assert made.start == self.start(day, cell)

    @precondition(lambda self: self.booked)
    @rule(data=st.data())
    def cancel_one(self, data: st.DataObject) -> None:
        made = self.booked.pop(data.draw(st.sampled_from(sorted(self.booked))))
        cancel(made, by=CancelledBy.CITIZEN, now=self.now)
        assert not made.reservations.exists()

    @rule(day=days)
    def close_or_open_a_day(self, day: int) -> None:
        if day in self.closed:
            self.closed.pop(day).delete()
        else:
            when = date(2026, 11, day)
            self.closed[day] = Closure.objects.create(location=self.town.location, first_date=when, last_date=when)

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
    def what_is_offered_is_possible(self) -> None:
        if not hasattr(self, "town"):
            return
        found = find_starts(self.town.wanted(), date(2026, 11, 24), date(2026, 11, 25), now=self.now)
        for day, times in found.items():
            for time in times:
                assert self.possible(day.day, cell_of(time) - cell_of(self.start(day.day, 0)))


@pytest.mark.django_db
@pytest.mark.db
def test_the_agenda_agrees_with_the_naive_model() -> None:
    NaiveAgenda.TestCase.settings = settings(
        max_examples=12,
        stateful_step_count=20,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    NaiveAgenda.TestCase().runTest()
