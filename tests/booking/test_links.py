"""« Send me my links again »: one mail with everything, one answer for everybody."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from eguichet_rdv.messaging.domain.deliver import deliver_due
from eguichet_rdv.messaging.models import Message
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.cancel import cancel
from eguichet_rdv.scheduling.domain.links import KIND, PER_BLOCK, PER_RECIPIENT, find_future_of
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.tokens import manage_token
from eguichet_rdv.scheduling.enums import CancelledBy
from eguichet_rdv.scheduling.models import Appointment, Visitor
from tests.town import MONDAY, Town

pytestmark = pytest.mark.django_db
PAGE = "/fr/rendez-vous/mes-liens/"


def book_for(town: Town, first_name: str, clock: str, email: str = "marie@example.org") -> Appointment:
    person = Person("Lejeune", first_name, "1990-02-01", email)
    return book(town.wanted(), town.at(clock), person, language="fr", now=MONDAY, intent=uuid4())


def ask(email: str, address: str = "203.0.113.7") -> HttpResponse:
    return Client().post(PAGE, {"email": email}, REMOTE_ADDR=address)  # type: ignore[return-value]


def send(settings: Settings) -> list[str]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Message.objects.exclude(kind=KIND).delete()
    deliver_due(timezone.now)
    return [str(sent.message()["To"]) for sent in mail.outbox]


def shown(answer: HttpResponse) -> str:
    return re.sub(r"[\w.]+@[\w.]+|csrfmiddlewaretoken.*", "", answer.content.decode())


def test_one_mail_lists_what_is_to_come_and_nothing_else(town: Town, settings: Settings) -> None:
    kept = [book_for(town, "Marie", "09:00"), book_for(town, "Jean", "10:00")]
    gone = book_for(town, "Luc", "11:00")
    cancel(gone, by=CancelledBy.CITIZEN, now=MONDAY)
    other = book_for(town, "Eve", "11:00", "eve@example.org")
    assert ask("Marie@example.org").status_code == 200
    ask("marie@example.org")
    assert send(settings) == ["Marie@example.org"]
    sent: Any = mail.outbox[0].message()
    text = sent.get_body(("plain",)).get_content()
    assert [manage_token(one) in text for one in (*kept, gone, other)] == [True, True, False, False]
    assert settings.PUBLIC_URL + "/rdv/" in text


def test_the_answer_is_the_same_whether_somebody_is_known(town: Town, settings: Settings) -> None:
    book_for(town, "Marie", "09:00")
    known, unknown = ask("marie@example.org"), ask("nobody@example.org")
    assert (known.status_code, shown(known)) == (unknown.status_code, shown(unknown))
    assert send(settings) == ["marie@example.org"]
    assert set(Message.objects.values_list("recipient", flat=True)) == {""}  # no stranger's address is kept


def test_the_same_work_is_done_for_everybody(town: Town) -> None:
    book_for(town, "Marie", "09:00")
    ask("warm@example.org")
    asked = []
    for email in ("marie@example.org", "nobody@example.org"):
        with CaptureQueriesContext(connection) as queries:
            ask(email)
        asked.append([re.split("VALUES|\\d", query["sql"])[0] for query in queries])
    assert asked[0] == asked[1]


def test_a_look_alike_address_gets_nothing(town: Town, settings: Settings) -> None:
    book_for(town, "Marie", "09:00", "mike@example.org")
    assert find_future_of("MIKE@EXAMPLE.ORG", MONDAY) != []
    assert find_future_of("m\u0131ke@example.org", MONDAY) == []
    Visitor.objects.update(email="m\u0131ke@example.org")
    assert find_future_of("MIKE@example.org", MONDAY) == []


def test_nobody_can_flood_a_mailbox_and_nobody_learns_of_the_limit(town: Town, settings: Settings) -> None:
    book_for(town, "Marie", "09:00")
    now = timezone.now()
    for number in range(PER_RECIPIENT + 3):
        with time_machine.travel(now + timedelta(minutes=10 * number), tick=False):
            assert ask("marie@example.org").status_code == 200
    assert Message.objects.filter(kind=KIND).count() == PER_RECIPIENT


def test_one_block_of_addresses_is_limited_others_are_not(town: Town) -> None:
    answers = {ask(f"a{number}@example.org", f"203.0.113.{number}").status_code for number in range(PER_BLOCK)}
    assert answers == {200}
    assert ask("z@example.org", "203.0.113.200").status_code == 429
    assert ask("z@example.org", "198.51.100.1").status_code == 200


@pytest.mark.parametrize("text", ["", "marie", "a@b", "a@b.be, x@evil.be", "a@b.be\r\nBcc: x@evil.be"])
def test_what_is_no_address_is_said_at_the_field(text: str, town: Town) -> None:
    answer = ask(text)
    assert answer.status_code == 422
    assert 'id="id_email"' in answer.content.decode()
    assert Message.objects.count() == 0


def test_the_page_is_found_where_one_looks_for_it(town: Town) -> None:
    for page in ("/rdv/unknown/", "/fr/rendez-vous/vie-privee/", PAGE):
        assert PAGE in Client().get(page, headers={"accept-language": "fr"}).content.decode()
