"""What people type about themselves."""

import re

import pytest
from django.test import Client
from pytest_django import Settings

from eguichet_rdv.messaging.models import Message
from eguichet_rdv.scheduling.models import Appointment, Visitor
from tests.booking.conftest import PERSON, Citizen
from tests.booking.test_journey import text
from tests.sentences import say
from tests.town import Town

pytestmark = [pytest.mark.django_db, pytest.mark.db]


@pytest.fixture
def at_person(citizen: Citizen) -> Citizen:
    citizen.begin()
    citizen.send("visit")
    citizen.choose()
    return citizen


@pytest.mark.parametrize("name", ["O", "O'Neill", "d'Haese", "Łukasz", "محمد", "陳", "<script>", "{{7*7}}", "%n a"])
def test_names_are_shown_unchanged(at_person: Citizen, name: str) -> None:
    page = at_person.send("person", **PERSON | {"last_name": name, "first_name": ""})
    assert at_person.url.endswith("/check/")
    shown = name.replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#x27;")
    assert f"<bdi> {shown}</bdi>" in text(page)
    at_person.send("check")
    assert Visitor.objects.get().last_name == name


def test_what_is_no_name_is_refused_with_a_sentence(at_person: Citizen) -> None:
    for name in ("", "\u200b", "a\u202eb", "a" + "\u0301" * 200, "a\0b", "x" * 10_000, "a\r\nb"):
        page = at_person.send("person", **PERSON | {"last_name": name})
        assert page.status_code == 422, name
        assert 'href="#id_person-last_name"' in text(page)
        assert 'value="marie@example.org"' in text(page)


@pytest.mark.parametrize(
    ("parts", "iso"),
    [
        (("1", "2", "90"), "1990-02-01"),
        (("1/2/90", "", ""), "1990-02-01"),
        (("01021990", "", ""), "1990-02-01"),
        (("1 février 1990", "", ""), "1990-02-01"),
        (("1", "février", "1990"), "1990-02-01"),
        (("0", "0", "1961"), "1961-00-00"),
        (("", "7", "1961"), "1961-07-00"),
        (("１", "２", "１９９０"), "1990-02-01"),
    ],
)
def test_dates_of_birth_are_understood(at_person: Citizen, parts: tuple[str, str, str], iso: str) -> None:
    day, month, year = parts
    at_person.send("person", **PERSON | {"birth_date_day": day, "birth_date_month": month, "birth_date_year": year})
    assert at_person.url.endswith("/check/")
    at_person.send("check")
    assert Visitor.objects.get().birth_date == iso


NO_DATES = [
    ("31", "2", "1990"),
    ("29", "2", "2027"),
    ("24", "11", "2026"),
    ("1", "1", "0000"),
    ("1", "1", "9999"),
    ("", "", ""),
    ("1", "2", ""),
    ("yesterday", "", ""),
    ("-", "-", "-"),
    ("\0", "1", "1990"),
]
NO_ADDRESSES = ["a@b", "a@b..be", "jan@localhost", "a@b.be, x@evil.be", "a" * 250 + "@b.be", "a@b.be\nBcc: x@evil.be"]


def test_what_is_no_date_of_birth_is_refused_with_a_sentence(at_person: Citizen) -> None:
    for day, month, year in NO_DATES:
        typed = {"birth_date_day": day, "birth_date_month": month, "birth_date_year": year}
        page = at_person.send("person", **PERSON | typed)
        assert page.status_code == 422, typed
        assert 'href="#id_person-birth_date_0"' in text(page)
        assert 'id="id_person-birth_date_0"' in text(page)


def test_what_is_no_address_is_refused_with_a_sentence(at_person: Citizen) -> None:
    for email in NO_ADDRESSES:
        page = at_person.send("person", **PERSON | {"email": email})
        assert page.status_code == 422, email
        assert 'href="#id_person-email"' in text(page)


def test_a_mistyped_domain_is_asked_about_once(at_person: Citizen) -> None:
    page = at_person.send("person", **PERSON | {"email": "marie@gmial.com"})
    assert page.status_code == 422
    asked = "Did you mean %(meant)s? Correct it, or send the page again to keep what you wrote."
    assert say(asked, meant="marie@gmail.com") in text(page)
    seen = re.search(r'name="person-email_seen"\s+value="([^"]*)"', text(page))
    assert seen is not None
    at_person.send("person", **PERSON | {"email": "marie@gmial.com", "email_seen": seen[1]})
    assert at_person.url.endswith("/check/")


