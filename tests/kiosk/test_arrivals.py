import uuid
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.cancel import cancel
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.tokens import check_in_token, manage_token
from eguichet_rdv.scheduling.enums import CancelledBy
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.models import Kiosk, Location, WaitingZone
from eguichet_rdv.waiting.enums import StopState
from eguichet_rdv.waiting.models import Stop, Ticket
from tests.kiosk.device import Device
from tests.town import MONDAY, Town

pytestmark = pytest.mark.db
GO_TO_DESK = {"outcome": "go_to_desk", "ticket": None, "hours": None, "persons": None}


def make(town: Town, clock: str = "09:30", day: int = 24, persons: int = 1, **facts: str) -> Appointment:
    person = Person(**({"last_name": f"Person {uuid.uuid4()}", "birth_date": "1990-02-01"} | facts))
    wanted = town.wanted(town.kids if persons > 1 else town.card, persons=persons)
    return book(wanted, town.at(clock, day), person, language="fr", now=MONDAY, intent=uuid.uuid4())


def outcome(answer: dict[str, Any]) -> str:
    assert answer["message"]
    return str(answer["outcome"])


def test_by_code_a_ticket_then_the_same_again(device: Device, town: Town) -> None:
    code = check_in_token(make(town))
    first, again = device.check_in(code=code), device.check_in(code=code)
    assert [outcome(first), outcome(again)] == ["ticket", "same_ticket"]
    ticket = first["ticket"]
    follow = ticket.pop("follow_url")
    assert "/t/t" in follow
    assert ticket == {
        "number": "P001",
        "zone": "A",
        "zone_name": "",
        "hour": "09:30",
        "date": "2026-11-24",
        "place": "Maison communale",
        "issued_at": "2026-11-24T08:00:00.000Z",
        "wait": None,
        "language": "fr",
    }
    assert again["ticket"]["number"] == "P001"
    assert Ticket.objects.count() == 1


def test_the_same_message_gives_the_same_answer(device: Device, town: Town) -> None:
    message = device.stamp(code=check_in_token(make(town)))
    first, again = (device.post("check-in", message).json() for _try in range(2))
    assert first == again
    assert first["outcome"] == "ticket"
    other = device.post("check-in", message | {"code": check_in_token(make(town, "10:00"))})
    assert (other.status_code, other.json()["error"]) == (422, "intent_mismatch")


def test_nothing_personal_is_answered(device: Device, town: Town) -> None:
    make(town, last_name="Lejeune", first_name="Anne")
    text = str(device.check_in(birth_date="1990-02-01"))
    assert not [word for word in ("Lejeune", "Anne", "1990") if word in text]


def test_every_other_outcome_of_a_code(device: Device, town: Town, travel: time_machine.Traveller) -> None:
    assert outcome(device.check_in(code="WIFI:S:Guest;T:WPA;P:secret;;")) == "unknown"
    assert outcome(device.check_in(code=manage_token(make(town)))) == "unknown"
    assert outcome(device.check_in(code="\x00\x1d" + "x" * 4296)) == "unknown"
    assert outcome(device.check_in(code=check_in_token(make(town, "10:00", 25)))) == "other_day"
    cancelled = make(town, "10:15")
    cancel(cancelled, by=CancelledBy.CITIZEN, now=timezone.now())
    assert outcome(device.check_in(code=check_in_token(cancelled))) == "cancelled"
    called = make(town, "10:30")
    device.check_in(code=check_in_token(called))
    Stop.objects.update(state=StopState.CALLED, counter=town.counters[0])
    assert outcome(device.check_in(code=check_in_token(called))) == "already_called"
    Stop.objects.update(state=StopState.DONE)
    assert outcome(device.check_in(code=check_in_token(called))) == "already_served"
    Location.objects.update(check_in_minutes=60)
    early = make(town, "11:30")
    assert outcome(device.check_in(code=check_in_token(early))) == "too_early"
    travel.shift(3600 * 2)
    assert outcome(device.check_in(code=check_in_token(early))) == "ticket"


def test_another_place(device: Device, town: Town) -> None:
    appointment = make(town)
    other = Location.objects.create(slug="ensival", name="Ensival", street="Rue 1", postcode="4800", city="Verviers")
    Appointment.objects.update(location=other)
    answer = device.check_in(code=check_in_token(appointment))
    assert outcome(answer) == "other_place"
    assert "Ensival" in answer["message"]


def test_by_date_of_birth(device: Device, town: Town) -> None:
    make(town, birth_date="1955-00-00")
    assert outcome(device.check_in(birth_date="1955-00-00")) == "ticket"
    stranger = device.check_in(birth_date="1970-01-01")
    assert stranger == GO_TO_DESK | {"message": stranger["message"], "language": "fr"}


def test_two_with_one_date_are_asked_the_hour(device: Device, town: Town) -> None:
    make(town, "09:30")
    make(town, "11:00")
    asked = device.check_in(birth_date="1990-02-01")
    assert (outcome(asked), asked["hours"]) == ("which_hour", ["09:30", "11:00"])
    answer = device.check_in(birth_date="1990-02-01", hour="11:00")
    assert (outcome(answer), answer["ticket"]["hour"]) == ("ticket", "11:00")


def test_by_reference(device: Device, town: Town) -> None:
    reference = make(town).reference.lower()
    assert outcome(device.check_in(reference=f" {reference[:3]} {reference[3:]}")) == "ticket"
    for text in ("ZZZZZZ", "------", "\x00", "", "é", "' OR 1=1"):
        assert outcome(device.check_in(reference=text)) == "unknown"


