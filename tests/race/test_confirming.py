"""Somebody clicks at the very moment the time is being given back: one of the two wins, and nobody is told otherwise."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db.models import QuerySet

from eguichet_rdv.scheduling.domain.agenda import check_agenda, orphans
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.confirm import confirm_email, sweep_unconfirmed
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.refusals import NotConfirmable
from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.scheduling.models import Appointment
from tests.race.meeting import meeting
from tests.town import MONDAY, make_town

pytestmark = [pytest.mark.race, pytest.mark.db, pytest.mark.django_db(transaction=True)]
LATE = MONDAY + timedelta(minutes=61)


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(MONDAY, tick=True):
        yield


@pytest.fixture
def made() -> Appointment:
    town = make_town(counters=1)
    town.card.email_minutes = 60
    town.card.save()
    person = Person("Lejeune", "Anne", "1990-02-01", "anne@example.org")
    return book(town.wanted(), town.at("09:00"), person, language="fr", now=MONDAY, intent=uuid4())


def test_of_a_click_and_the_release_one_wins(made: Appointment) -> None:
    with meeting(partial(confirm_email, made, now=LATE)) as refused:
        sweep_unconfirmed(LATE)
    assert [type(one) for one in refused] == [NotConfirmable]
    made.refresh_from_db()
    assert (made.state, made.reservations.count(), made.visitor) == (AppointmentState.CANCELLED, 0, None)
    assert (check_agenda(MONDAY), orphans()) == ([], 0)


def test_a_release_leaves_whoever_clicks_at_that_instant(made: Appointment) -> None:
    with meeting(partial(sweep_unconfirmed, LATE)):
        confirm_email(made, now=LATE)
    made.refresh_from_db()
    assert (made.state, made.reservations.count()) == (AppointmentState.CONFIRMED, 1)
    assert made.visitor is not None
    assert (check_agenda(MONDAY), orphans()) == ([], 0)


@pytest.mark.postgres_only
def test_without_the_lock_somebody_is_told_yes_and_has_nothing(
    made: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control; SQLite lets one writer in at a time by itself."""

    def look_only(rows: QuerySet[Any], **_options: Any) -> QuerySet[Any]:
        return rows

    monkeypatch.setattr(QuerySet, "select_for_update", look_only)
    with meeting(partial(confirm_email, made, now=LATE)) as refused:
        sweep_unconfirmed(LATE)
    assert refused == []
    assert not made.reservations.exists()
