"""Links and codes in other hands can be made worthless."""

from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from eguichet_rdv.ledger.models import AccessEntry
from eguichet_rdv.messaging.models import Message
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.tokens import (
    check_in_token,
    find_by_check_in_token,
    find_by_manage_token,
    manage_token,
)
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Assignment
from eguichet_rdv.waiting.domain.answers import ByAppointment
from eguichet_rdv.waiting.domain.check_in import check_in
from eguichet_rdv.waiting.domain.tokens import find_by_follow_token, follow_token
from eguichet_rdv.waiting.enums import ArrivalChannel
from tests.town import MONDAY, make_clerk, make_town


@pytest.mark.django_db
def test_renewed_links_leave_the_old_ones_worthless_and_send_new_ones(client: Client) -> None:
    town = make_town()
    clerk = make_clerk()
    Assignment.objects.create(user=clerk, location=town.location, role=Role.RECEPTION)
    person = Person("Dupont", "Marie", "1990-02-01", "marie@verviers.example")
    start = town.at("09:00")
    appointment = book(town.wanted(), start, person, language="fr", now=MONDAY, intent=uuid4())
    ticket = check_in(
        town.location, ByAppointment(appointment), channel=ArrivalChannel.KIOSK, now=town.at("08:00")
    ).ticket
    assert ticket is not None
    old = manage_token(appointment), check_in_token(appointment), follow_token(ticket)
    address = reverse("reception-renew", args=[appointment.reference])
    with time_machine.travel(town.at("08:30"), tick=False):
        client.force_login(clerk)
        assert client.get(address).status_code == 405
        assert client.post(address).status_code == 302
    assert (find_by_manage_token(old[0]), find_by_check_in_token(old[1]), find_by_follow_token(old[2])) == (None,) * 3
    appointment.refresh_from_db()
    ticket.refresh_from_db()
    assert find_by_manage_token(manage_token(appointment)) == appointment
    assert find_by_check_in_token(check_in_token(appointment)) == appointment
    assert find_by_follow_token(follow_token(ticket)) == ticket
    told = Message.objects.filter(kind__endswith="confirmation").values_list("key", flat=True)
    assert sorted(key.split(":")[2] for key in told) == ["0", "1"]
    assert AccessEntry.objects.filter(action="renew", subject=f"appointment:{appointment.reference}").exists()
