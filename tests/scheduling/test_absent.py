from datetime import timedelta
from uuid import uuid4

import pytest

from eguichet_rdv.scheduling.domain.absent import mark_absent
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.cancel import cancel
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.enums import AppointmentState, CancelledBy
from eguichet_rdv.scheduling.models import Appointment, AppointmentEvent, PersonGuard
from tests.town import MONDAY, Town, make_town

pytestmark = pytest.mark.django_db


def book_at(town: Town, clock: str, name: str) -> Appointment:
    person = Person(name, "Some", "1980-01-01", f"{name}@people.example")
    return book(town.wanted(), town.at(clock), person, language="fr", now=MONDAY, intent=uuid4())


def test_who_did_not_come_is_written_down_the_night_after() -> None:
    town = make_town()
    missed, came, cancelled = (
        book_at(town, clock, name) for clock, name in (("09:00", "a"), ("09:15", "b"), ("10:00", "c"))
    )
    Appointment.objects.filter(pk=came.pk).update(state=AppointmentState.HONOURED)
    cancel(cancelled, by=CancelledBy.CITIZEN, now=MONDAY)
    assert mark_absent(town.at("23:59")) == 0
    midnight = town.at("00:00") + timedelta(days=1)
    assert [mark_absent(midnight), mark_absent(midnight)] == [1, 0]
    assert dict(Appointment.objects.values_list("pk", "state")) == {
        missed.pk: AppointmentState.NO_SHOW,
        came.pk: AppointmentState.HONOURED,
        cancelled.pk: AppointmentState.CANCELLED,
    }
    assert list(AppointmentEvent.objects.filter(kind="no_show").values_list("appointment", "at")) == [
        (missed.pk, midnight)
    ]
    assert not PersonGuard.objects.filter(appointment=missed).exists()
