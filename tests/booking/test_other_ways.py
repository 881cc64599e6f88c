"""Procedures that are not booked online, and days without a free time."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from eguichet_rdv.catalogue.enums import BookingMode
from eguichet_rdv.scheduling.domain.agenda import extend_agenda
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.models import Location, OpeningPeriod, WaitingZone
from tests.booking.conftest import PERSON, Citizen
from tests.booking.test_journey import text
from tests.sentences import say
from tests.town import MONDAY, Town, make_counter

pytestmark = [pytest.mark.django_db, pytest.mark.db]


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (BookingMode.CLERK, "This appointment is made by our staff, by telephone or at the reception."),
        (BookingMode.WALK_IN, "No appointment is needed."),
        (BookingMode.POST, "You do not need to come: this is done by post or e-mail."),
        (BookingMode.EGUICHET, "You do not need to come: this is done online."),
        (
            BookingMode.CONVOCATION,
            "For this procedure we write to you. The letter holds a code with which you choose a time.",
        ),
    ],
)
def test_another_way_is_said_instead_of_a_calendar(town: Town, citizen: Citizen, mode: BookingMode, words: str) -> None:
    town.card.mode_override = mode
    town.card.save()
    page = citizen.begin()
    assert page.status_code == 200
    assert say(words) in text(page)
    assert "time-choice" not in text(page)


def test_nothing_free_says_what_else(town: Town, citizen: Citizen) -> None:
    OpeningPeriod.objects.update(for_online=False)
    for period in OpeningPeriod.objects.all():
        period.save()
    citizen.begin()
    page = citizen.send("visit")
    assert say("No time is free at the moment") in text(page)
    assert town.location.phone in text(page)
    assert say("Without appointment") in text(page)


def test_fee_and_duration_are_marked_until_confirmed(citizen: Citizen) -> None:
    assert text(citizen.begin()).count(say("to be confirmed")) == 2


def test_a_day_in_the_address_that_is_none_is_ignored(citizen: Citizen) -> None:
    citizen.begin()
    citizen.send("visit")
    for day in ("2026-02-31", "x", "9999-12-31", "2026-11-29"):
        assert citizen.client.get(citizen.step("time") + f"?day={day}").status_code == 200


def test_no_page_of_the_booking_has_script_or_style_in_it(citizen: Citizen) -> None:
    pages: list[Any] = [citizen.reach_check()]
    pages += [citizen.client.get(citizen.step(step)) for step in ("visit", "time", "person")]
    pages.append(citizen.send("check"))
    for page in pages:
        html = page.content.decode()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", html)
        assert "'unsafe" not in page["Content-Security-Policy"]
        assert page["Referrer-Policy"] == "same-origin"


def test_pages_with_answers_are_not_kept_by_the_browser(citizen: Citizen) -> None:
    assert "no-store" in citizen.reach_check()["Cache-Control"]
    assert "no-store" in citizen.send("check")["Cache-Control"]


def test_with_two_places_the_visitor_chooses(town: Town, citizen: Citizen) -> None:
    other = Location.objects.create(
        slug="antenne",
        name="Antenne de Heusy",
        street="Rue 1",
        postcode="4802",
        city="Verviers",
        municipality="Verviers",
    )
    zone = WaitingZone.objects.create(location=other, code="A")
    make_counter(zone, "9", [town.card])
    extend_agenda(MONDAY)
    assert "Antenne de Heusy" in text(citizen.begin())
    assert say("Please choose a place.") in text(citizen.send("visit"))
    assert citizen.send("visit", place="elsewhere").status_code == 422
    citizen.send("visit", place="antenne")
    citizen.choose()
    citizen.send("person", **PERSON)
    citizen.send("check")
    assert Appointment.objects.get().location == other


def test_choosing_a_time_asks_the_database_little(town: Town, citizen: Citizen) -> None:
    citizen.begin()
    citizen.send("visit")
    with CaptureQueriesContext(connection) as few:
        citizen.client.get(citizen.step("time"))
    for number in range(3, 9):
        make_counter(town.zone_b, str(number), [town.card])
    extend_agenda(MONDAY)
    with CaptureQueriesContext(connection) as many:
        citizen.client.get(citizen.step("time"))
    assert len(many) == len(few)
    assert len(few) < 20
