"""« Add to my appointment », and the language of somebody who has one."""

import re
from uuid import uuid4

import pytest

from eguichet_rdv.scheduling.domain.agenda import check_agenda, orphans
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.models import Appointment, AppointmentItem
from tests.booking.conftest import PERSON, Citizen
from tests.booking.test_journey import text
from tests.town import MONDAY, Town

pytestmark = [pytest.mark.django_db, pytest.mark.db]


@pytest.fixture
def made(town: Town, citizen: Citizen) -> Appointment:
    citizen.begin("population/kids-id/")
    citizen.send("visit", persons="1")
    citizen.choose(town.at("09:00"))
    citizen.send("person", **PERSON)
    citizen.send("check")
    return Appointment.objects.get()


def change_party(citizen: Citizen, town: Town, made: Appointment, persons: int) -> str:
    address = f"/rdv/{made.reference}/persons/"
    intent = re.search(r'name="intent" value="([^"]+)"', text(citizen.client.get(address)))
    assert intent is not None
    for _click in range(2):
        answer = citizen.client.post(address, {f"persons_{town.kids.pk}": str(persons), "intent": intent[1]})
    return str(answer.headers.get("Location"))


def test_a_second_child_comes_at_the_same_time(town: Town, citizen: Citizen, made: Appointment) -> None:
    assert f"/rdv/{made.reference}/persons/" in text(citizen.client.get("/rdv/"))
    assert change_party(citizen, town, made, 2) == "/rdv/"
    item = AppointmentItem.objects.get()
    moved = Appointment.objects.get()
    assert (item.persons, item.minutes, moved.start, moved.version) == (2, 25, made.start, 1)
    assert moved.end == town.at("09:25")
    assert (check_agenda(MONDAY), orphans()) == ([], 0)


def test_where_the_time_is_too_short_another_is_chosen_for_all(town: Town, citizen: Citizen, made: Appointment) -> None:
    for number, clock in enumerate(("09:00", "09:15", "09:15")):
        book(town.wanted(), town.at(clock), Person(f"Other {number}"), language="fr", now=MONDAY, intent=uuid4())
    assert change_party(citizen, town, made, 2) == f"/rdv/{made.reference}/move/"
    assert AppointmentItem.objects.get(appointment=made).persons == 1
    page = citizen.client.get(f"/rdv/{made.reference}/move/")
    assert page.context["minutes"] == 25
    answer = citizen.client.post(
        f"/rdv/{made.reference}/move/", {"start": town.at("11:00").isoformat(), "intent": str(uuid4())}
    )
    assert answer["Location"] == "/rdv/"
    assert AppointmentItem.objects.get(appointment=made).persons == 2
    assert Appointment.objects.get(pk=made.pk).end == town.at("11:25")


@pytest.mark.parametrize("persons", ["0", "-1", "99", "two", ""])
def test_a_wrong_number_keeps_the_form(town: Town, citizen: Citizen, made: Appointment, persons: str) -> None:
    answer = citizen.client.post(
        f"/rdv/{made.reference}/persons/", {f"persons_{town.kids.pk}": persons, "intent": str(uuid4())}
    )
    assert answer.status_code == 422
    assert "error-summary" in text(answer)


def test_the_language_of_messages_and_counter_is_changed(citizen: Citizen, made: Appointment) -> None:
    address = f"/rdv/{made.reference}/language/"
    assert citizen.client.get(address).status_code == 405
    citizen.client.post(address, {"language": "tlh"})
    assert Appointment.objects.get().language == "fr"
    citizen.client.post(address, {"language": "nl"})
    assert (Appointment.objects.get().language, Appointment.objects.get().version) == ("nl", 0)
    assert '<html lang="nl"' in text(citizen.client.get("/rdv/"))
    assert Citizen().client.post(address, {"language": "de"}).status_code == 404
