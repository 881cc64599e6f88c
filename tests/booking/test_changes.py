"""An appointment that changes behind the page one is looking at."""

import pytest
from pytest_django import Settings

from eguichet_rdv.scheduling.domain.cancel import cancel
from eguichet_rdv.scheduling.enums import CancelledBy
from eguichet_rdv.scheduling.models import Appointment
from tests.booking.conftest import Citizen
from tests.town import MONDAY, Town

pytestmark = [pytest.mark.django_db, pytest.mark.db]
INTENT = "7b1cf0e4-7a27-4be4-a6a4-0d7bfc0a3fd1"


@pytest.fixture
def made(citizen: Citizen) -> Appointment:
    citizen.reach_check()
    citizen.send("check")
    return Appointment.objects.get()


def test_of_two_tabs_each_comes_back_to_its_own_appointment(citizen: Citizen, made: Appointment) -> None:
    citizen.reach_check(first_name="Paul")
    citizen.send("check")
    later = Appointment.objects.exclude(pk=made.pk).get()
    assert citizen.client.get("/rdv/").context["appointment"] == later
    citizen.client.post(f"/rdv/{made.reference}/cancel/", {})
    page = citizen.client.get("/rdv/")
    assert (page.context["appointment"], page.context["cancelled"]) == (made, True)


def test_the_confirmation_of_a_cancelled_appointment_says_so(citizen: Citizen, made: Appointment) -> None:
    confirmation = citizen.url
    cancel(made, by=CancelledBy.MUNICIPALITY, now=MONDAY)
    page = citizen.follow(citizen.client.get(confirmation))
    assert citizen.url == "/rdv/"
    assert page.context["cancelled"] is True  # type: ignore[attr-defined]


def test_without_a_counter_for_it_no_other_time_can_be_chosen(town: Town, citizen: Citizen, made: Appointment) -> None:
    for counter in town.counters:
        counter.procedures.clear()
    address = f"/rdv/{made.reference}/move/"
    assert citizen.client.get(address).status_code == 200
    assert citizen.client.post(address, {"start": town.at("10:00").isoformat(), "intent": INTENT}).status_code == 409
    made.refresh_from_db()
    assert made.version == 0


def test_the_pages_promise_what_the_settings_do(town: Town, citizen: Citizen, settings: Settings) -> None:
    settings.EGUICHET_IDENTITY_DAYS = 12
    citizen.begin()
    citizen.send("visit")
    citizen.choose()
    for page in (citizen.client.get(citizen.step("person")), citizen.client.get("/fr/rendez-vous/vie-privee/")):
        assert "12 jours après votre visite" in page.content.decode()
