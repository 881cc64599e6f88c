"""Public computer rooms, libraries, social services: they book for others, outside the budgets."""

from typing import Any

import pytest

from eguichet_rdv.scheduling.enums import AppointmentState, Channel
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Assignment
from tests.booking.conftest import Citizen
from tests.booking.test_journey import text
from tests.town import Town, make_clerk

pytestmark = pytest.mark.django_db


@pytest.fixture
def helper(town: Town) -> Citizen:
    account = make_clerk("bibliotheque")
    Assignment.objects.create(user=account, role=Role.HELPER)
    someone = Citizen()
    someone.client.force_login(account)
    return someone


def test_a_helper_books_for_many_without_address_or_limit(town: Town, helper: Citizen, settings: Any) -> None:
    settings.EGUICHET_HOLDS_PER_ADDRESS = settings.EGUICHET_BOOKINGS_PER_RECIPIENT = 0
    town.card.email_minutes = 60
    town.card.save()
    for number in range(2):
        helper.reach_check(last_name=f"Visitor {number}", email="", phone="")
        page = helper.send("check")
        assert 'data-state="nothing-sent"' in text(page)
    made = Appointment.objects.first()
    assert made is not None
    assert (made.state, made.channel, str(made.booked_by)) == (
        AppointmentState.CONFIRMED,
        Channel.ONLINE,
        "bibliotheque",
    )


def test_the_next_person_at_the_desk_sees_nobody(helper: Citizen) -> None:
    helper.reach_check()
    helper.send("check")
    assert helper.client.get("/rdv/").status_code == 200
    helper.begin()
    assert helper.client.get("/rdv/").status_code == 404
    assert "Marie" not in str(dict(helper.client.session.items()))


def test_a_helper_finds_the_work_and_no_other_door(helper: Citizen) -> None:
    menu = text(helper.client.get("/personnel/menu/"))
    assert 'href="/fr/rendez-vous/"' in menu
    assert "/accueil/" not in menu
    for address in ("/accueil/", "/guichet/", "/ecran/"):
        assert helper.client.get(address).status_code == 403
