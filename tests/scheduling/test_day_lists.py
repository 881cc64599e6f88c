"""The days of several counters in one answer."""

from dataclasses import replace
from datetime import date, time
from uuid import uuid4

import pytest
import time_machine

from eguichet_rdv.scheduling.domain.agenda import rebuild_from
from eguichet_rdv.scheduling.domain.availability import find_starts
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.townhall.models import Closure
from tests.town import MONDAY, Town, make_town

pytestmark = [pytest.mark.django_db, pytest.mark.db]
FIRST, LAST = date(2026, 11, 23), date(2026, 12, 4)


@pytest.fixture
def town() -> Town:
    """Three counters, each closed when another one is open, and each with somebody at another hour."""
    with time_machine.travel(MONDAY, tick=False):
        town = make_town(counters=3, opens="09:00", closes="12:00")
        for number, counter in enumerate(town.counters[:2]):
            day = date(2026, 11, 25 + number)
            Closure.objects.create(counter=counter, first_date=day, last_date=day)
            part = date(2026, 11, 30)
            Closure.objects.create(
                counter=counter, first_date=part, last_date=part, opens=time(10 + number), closes=time(11 + number)
            )
        rebuild_from(town.counters, MONDAY)
        for number, counter in enumerate(town.counters):
            person = Person(f"Person {number}", "Some", "1980-01-01", f"p{number}@example.org")
            one = replace(town.wanted(), handled_by={town.card.pk: frozenset({counter.pk})})
            book(one, town.at(f"09:{15 * number:02d}", 24), person, language="fr", now=MONDAY, intent=uuid4())
    return town


def test_free_is_what_is_free_at_one_of_them(town: Town) -> None:
    together = find_starts(town.wanted(), FIRST, LAST, now=MONDAY)
    alone = [
        find_starts(replace(town.wanted(), handled_by={town.card.pk: frozenset({counter.pk})}), FIRST, LAST, now=MONDAY)
        for counter in town.counters
    ]
    for day in together.keys() | {day for one in alone for day in one}:
        assert together[day] == sorted({start for one in alone for start in one.get(day, [])})
    assert [date(2026, 11, 25) in one for one in alone] == [False, True, True]
    assert [date(2026, 11, 26) in one for one in alone] == [True, False, True]
    assert [town.at("10:15", 30) in one[date(2026, 11, 30)] for one in alone] == [False, True, True]
    assert [town.at("09:15", 24) in one[date(2026, 11, 24)] for one in alone] == [True, False, True]
