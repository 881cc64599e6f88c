"""The link of the confirmation: look, move, cancel."""

import re

import pytest

from eguichet_rdv.scheduling.domain.cancel import cancel
from eguichet_rdv.scheduling.domain.tokens import manage_token
from eguichet_rdv.scheduling.enums import AppointmentState, CancelledBy
from eguichet_rdv.scheduling.models import Appointment
from tests.booking.conftest import Citizen
from tests.booking.test_journey import text
from tests.sentences import say
from tests.town import MONDAY, Town

pytestmark = [pytest.mark.django_db, pytest.mark.db]


@pytest.fixture
def made(citizen: Citizen) -> Appointment:
    citizen.reach_check()
    citizen.send("check")
    return Appointment.objects.get()


@pytest.fixture
def reader(made: Appointment) -> Citizen:
    """Somebody who opened the link of the mail on another device."""
    someone = Citizen()
    someone.follow(someone.client.get(f"/rdv/{manage_token(made)}/"))
    return someone


def test_the_token_leaves_the_address_at_once(made: Appointment) -> None:
    answer = Citizen().client.get(f"/rdv/{manage_token(made)}/")
    assert (answer.status_code, answer["Location"]) == (302, "/rdv/")
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer.cookies["django_language"].value == "fr"


@pytest.mark.parametrize("token", ["x", "m" + "A" * 22, "%00"])
def test_an_unknown_token_is_one_sentence(town: Town, token: str) -> None:
    answer = Citizen().client.get(f"/rdv/{token}/")
    assert answer.status_code == 404
    assert say("This link is not known or no longer valid") in text(answer)


def test_a_revoked_link_no_longer_opens(made: Appointment, reader: Citizen) -> None:
    made.generation += 1
    made.save()
    assert reader.client.get("/rdv/").status_code == 404


def test_the_page_shows_the_appointment(made: Appointment, reader: Citizen) -> None:
    page = text(reader.client.get("/rdv/"))
    assert made.reference in page
    assert "Une photo récente" in page


def test_papers_are_for_the_owner_only(made: Appointment, reader: Citizen) -> None:
    pdf = reader.client.get(f"/rdv/{made.reference}/confirmation.pdf")
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    ics = reader.client.get(f"/rdv/{made.reference}/appointment.ics")
    assert ics["Content-Type"].startswith("text/calendar")
    for name in ("confirmation.pdf", "appointment.ics"):
        assert Citizen().client.get(f"/rdv/{made.reference}/{name}").status_code == 404


def test_looking_at_the_cancel_page_cancels_nothing(made: Appointment, reader: Citizen) -> None:
    assert say("Cancel this appointment?") in text(reader.client.get(f"/rdv/{made.reference}/cancel/"))
    made.refresh_from_db()
    assert made.state == AppointmentState.CONFIRMED


def test_cancelling_twice_is_once(made: Appointment, reader: Citizen) -> None:
    for _again in range(2):
        answer = reader.client.post(f"/rdv/{made.reference}/cancel/", {"reason": "malade"})
        assert answer["Location"] == "/rdv/"
    made.refresh_from_db()
    assert (made.state, made.cancelled_by, made.version) == (AppointmentState.CANCELLED, CancelledBy.CITIZEN, 1)
    assert say("This appointment is cancelled") in text(reader.client.get("/rdv/"))


def test_moving_keeps_reference_and_link(town: Town, made: Appointment, reader: Citizen) -> None:
    page = text(reader.client.get(f"/rdv/{made.reference}/move/"))
    intent = re.search(r'name="intent" value="([^"]+)"', page)
    assert intent is not None
    start = town.at("10:00")
    for _again in range(2):
        answer = reader.client.post(f"/rdv/{made.reference}/move/", {"start": start.isoformat(), "intent": intent[1]})
        assert answer["Location"] == "/rdv/"
    moved = Appointment.objects.get()
    assert (moved.start, moved.reference, moved.version) == (start, made.reference, 1)


@pytest.mark.parametrize(
    "start", ["", "soon", "2026-11-20T08:30+01:00", "2026-11-24T03:00+01:00", "9999-12-31T23:55-12:00"]
)
def test_a_move_to_nowhere_is_one_sentence(made: Appointment, reader: Citizen, start: str) -> None:
    answer = reader.client.post(
        f"/rdv/{made.reference}/move/", {"start": start, "intent": "7b1cf0e4-7a27-4be4-a6a4-0d7bfc0a3fd1"}
    )
    assert answer.status_code in {409, 422}
    assert "error-summary" in text(answer)
    made.refresh_from_db()
    assert made.version == 0


def test_a_cancelled_appointment_cannot_be_moved(town: Town, made: Appointment, reader: Citizen) -> None:
    cancel(made, by=CancelledBy.MUNICIPALITY, now=MONDAY)
    answer = reader.client.post(
        f"/rdv/{made.reference}/move/",
        {"start": town.at("10:00").isoformat(), "intent": "7b1cf0e4-7a27-4be4-a6a4-0d7bfc0a3fd1"},
    )
    assert answer.status_code == 409
    assert say("This appointment is over or cancelled and can no longer be changed.") in text(answer)


def test_the_reader_chooses_the_language(reader: Citizen) -> None:
    assert reader.client.get("/rdv/?language=nl")["Location"] == "/rdv/"
    assert '<html lang="nl"' in text(reader.client.get("/rdv/"))
