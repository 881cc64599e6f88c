"""Staff put right who comes; the rules that held for the wrong name hold for the right one."""

from dataclasses import replace
from uuid import uuid4

import pytest

from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.correct import correct
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.refusals import AlreadyBooked, NotCancellable, PersonHasOne
from eguichet_rdv.scheduling.models import Appointment, AppointmentEvent
from tests.town import MONDAY, Town, make_town

pytestmark = [pytest.mark.django_db, pytest.mark.db]
ANNE = Person("Lejeune", "Anne", "1990-02-01", "anne@people.example")
JEAN = Person("Lejeune", "Jean", "1991-02-01", "jean@people.example")


@pytest.fixture
def town(db: None) -> Town:
    return make_town()


def book_for(town: Town, person: Person, clock: str) -> Appointment:
    return book(town.wanted(), town.at(clock), person, language="fr", now=MONDAY, intent=uuid4())


def test_everything_of_the_person_is_put_right_and_nothing_else_changes(town: Town) -> None:
    made = book_for(town, ANNE, "09:00")
    right = Person("Le Jeune", "Anna", "1990-00-00", "anna@people.example", "+32470123456")
    corrected = correct(made, right, now=MONDAY)
    corrected.refresh_from_db()
    visitor = corrected.visitor
    assert visitor is not None
    assert Person(visitor.last_name, visitor.first_name, visitor.birth_date, visitor.email, visitor.phone) == right
    assert (corrected.start, corrected.reference, corrected.manage_digest, corrected.version) == (
        made.start,
        made.reference,
        made.manage_digest,
        made.version + 1,
    )


def test_the_corrected_person_is_guarded_and_the_wrong_one_is_free(town: Town) -> None:
    made = book_for(town, ANNE, "09:00")
    correct(made, JEAN, now=MONDAY)
    book_for(town, ANNE, "10:00")
    with pytest.raises(AlreadyBooked):
        book_for(town, replace(JEAN, email=""), "11:00")


def test_who_has_another_appointment_is_not_written_over_this_one(town: Town) -> None:
    made = book_for(town, ANNE, "09:00")
    book_for(town, JEAN, "10:00")
    with pytest.raises(PersonHasOne):
        correct(made, JEAN, now=MONDAY)
    made.refresh_from_db()
    assert made.visitor is not None
    assert (made.visitor.first_name, made.version) == ("Anne", 0)


def test_the_same_once_more_changes_nothing_and_what_is_over_stays(town: Town) -> None:
    made = book_for(town, ANNE, "09:00")
    before = AppointmentEvent.objects.count()
    assert correct(made, ANNE, now=MONDAY).version == 0
    assert AppointmentEvent.objects.count() == before
    with pytest.raises(NotCancellable):
        correct(made, JEAN, now=made.end)