def test_guessing_is_answered_as_an_unknown_date(device: Device, town: Town, travel: time_machine.Traveller) -> None:
    make(town)
    misses = [device.check_in(birth_date=f"19{year}-01-01") for year in range(60, 70)]
    blocked = device.check_in(birth_date="1990-02-01")
    assert {outcome(answer) for answer in misses} == {"go_to_desk"}
    assert blocked == misses[0]
    assert outcome(device.check_in(code=check_in_token(make(town, "10:00")))) == "ticket"
    travel.shift(601)
    assert outcome(device.check_in(birth_date="1990-02-01", hour="09:30")) == "ticket"


def test_a_party_is_asked_whether_all_are_here(device: Device, town: Town) -> None:
    code = check_in_token(make(town, persons=3))
    asked = device.check_in(code=code)
    assert (outcome(asked), asked["persons"]) == ("party", 3)
    Appointment.objects.update(language="nl")
    asked = device.check_in(code=code, language=None)
    assert (asked["language"], asked["message"]) == ("nl", "Is iedereen er (3 personen)?")
    assert outcome(device.check_in(code=code, party_complete=False)) == "ticket"
    assert Stop.objects.get().state == StopState.PARKED


OUT_OF_SHAPE: list[dict[str, Any]] = [
    {"code": "x", "reference": "y"},
    {},
    {"birth_date": "1/2/90"},
    {"birth_date": "------"},
    {"birth_date": "１990-01-01"},
    {"code": "x" * 9000},
    {"code": "x", "id": "one"},
    {"code": "x", "seq": -1},
    {"code": "x", "at": "2026-11-24T09:00:00"},
    {"code": "x", "offset_ms": 10**18},
]


def test_a_message_out_of_shape(device: Device) -> None:
    for wrong in OUT_OF_SHAPE:
        answer = device.post("check-in", device.stamp(**wrong))
        assert (answer.status_code, answer.json()["error"]) == (422, "invalid"), wrong


def test_a_newer_bridge_may_say_more(device: Device, town: Town) -> None:
    assert outcome(device.check_in(code=check_in_token(make(town)), mood="good")) == "ticket"


def test_answers_are_in_the_language_chosen(device: Device, town: Town) -> None:
    answer = device.check_in(code=check_in_token(make(town)), language="nl")
    assert answer["ticket"]["language"] == "nl"
    assert device.check_in(code="?", language="tlh")["outcome"] == "unknown"


def test_a_walk_in_gets_a_number(device: Device, town: Town) -> None:
    message = device.stamp(service="population", procedure="carte", persons=1)
    first, again = (device.post("walk-in", message).json() for _try in range(2))
    assert first == again
    assert (first["outcome"], first["ticket"]["number"], first["ticket"]["hour"]) == ("ticket", "P001", None)
    assert device.walk_in()["ticket"]["number"] == "P002"


def test_a_full_zone_is_said_in_the_language_chosen_and_refuses_no_appointment(device: Device, town: Town) -> None:
    WaitingZone.objects.filter(pk=town.zone_a.pk).update(limit=1)
    assert outcome(device.walk_in()) == "ticket"
    full = device.walk_in(language="de")
    assert (full["outcome"], full["ticket"], full["language"]) == ("cut_off", None, "de")
    assert full["message"].startswith("Die Wartezone ist im Moment voll.")
    assert outcome(device.check_in(code=check_in_token(make(town)))) == "ticket"


def test_a_walk_in_gets_the_leased_number_the_kiosk_would_print(device: Device, kiosk: Kiosk, town: Town) -> None:
    code = check_in_token(make(town))
    first = device.get("roster").json()["leases"][0]["first"]
    other = Device(Kiosk.objects.create(location=kiosk.location, slug="hall-2", name="Hall 2"))
    others = other.get("roster").json()["leases"][0]["first"]
    wished = {"service": "population", "procedure": "carte", "persons": 1, "number": f"P{first:03d}"}
    message = device.stamp(**wished)
    for number in (f"P{first:03d}", f"P{first + 1:03d}"):  # asked again after the bridge was killed
        answer = device.post("walk-in", message | {"number": number}).json()
        assert answer["ticket"]["number"] == f"P{first:03d}"
    taken_of_another_and_of_an_appointment = (f"P{first:03d}", f"P{others:03d}", "P001", "P999")
    drawn = [device.walk_in(number=number)["ticket"]["number"] for number in taken_of_another_and_of_an_appointment]
    assert drawn == [f"P{others + 40 + place:03d}" for place in range(4)]
    assert device.check_in(code=code)["ticket"]["number"] == "P001"
    printed = {"kind": "walk_in", **message}
    assert device.upload(printed) == [{"seq": message["seq"], "outcome": "recorded", "number": f"P{first:03d}"}]
    assert device.post("walk-in", device.stamp(**wished | {"number": "1"})).status_code == 422


def test_walk_ins_end_with_the_minutes_of_the_day(device: Device, town: Town, travel: time_machine.Traveller) -> None:
    travel.move_to(town.at("11:40"))
    outcomes = [outcome(device.walk_in()) for _each in range(4)]
    assert outcomes == ["ticket", "ticket", "cut_off", "cut_off"]
    travel.move_to(town.at("13:00"))
    assert outcome(device.walk_in()) == "closed"
    assert outcome(device.walk_in(procedure="nothing")) == "closed"
