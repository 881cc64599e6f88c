"""Identity goes after thirty days, needs the same night; what was done when stays."""

from datetime import timedelta
from uuid import uuid4

import pytest

from eguichet_rdv.messaging.models import Message
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.erase import erase_past
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.models import Appointment, Visitor
from tests.town import MONDAY, make_town

pytestmark = [pytest.mark.django_db, pytest.mark.db]


def test_needs_go_the_same_night_and_the_person_after_thirty_days() -> None:
    town = make_town(counters=1)
    person = Person("Lejeune", "Anne", "1990-02-01", "anne@example.org")
    made = book(
        town.wanted(),
        town.at("09:00"),
        person,
        language="fr",
        now=MONDAY,
        intent=uuid4(),
        needs=["wheelchair"],
        answers={"file": "A 12"},
    )
    assert erase_past(made.end) == 0
    assert Appointment.objects.get().needs == ["wheelchair"]
    assert erase_past(made.end + timedelta(days=1)) == 0
    assert (Appointment.objects.get().needs, Visitor.objects.count()) == ([], 1)
    assert erase_past(made.end + timedelta(days=30)) == 0
    assert erase_past(made.end + timedelta(days=31)) == 1
    kept = Appointment.objects.get()
    assert (kept.visitor, kept.answers, kept.reference, Visitor.objects.count()) == (None, {}, made.reference, 0)
    assert set(Message.objects.values_list("recipient", flat=True)) <= {""}
