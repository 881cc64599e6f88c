"""What managers see of the waits."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Assignment
from eguichet_rdv.waiting.domain.answers import ByAppointment
from eguichet_rdv.waiting.domain.call import call_next
from eguichet_rdv.waiting.domain.check_in import check_in
from eguichet_rdv.waiting.domain.serve import finish
from eguichet_rdv.waiting.domain.sessions import open_session
from eguichet_rdv.waiting.domain.walk_in import give_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel
from tests.town import MONDAY, Town, make_clerk, make_town

pytestmark = pytest.mark.django_db


def play_morning(town: Town) -> None:
    """One counter: an appointment of 9:00 called at 9:05, two walk-ins of 8:50 called at 9:20 and 9:35."""
    person = Person("Dupont", "Marie", "1990-02-01")
    start = town.at("09:00")
    appointment = book(town.wanted(), start, person, language="fr", now=MONDAY, intent=uuid4())
    session = open_session(town.counters[0], make_clerk("one"), now=town.at("08:45"))
    for _each in range(2):
        give_ticket(town.location, town.card, language="fr", channel=ArrivalChannel.KIOSK, now=town.at("08:50"))
    check_in(town.location, ByAppointment(appointment), channel=ArrivalChannel.KIOSK, now=town.at("08:55"))
    now = town.at("09:05")
    for _each in range(3):
        called = call_next(session, intent=uuid4(), now=now)
        assert called.stop
        now += timedelta(minutes=15)
        finish(session, called.stop, intent=uuid4(), now=now)


def test_a_manager_sees_the_waits_of_each_day_and_how_right_the_forecasts_were(client: Client) -> None:
    town = make_town(counters=1)
    play_morning(town)
    manager, clerk = make_clerk("manager"), make_clerk("clerk")
    Assignment.objects.create(user=manager, location=town.location, role=Role.MANAGER)
    Assignment.objects.create(user=clerk, location=town.location, role=Role.CLERK)
    address = reverse("reception-level")
    with time_machine.travel(town.at("11:00"), tick=False):
        client.force_login(clerk)
        assert client.get(address).status_code == 403
        client.force_login(manager)
        shown = client.get(address)
    (row,) = shown.context["rows"]
    assert (row.called, row.absent, row.left, row.peak, f"{row.date}") == (3, 0, 0, 3, "2026-11-24")
    assert (row.on_time.count, row.on_time.in_time, row.on_time.median) == (1, 1.0, timedelta(minutes=5))
    assert (row.walk_in.count, row.walk_in.longest) == (2, timedelta(minutes=45))
    assert row.error.count == 3
    assert row.error.inside + row.error.sooner + row.error.later == pytest.approx(1)
    assert "Dupont" not in shown.content.decode()
    with time_machine.travel(town.at("11:00") + timedelta(days=10), tick=False):
        client.force_login(manager)
        assert client.get(address).context["rows"] == []
        assert len(client.get(address, {"days": "14"}).context["rows"]) == 1
