"""Messages that did not arrive are seen, tried again, and the wrong address is put right."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from eguichet_rdv.accounts.models import User
from eguichet_rdv.ledger.models import AccessEntry
from eguichet_rdv.messaging.enums import MessageState
from eguichet_rdv.messaging.models import Message
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.enums import AppointmentEventKind
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Assignment
from tests.town import MONDAY, make_town

pytestmark = pytest.mark.django_db
PROBLEM = "The mail server refused the message (550 5.1.1)."


@pytest.fixture
def appointment(db: None) -> Appointment:
    town = make_town()
    person = Person("Lejeune", "Anne", "1990-02-00", "lejeun@example.org", "+32470123456")
    return book(town.wanted(), town.at("08:30"), person, language="fr", now=MONDAY, intent=uuid4())


@pytest.fixture
def failed(appointment: Appointment) -> Message:
    message = Message.objects.get(kind="appointment.confirmation")
    message.state, message.problem, message.attempts = MessageState.PARKED, PROBLEM, 1
    message.save()
    return message


@pytest.fixture
def desk(appointment: Appointment) -> Client:
    user = User.objects.create_user("reception", password="a long enough password")
    Assignment.objects.create(user=user, role=Role.RECEPTION, location=appointment.location)
    return sign_in()


def sign_in() -> Client:
    client = Client()
    client.force_login(User.objects.get(), backend="eguichet_rdv.accounts.backends.StaffBackend")
    return client


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(MONDAY, tick=False):
        yield


def test_what_did_not_arrive_is_seen_and_tried_again(desk: Client, appointment: Appointment, failed: Message) -> None:
    assert 'data-undelivered="1"' in desk.get(reverse("reception")).content.decode()
    page = desk.get(reverse("reception-failed")).content.decode()
    assert appointment.reference in page
    assert PROBLEM in page
    assert not any(word in page for word in ("Lejeune", "lejeun@example.org"))
    assert PROBLEM in desk.get(reverse("reception-visit", args=[appointment.reference])).content.decode()
    desk.post(reverse("reception-again", args=[failed.pk]))
    desk.post(reverse("reception-again", args=[failed.pk]))
    failed.refresh_from_db()
    assert (failed.state, failed.due_at, failed.attempts, failed.problem) == (MessageState.PENDING, MONDAY, 0, "")
    assert "data-undelivered" not in desk.get(reverse("reception")).content.decode()


def test_what_is_over_is_no_longer_shown(desk: Client, appointment: Appointment, failed: Message) -> None:
    with time_machine.travel(appointment.start, tick=False):
        answer = sign_in().get(reverse("reception-failed"))
        assert (answer.status_code, appointment.reference in answer.content.decode()) == (200, False)


def test_another_place_has_no_business_here(desk: Client, appointment: Appointment, failed: Message) -> None:
    Assignment.objects.all().delete()
    for address, method in (
        (reverse("reception-again", args=[failed.pk]), desk.post),
        (reverse("reception-correct", args=[appointment.reference]), desk.get),
        (reverse("reception-failed"), desk.get),
    ):
        assert method(address).status_code == 403
    failed.refresh_from_db()
    assert failed.state == MessageState.PARKED


def test_a_corrected_person_is_told_again_at_the_new_address(
    desk: Client, appointment: Appointment, failed: Message
) -> None:
    address = reverse("reception-correct", args=[appointment.reference])
    shown = desk.get(address).context["form"].initial
    assert (shown["birth_date"], shown["email"]) == ("00/02/1990", "lejeun@example.org")
    assert desk.post(address, shown | {"email": "anne@"}).status_code == 422
    answer = desk.post(address, shown | {"email": "anne@example.org"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("reception-visit", args=[appointment.reference]))
    appointment.refresh_from_db()
    assert appointment.visitor is not None
    assert (appointment.visitor.email, appointment.visitor.birth_date) == ("anne@example.org", "1990-02-00")
    assert [event.kind for event in appointment.events.all()] == [
        AppointmentEventKind.BOOKED,
        AppointmentEventKind.CORRECTED,
    ]
    assert Message.objects.filter(recipient="anne@example.org", key__contains=":1:").count() == 2
    assert AccessEntry.objects.filter(action="correct", subject=f"appointment:{appointment.reference}").count() == 1
