"""An address that must be confirmed: the link in the mail, a page with a button, and nothing before that."""

import pytest

from eguichet_rdv.scheduling.domain.tokens import activate_token, manage_token
from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.scheduling.models import Appointment
from tests.booking.conftest import Citizen
from tests.booking.test_journey import text
from tests.town import Town

pytestmark = [pytest.mark.django_db, pytest.mark.db]


@pytest.fixture
def made(town: Town, citizen: Citizen) -> Appointment:
    town.card.email_minutes = 60
    town.card.save()
    citizen.reach_check()
    citizen.send("check")
    return Appointment.objects.get()


def test_the_booking_page_waits_for_the_click_and_shows_no_code(citizen: Citizen, made: Appointment) -> None:
    for address in (citizen.url, "/rdv/"):
        page = text(citizen.client.get(address))
        assert 'data-state="awaiting-email"' in page
        assert made.reference not in page.replace(f"/rdv/{made.reference}/cancel/", "")
    assert citizen.client.get(f"/rdv/{made.reference}/confirmation.pdf").status_code == 404
    assert citizen.client.get(f"/rdv/{made.reference}/move/")["Location"] == "/rdv/"


def test_who_booked_cannot_confirm_without_the_mail(citizen: Citizen, made: Appointment) -> None:
    assert citizen.client.post(f"/rdv/{made.reference}/confirm/").status_code == 404
    made.refresh_from_db()
    assert made.state == AppointmentState.AWAITING_EMAIL


def test_opening_the_link_confirms_nothing_and_the_button_does(made: Appointment) -> None:
    reader = Citizen()
    page = reader.follow(reader.client.get(f"/rdv/{activate_token(made)}/"))
    assert reader.url == f"/rdv/{made.reference}/confirm/"
    assert 'data-state="confirm-email"' in text(page)
    made.refresh_from_db()
    assert made.state == AppointmentState.AWAITING_EMAIL
    for _twice in range(2):
        assert made.reference in text(reader.follow(reader.client.post(reader.url or "")))
        reader.url = f"/rdv/{made.reference}/confirm/"
    made.refresh_from_db()
    assert made.state == AppointmentState.CONFIRMED
    assert made.reference in text(reader.follow(reader.client.get(f"/rdv/{activate_token(made)}/")))


def test_the_other_links_confirm_nothing(made: Appointment) -> None:
    reader = Citizen()
    reader.follow(reader.client.get(f"/rdv/{manage_token(made)}/"))
    assert reader.client.post(f"/rdv/{made.reference}/confirm/").status_code == 404


def test_the_time_can_be_given_back(citizen: Citizen, made: Appointment) -> None:
    citizen.client.post(f"/rdv/{made.reference}/cancel/", {})
    made.refresh_from_db()
    assert made.state == AppointmentState.CANCELLED


def test_a_telephone_alone_is_not_enough(town: Town, citizen: Citizen) -> None:
    town.card.email_minutes = 60
    town.card.save()
    page = citizen.reach_check(email="", phone="0470123456")
    assert page.status_code == 422
    assert 'href="#id_person-email"' in text(page)
