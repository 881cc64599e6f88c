"""What a kiosk tells long after it happened changes nothing that has happened since."""

from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from eguichet_rdv.kiosk import journal
from eguichet_rdv.kiosk.messages import JournalMessage
from eguichet_rdv.scheduling.domain.absent import mark_absent
from eguichet_rdv.scheduling.domain.tokens import check_in_token
from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.townhall.models import Kiosk
from eguichet_rdv.waiting.domain.serve import mark_left
from eguichet_rdv.waiting.domain.sessions import open_session
from eguichet_rdv.waiting.enums import StopState
from eguichet_rdv.waiting.models import Stop, Ticket
from tests.kiosk.device import Device
from tests.kiosk.test_arrivals import make
from tests.kiosk.test_offline import fetch, printed
from tests.town import Town, make_clerk

pytestmark = pytest.mark.db


def test_an_arrival_before_the_absence_brings_nobody_back(
    device: Device, kiosk: Kiosk, town: Town, travel: time_machine.Traveller
) -> None:
    code = check_in_token(make(town))
    number = fetch(device)["days"][0]["entries"][0]["number"]
    before = printed(device, code=code, number=number)
    travel.shift(300)
    other = Device(Kiosk.objects.create(location=kiosk.location, slug="hall-2", name="Hall 2"))
    assert other.check_in(code=code)["outcome"] == "ticket"
    travel.shift(600)
    session = open_session(town.counters[0], make_clerk(), now=timezone.now())
    mark_left(session, Stop.objects.get(), intent=uuid4(), now=timezone.now())
    travel.shift(60)
    after = printed(device, code=code, number=number)
    travel.shift(60)
    states = []
    for entry in (before, after):
        assert device.upload(entry)[0]["outcome"] == "recorded"
        states.append(Stop.objects.get().state)
    assert states == [StopState.LEFT, StopState.WAITING]


def test_an_arrival_to_clarify_keeps_nobody_from_checking_in(device: Device, town: Town) -> None:
    early = make(town)
    number = fetch(device)["days"][0]["entries"][0]["number"]
    entry = printed(device, birth_date="1990-02-01", number=number)
    make(town, "10:30")  # in the outage somebody with the same date of birth books for today
    assert device.upload(entry)[0] == {"seq": 1, "outcome": "to_clarify", "number": number}
    later = device.check_in(code=check_in_token(early))
    assert (later["outcome"], later["ticket"]["number"] != number) == ("ticket", True)
    assert Ticket.objects.count() == 2


@pytest.mark.parametrize("alone", [False, True])
def test_who_was_let_in_too_early_has_arrived(
    device: Device, kiosk: Kiosk, town: Town, travel: time_machine.Traveller, *, alone: bool
) -> None:
    town.location.check_in_minutes = 60
    town.location.save()
    code = check_in_token(make(town, "11:30"))
    assert device.check_in(code=code)["outcome"] == "too_early"
    number = fetch(device)["days"][0]["entries"][0]["number"]
    entry = printed(device, code=code, number=number)
    travel.shift(1800)
    if alone:
        [read] = JournalMessage.model_validate({"entries": [entry]}).entries
        assert journal.take_entry(kiosk, read, timezone.now())["outcome"] == "recorded"
    assert device.upload(entry)[0]["outcome"] == ("already" if alone else "recorded")
    travel.move_to(town.at("11:00"))
    again = device.check_in(code=code)
    assert (again["outcome"], again["ticket"]["number"]) == ("same_ticket", number)
    assert Stop.objects.values_list("arrived_at", "due_at").get() == (town.at("09:00"), town.at("11:30"))


@pytest.mark.parametrize("marked_before", [True, False])
def test_who_came_in_a_long_outage_is_not_absent(
    device: Device, town: Town, travel: time_machine.Traveller, *, marked_before: bool
) -> None:
    appointment = make(town)
    number = fetch(device)["days"][0]["entries"][0]["number"]
    entry = printed(device, code=check_in_token(appointment), number=number)
    travel.shift(3 * 86_400)
    if marked_before:
        assert mark_absent(timezone.now()) == 1
    fetch(device)
    assert device.upload(entry)[0]["outcome"] == "recorded"
    mark_absent(timezone.now())
    appointment.refresh_from_db()
    assert appointment.state == AppointmentState.HONOURED