@pytest.mark.parametrize("phone", ["0470/12.34.56", "+32 470 12 34 56", "0032470123456"])
def test_a_telephone_number_alone_is_enough(at_person: Citizen, phone: str) -> None:
    at_person.send("person", **PERSON | {"email": "", "phone": phone})
    at_person.send("check")
    visitor = Visitor.objects.get()
    assert (visitor.phone, visitor.email) == ("+32470123456", "")


def test_neither_address_nor_number_says_what_else(at_person: Citizen) -> None:
    page = at_person.send("person", **PERSON | {"email": "", "phone": ""})
    assert page.status_code == 422
    needed = "Please enter an e-mail address or a mobile number. You have neither? Telephone us or come by."
    assert say(needed) in text(page)


def test_an_unknown_language_is_refused(at_person: Citizen) -> None:
    assert at_person.send("person", **PERSON | {"language": "tlh"}).status_code == 422


def test_a_second_visit_for_the_same_is_refused_with_a_sentence(town: Town, citizen: Citizen) -> None:
    citizen.reach_check()
    citizen.send("check")
    again = Citizen()
    again.reach_check()
    sent = Message.objects.count()
    for _attempt in range(2):
        page = again.send("check")
        assert page.status_code == 422
        assert "error-summary" in text(page)
    assert Appointment.objects.count() == 1
    # Once a day the owner gets the link again; who asked learns nothing.
    assert list(Message.objects.order_by("pk").values_list("kind", "recipient"))[sent:] == [
        ("appointment.confirmation", "marie@example.org")
    ]


def test_who_asks_often_about_others_is_stopped(town: Town, citizen: Citizen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eguichet_rdv.booking.budgets.KNOWN_PER_ADDRESS", 1)
    citizen.reach_check()
    citizen.send("check")
    for person in ({}, {"last_name": "Somebody else"}):
        again = Citizen()
        again.reach_check(**person)
        assert again.send("check").status_code == 422
    assert Appointment.objects.count() == 1


def test_one_mailbox_is_not_filled(town: Town, citizen: Citizen, settings: Settings) -> None:
    settings.EGUICHET_BOOKINGS_PER_RECIPIENT = 1
    statuses = []
    for number in range(2):
        someone = Citizen()
        someone.reach_check(last_name=f"Person {number}", email="Marie@Example.org" if number else "marie@example.org")
        statuses.append(someone.send("check").status_code)
    assert (statuses, Appointment.objects.count()) == ([200, 422], 1)


def test_questions_are_asked_and_national_numbers_masked(town: Town, citizen: Citizen) -> None:
    town.card.questions = [{"code": "file", "label": {"fr": "Numéro de dossier"}, "required": True}]
    town.card.save()
    citizen.begin()
    citizen.send("visit")
    citizen.choose()
    assert "Numéro de dossier" in text(citizen.client.get(citizen.step("person")))
    assert citizen.send("person", **PERSON).status_code == 422
    citizen.send("person", **PERSON, question_population_carte_file="dossier 85.07.30-033.28 de moi")
    citizen.send("check")
    assert Appointment.objects.get().answers == {"population_carte_file": "dossier … de moi"}


def test_an_old_protection_token_keeps_what_was_typed(town: Town) -> None:
    citizen = Citizen(client=Client(enforce_csrf_checks=True))
    citizen.begin()
    page = citizen.client.post(citizen.step("visit"), {"visit-persons": "1", "csrfmiddlewaretoken": "x" * 64})
    assert page.status_code == 403
    assert 'name="visit-persons" value="1"' in text(page)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text(page))
    assert token is not None
    again = citizen.client.post(citizen.step("visit"), {"visit-persons": "1", "csrfmiddlewaretoken": token[1]})
    assert again["Location"] == citizen.step("time")


def test_a_form_from_another_site_is_not_kept(town: Town) -> None:
    citizen = Citizen(client=Client(enforce_csrf_checks=True))
    citizen.begin()
    page = citizen.client.post(
        citizen.step("visit"), {"visit-persons": "1"}, headers={"origin": "https://evil.example"}
    )
    assert page.status_code == 403
    assert "visit-persons" not in text(page)
