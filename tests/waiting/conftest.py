"""The hall on a Tuesday morning."""

import itertools
from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

import pytest

from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.models import Appointment
from tests.town import MONDAY, Town, make_town


@pytest.fixture
def town() -> Town:
    """Two counters, booked on Monday, visited on Tuesday."""
    return make_town(counters=2)


@pytest.fixture
def booked(town: Town) -> Callable[..., Appointment]:
    """Book at an hour of Tuesday for somebody born on a date."""

    count = itertools.count(1)

    def make(clock: str, born: str = "1990-02-01", persons: int = 1) -> Appointment:
        person = Person(f"Name {next(count)}", "First", born)
        procedure = town.kids if persons > 1 else town.card
        return book(
            town.wanted(procedure, persons=persons),
            town.at(clock),
            person,
            language="fr",
            now=MONDAY,
            intent=uuid4(),
        )

    return make


@pytest.fixture
def at(town: Town) -> Callable[[str], datetime]:
    """An hour of Tuesday."""
    return town.at
