"""From the first page to the confirmation, without scripts, and everything that may go wrong on the way."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine

from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.hold import hold
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.enums import ReservationKind
from eguichet_rdv.scheduling.models import Appointment, Reservation
from tests.booking.conftest import PERSON, Citizen
from tests.sentences import say
from tests.town import MONDAY, Town

pytestmark = [pytest.mark.django_db, pytest.mark.db]


def text(answer: object) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("language", "label", "day"),
    [
        ("fr", "Carte d&#x27;identité", "lundi 23 novembre 2026"),
        ("nl", "Identiteitskaart", "maandag 23 november"),
    ],
)
def test_the_whole_way(town: Town, language: str, label: str, day: str) -> None:
    citizen = Citizen(language)
    page = citizen.reach_check()
    assert citizen.url.endswith("/check/")
    assert label in text(page)
    assert day in text(page)
    done = citizen.send("check")
    made = Appointment.objects.get()
    assert (made.language, str(made.visitor), made.start) == (language, "Marie Lejeune", town.at("08:30", day=23))
    assert made.visitor is not None
    assert made.visitor.birth_date == "1990-02-01"
    assert made.reference in text(done)
    assert "<svg" in text(done)
    assert Reservation.objects.get().kind == ReservationKind.APPOINTMENT


def test_two_procedures_in_one_visit(town: Town, citizen: Citizen) -> None:
    citizen.begin("population/kids-id/")
    citizen.send("visit", persons="2", extra_1="population/carte", extra_persons_1="1")
    citizen.choose()
    citizen.send("person", **PERSON)
    citizen.send("check")
    made = Appointment.objects.get()
    assert [(item.procedure.code, item.persons) for item in made.items.all()] == [("kids-id", 2), ("carte", 1)]
    assert made.end - made.start == timedelta(minutes=40)


def test_confirming_five_times_is_one_appointment(citizen: Citizen) -> None:
    citizen.reach_check()
    for _again in range(5):
        answer = citizen.client.post(citizen.step("check"))
        assert answer["Location"].endswith("/done/")
    assert Appointment.objects.count() == 1


def test_two_confirmations_at_the_same_moment_are_one_appointment(citizen: Citizen) -> None:
    citizen.reach_check()
    # The second request has read the session before the first one wrote to it.
    session = citizen.client.session
    before = dict(session.items())
    citizen.send("check")
    session = citizen.client.session
    session.clear()
    session.update(before)
    session.save()
    assert citizen.client.post(citizen.step("check"))["Location"] == citizen.step("done")
    assert Appointment.objects.count() == 1


def test_going_back_after_confirming_shows_the_confirmation(citizen: Citizen) -> None:
    citizen.reach_check()
    citizen.send("check")
    for step in ("visit", "time", "person", "check"):
        assert citizen.client.get(citizen.step(step))["Location"] == citizen.step("done")
    assert citizen.client.post(citizen.step("person"), {})["Location"] == citizen.step("done")


def test_a_basket_address_is_worth_nothing_to_somebody_else(citizen: Citizen) -> None:
    citizen.reach_check()
    citizen.send("check")
    stranger = Citizen(url=citizen.url)
    assert stranger.client.get(stranger.step("done"))["Location"].endswith("/carte/")
    assert stranger.client.get("/rdv/").status_code == 404


def test_steps_out_of_order_lead_to_the_first_unanswered_one(citizen: Citizen) -> None:
    citizen.begin()
    for step in ("time", "person", "check"):
        assert citizen.client.get(citizen.step(step))["Location"] == citizen.step("visit")
        assert citizen.client.post(citizen.step(step), {})["Location"] == citizen.step("visit")
    citizen.send("visit")
    assert citizen.client.get(citizen.step("check"))["Location"] == citizen.step("time")
    assert citizen.client.get(citizen.step("nonsense")).status_code == 404


def test_two_tabs_do_not_disturb_each_other(town: Town, citizen: Citizen) -> None:
    citizen.reach_check()
    other = Citizen(client=citizen.client)
    other.begin("population/kids-id/")
    other.send("visit", persons="1")
    other.choose(town.at("10:00"))
    citizen.send("check")
    assert Appointment.objects.get().items.get().procedure.code == "carte"
    other.send("person", **PERSON)
    other.send("check")
    assert Appointment.objects.count() == 2


def test_a_time_somebody_else_took_leads_to_three_others(town: Town, citizen: Citizen) -> None:
    citizen.begin()
    citizen.send("visit")
    start = town.at("08:30", day=23)
    for number in range(2):
        hold(town.wanted(), start, holder=f"someone {number}", now=MONDAY)
    page = citizen.send("time", start=start.isoformat(timespec="minutes"))
    assert page.status_code == 422
    assert say("This time has just been taken. Please choose another one.") in text(page)
    assert len(re.findall("time-choice", text(page).split('id="times"')[0])) == 3


def test_a_hold_that_ended_still_books_while_the_time_is_free(citizen: Citizen) -> None:
    citizen.reach_check()
    with time_machine.travel(MONDAY + timedelta(minutes=15), tick=False):
        ended = say("The time is no longer kept for you. If it is still free when you confirm, it is yours.")
        assert ended in text(citizen.client.get(citizen.step("check")))
        citizen.send("check")
    assert Appointment.objects.count() == 1


def test_a_time_lost_after_the_hold_keeps_everything_else(town: Town, citizen: Citizen) -> None:
    citizen.reach_check()
    later = MONDAY + timedelta(minutes=15)
    start = town.at("08:30", day=23)
    for number in range(2):
        book(town.wanted(), start, Person(last_name=f"Autre {number}"), language="fr", now=later, intent=uuid4())
    with time_machine.travel(later, tick=False):
        page = citizen.send("check")
        assert citizen.url.endswith("/time/")
        assert say("This time has just been taken. Please choose another one.") in text(page)
        assert 'role="alert"' in text(page)
        citizen.choose(town.at("09:00", day=23))
        assert "Lejeune" in text(citizen.client.get(citizen.step("check")))
        citizen.send("check")
    assert Appointment.objects.filter(start=town.at("09:00", day=23)).count() == 1


def test_keeping_the_time_longer_loses_nothing_typed(citizen: Citizen) -> None:
    citizen.begin()
    citizen.send("visit")
    citizen.choose()
    before = Reservation.objects.get().expires_at
    with time_machine.travel(MONDAY + timedelta(minutes=8), tick=False):
        page = citizen.client.post(
            citizen.step("person"), {"extend": "1", "person-last_name": "Łukasz", "person-needs": "sight"}
        )
        assert page["Location"] == citizen.step("person")  # going back later must not send anything again
        page = citizen.client.get(citizen.step("person"))
    assert "error-summary" not in text(page)
    assert 'value="Łukasz"' in text(page)
    assert re.search(r'value="sight"[^>]*checked', text(page))
    after = Reservation.objects.get().expires_at
    assert before is not None
    assert after is not None
    assert after - before == timedelta(minutes=8)


def test_one_address_cannot_keep_the_whole_agenda(citizen: Citizen, settings: Any) -> None:
    settings.EGUICHET_HOLDS_PER_ADDRESS = 1
    citizen.begin()
    citizen.send("visit")
    start = citizen.choose()
    page = citizen.send("time", start=start)
    assert page.status_code == 422
    refused = "Too many times were chosen from here in a short while. Please try again in ten minutes."
    assert say(refused) in text(page)


def test_another_wish_asks_for_the_time_again(citizen: Citizen) -> None:
    citizen.begin("population/kids-id/")
    citizen.send("visit", persons="1")
    citizen.choose()
    citizen.send("visit", persons="4")
    assert citizen.client.get(citizen.step("person"))["Location"] == citizen.step("time")
    assert not Reservation.objects.exists()


NO_TIMES = [
    "2026-11-20T08:30+01:00",  # past
    "2026-11-24T03:00+01:00",  # closed at that hour
    "2026-11-24T08:31+01:00",  # off the grid
    "2027-03-28T02:30+01:00",  # an hour that does not exist
    "2026-11-28T09:00+01:00",  # a Saturday
    "2026-11-24T08:30",  # without offset
    "9999-12-31T23:55+00:00",
    "0001-01-01T00:00+23:59",
    "soon",
    "",
    "\0",
]


def test_a_time_that_is_not_offered_is_one_sentence(citizen: Citizen) -> None:
    citizen.begin()
    citizen.send("visit")
    for start in NO_TIMES:
        page = citizen.send("time", start=start)
        assert page.status_code == 422, start
        assert "error-summary" in text(page)
    assert not Reservation.objects.exists()


def test_a_wrong_number_of_persons_is_one_sentence(citizen: Citizen) -> None:
    citizen.begin("population/kids-id/")
    for persons in ("0", "-1", "99", "two", "1e3"):
        page = citizen.send("visit", persons=persons)
        assert page.status_code == 422, persons
        assert say("Please choose between 1 and %(most)s persons.", most=4) in text(page)


@pytest.mark.parametrize(
    "path",
    ["population/none/", "none/carte/", f"population/carte/{UUID(int=1)}/nonsense/", "population/carte/x/visit/"],
)
def test_what_does_not_exist_is_not_found(citizen: Citizen, path: str) -> None:
    assert citizen.begin(path).status_code == 404


def test_the_language_switch_keeps_the_page(citizen: Citizen) -> None:
    page = citizen.reach_check()
    dutch = citizen.url.replace("/fr/rendez-vous/reserver/", "/nl/afspraak/reserveren/")
    assert f'href="{dutch}"' in text(page)
    assert "Identiteitskaart" in text(citizen.client.get(dutch))
