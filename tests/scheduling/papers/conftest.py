from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

import pytest

from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.enums import Provided
from eguichet_rdv.townhall.models import Location
from tests.town import MONDAY, Town, make_town

BookIt = Callable[..., Appointment]


@pytest.fixture
def town(db: None) -> Town:
    town = make_town()
    Location.objects.update(wheelchair=Provided.YES, toilets=Provided.PARTLY)
    town.location.refresh_from_db()
    town.card.texts |= {"who": {"fr": "La personne elle-même", "nl": "De persoon zelf"}}
    town.card.fee_cents_declared = 3330
    town.card.save()
    return town


@pytest.fixture
def book_it(town: Town) -> BookIt:
    """``book_it("nl", last_name=…, persons=…)``: an appointment on Tuesday 1 December 2026 at 8.30."""

    def make(language: str = "fr", *, persons: int = 1, now: datetime = MONDAY, **person: str) -> Appointment:
        who = Person(**{"last_name": "O'Neill", "first_name": "Anne", "email": "anne@people.example", **person})
        wanted = town.wanted(town.card if persons == 1 else town.kids, persons=persons)
        start = town.at("08:30", day=1, month=12)
        return book(wanted, start, who, language=language, now=now, intent=uuid4())

    return make
