"""The reception takes back who was absent, has gone, or waited for the rest of a party: by what its pages offer."""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.waiting.domain.answers import ByAppointment
from eguichet_rdv.waiting.domain.call import call_next
from eguichet_rdv.waiting.domain.check_in import check_in
from eguichet_rdv.waiting.domain.serve import mark_left, park
from eguichet_rdv.waiting.domain.sessions import open_session
from eguichet_rdv.waiting.domain.walk_in import give_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel, StopState
from eguichet_rdv.waiting.models import Stop, Ticket
from tests.town import MONDAY, Town, make_clerk

pytestmark = [pytest.mark.django_db, pytest.mark.db]


@pytest.fixture(autouse=True)
def tuesday(town: Town) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(town.at("09:00"), tick=False) as traveller:
        yield traveller


def make(town: Town, persons: int = 1) -> Appointment:
    wanted = town.wanted(town.kids if persons > 1 else town.card, persons=persons)
    return book(wanted, town.at("09:30"), Person("Dupont"), language="fr", now=MONDAY, intent=uuid4())


def arrive(town: Town, appointment: Appointment, *, complete: bool) -> Ticket:
    key, channel = ByAppointment(appointment), ArrivalChannel.KIOSK
    ticket = check_in(town.location, key, channel=channel, now=timezone.now(), party_complete=complete).ticket
    assert ticket is not None
    return ticket


def leave(town: Town) -> None:
    session = open_session(town.counters[0], make_clerk(), now=timezone.now())
    mark_left(session, Stop.objects.get(), intent=uuid4(), now=timezone.now())


def offers(desk: Client, page: str) -> list[str]:
    """The addresses of what a page lets one press, as far as they are about being here."""
    text = desk.get(page).content.decode()
    return re.findall(r'action="([^"]*/(?:arrivee|retour)/)"', text)


def press_only(desk: Client, page: str) -> None:
    [address] = offers(desk, page)
    assert desk.get(address).status_code == 405
    assert desk.post(address).status_code == 302
    assert offers(desk, page) == []
    assert Stop.objects.get().state == StopState.WAITING


def test_who_came_without_appointment_is_found_by_their_number(desk: Client, town: Town) -> None:
    now = timezone.now()
    ticket = give_ticket(town.location, town.card, language="fr", channel=ArrivalChannel.KIOSK, now=now).ticket
    assert ticket is not None
    number = str(ticket.number).lower()
    page = desk.post(reverse("reception"), {"text": number})["Location"]
    assert page == reverse("reception-ticket", args=[ticket.uid])
    assert offers(desk, page) == []
    leave(town)
    press_only(desk, page)
    assert desk.post(reverse("reception"), {"text": "P999"}).context["rows"] == []


def test_who_has_an_appointment_is_taken_back_from_it(desk: Client, town: Town) -> None:
    appointment = make(town)
    ticket = arrive(town, appointment, complete=True)
    leave(town)
    assert offers(desk, reverse("reception-ticket", args=[ticket.uid])) != []
    press_only(desk, reverse("reception-visit", args=[appointment.reference]))


def test_the_rest_of_a_party_has_come(desk: Client, town: Town) -> None:
    appointment = make(town, persons=3)
    arrive(town, appointment, complete=False)
    press_only(desk, reverse("reception-visit", args=[appointment.reference]))


def test_who_was_put_aside_is_taken_back(desk: Client, town: Town) -> None:
    appointment = make(town)
    arrive(town, appointment, complete=True)
    session = open_session(town.counters[0], make_clerk(), now=timezone.now())
    stop = call_next(session, intent=uuid4(), now=timezone.now()).stop
    assert stop is not None
    park(session, stop, intent=uuid4(), now=timezone.now())
    press_only(desk, reverse("reception-visit", args=[appointment.reference]))


def test_who_comes_after_the_end_of_their_appointment_is_checked_in(
    desk: Client, town: Town, tuesday: time_machine.Traveller
) -> None:
    appointment = make(town)
    page = reverse("reception-visit", args=[appointment.reference])
    tuesday.move_to(town.at("09:50"))
    press_only(desk, page)
    tuesday.move_to(town.at("09:50", day=25))
    Stop.objects.update(state=StopState.LEFT)
    assert offers(desk, page) == []
    address = reverse("reception-back", args=[Ticket.objects.get().uid])
    assert desk.post(address).status_code == 302
    assert Stop.objects.get().state == StopState.LEFT


def test_a_page_of_somebody_else_is_answered_with_a_sentence(desk: Client, town: Town) -> None:
    intent = {"intent": str(uuid4())}
    answers = [desk.post(reverse("reception-check-in", args=[make(town, n).reference]), intent) for n in (1, 2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    [told] = list(get_messages(answers[1].wsgi_request))[-1:]
    assert told.level_tag == "error"
    assert Ticket.objects.count() == 1


def test_a_page_left_open_takes_who_was_put_aside_back(desk: Client, town: Town) -> None:
    address, intent = reverse("reception-check-in", args=[make(town).reference]), {"intent": str(uuid4())}
    desk.post(address, intent)
    session = open_session(town.counters[0], make_clerk(), now=timezone.now())
    stop = call_next(session, intent=uuid4(), now=timezone.now()).stop
    assert stop is not None
    park(session, stop, intent=uuid4(), now=timezone.now())
    desk.post(address, intent)
    assert Stop.objects.get().state == StopState.WAITING
