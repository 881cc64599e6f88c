"""Somebody clicks at the very moment the time is being given back: one of the two wins, and nobody is told otherwise."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connections
from django.db.models import QuerySet

from eguichet_rdv.scheduling.domain.agenda import check_agenda, orphans
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.confirm import confirm_email, sweep_unconfirmed
from eguichet_rdv.scheduling.domain.erase import erase_identity
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.refusals import NotConfirmable
from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.scheduling.models import Appointment
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


def click_while_releasing(made: Appointment, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Let the release read the row, then the click come, then the release write. Whether the click was told « yes »."""
    has_read, clicked = Event(), Event()

    def pause(appointment: Appointment) -> None:
        has_read.set()
        clicked.wait(2)  # with the lock the click waits for us, so this ends by itself
        erase_identity(appointment)

    def release() -> None:
        sweep_unconfirmed(LATE)
        connections.close_all()

    monkeypatch.setattr("eguichet_rdv.scheduling.domain.confirm.erase_identity", pause)
    worker = Thread(target=release)
    worker.start()
    assert has_read.wait(20)
    try:
        confirm_email(made, now=LATE)
    except NotConfirmable:
        return False
    finally:
        clicked.set()
        worker.join(30)
    return True


def test_of_a_click_and_the_release_one_wins(made: Appointment, monkeypatch: pytest.MonkeyPatch) -> None:
    told = click_while_releasing(made, monkeypatch)
    made.refresh_from_db()
    assert (made.state == AppointmentState.CONFIRMED) is told
    assert (made.reservations.count(), made.visitor is not None) == (int(told), told)
    assert (check_agenda(MONDAY), orphans()) == ([], 0)


@pytest.mark.postgres_only
def test_without_the_lock_somebody_is_told_yes_and_has_nothing(
    made: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control; SQLite lets one writer in at a time by itself."""

    def look_only(rows: QuerySet[Any], **_options: Any) -> QuerySet[Any]:
        return rows

    monkeypatch.setattr(QuerySet, "select_for_update", look_only)
    assert click_while_releasing(made, monkeypatch)
    made.refresh_from_db()
    assert made.state == AppointmentState.CANCELLED
