"""Deadlines and urgency: last starts, hours that open for everybody at once, no time within the law, other places."""

import re
from datetime import date, time, timedelta

import pytest
import time_machine
from django.test import Client

from eguichet_rdv.scheduling.domain.agenda import extend_agenda
from eguichet_rdv.scheduling.models import LateOffer, Reservation
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Assignment, Location, OpeningPeriod, WaitingZone
from tests.booking.conftest import Citizen
from tests.booking.test_journey import text
from tests.town import MONDAY, Town, make_clerk, make_counter

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_time(citizen: Citizen) -> Citizen:
    citizen.begin()
    citizen.send("visit")
    return citizen


def test_the_list_shows_a_few_days_and_leads_on_and_back(at_time: Citizen) -> None:
    first = text(at_time.client.get(at_time.step("time") + "?view=list"))
    later = re.search(r'href="\?view=list&amp;day=([0-9-]+)#times"', first)
    assert later is not None
    assert (first.count("<fieldset"), first.count("<table"), later[1]) == (5, 0, "2026-11-30")
    second = text(at_time.client.get(at_time.step("time") + f"?view=list&day={later[1]}"))
    assert re.findall(r'href="\?view=list&amp;day=([0-9-]+)#times"', second) == [
        "2026-11-23",
        "2026-12-07",
    ]
    assert "<h3" in second  # morning and afternoon


def test_hours_for_urgent_cases_open_for_everybody_at_once(town: Town, at_time: Citizen) -> None:
    for period in OpeningPeriod.objects.filter(weekday=0):
        period.releases_at = time(8)
        period.save()
    today = date(2026, 11, 23)
    before = at_time.client.get(at_time.step("time"))
    assert 'data-state="opens-later"' in text(before)
    assert before.context["first_free"]["day"] != today
    with time_machine.travel(town.at("07:59", 23), tick=False):
        assert at_time.client.get(at_time.step("time")).context["first_free"]["day"] != today
        at_time.send("time", start="2026-11-23T09:30+01:00")
        assert not Reservation.objects.exists()
    with time_machine.travel(town.at("08:00", 23), tick=False):
        page = at_time.client.get(at_time.step("time"))
        assert 'data-state="opens-later"' not in text(page)
        # All at once and not one by one: an hour's notice leaves the whole morning from nine on.
        hours = [choice.value[11:16] for choice in page.context["blocks"][0]["morning"]]
        assert (hours[0], hours[-1], len(hours)) == ("09:00", "11:45", 12)


def test_nothing_starts_after_the_last_start_of_the_day(town: Town, at_time: Citizen) -> None:
    town.card.last_start_override = "10:00"
    town.card.save()
    assert max(value[11:16] for value in at_time.times()) == "10:00"
    assert at_time.send("time", start="2026-11-24T10:15+01:00").status_code == 422


def test_no_time_within_the_law_is_said_and_counted_once(town: Town, at_time: Citizen) -> None:
    town.card.legal_deadline_days_override = 3
    town.card.save()
    OpeningPeriod.objects.update(for_online=False, valid_until=None)
    late = MONDAY + timedelta(days=7)
    for period in OpeningPeriod.objects.all():
        OpeningPeriod.objects.create(
            counter=period.counter,
            weekday=period.weekday,
            opens=period.opens,
            closes=period.closes,
            valid_from=late.date(),
        )
    for period in OpeningPeriod.objects.filter(for_online=False):
        period.save()
    for _look in range(2):
        page = text(at_time.client.get(at_time.step("time")))
        assert 'data-state="late"' in page
        assert town.location.phone in page
        assert 'class="hours"' in page
    counted = LateOffer.objects.get()
    assert (counted.procedure, counted.date, counted.count) == (town.card, date(2026, 11, 23), 1)
    other = Citizen()
    other.begin()
    other.send("visit")
    assert LateOffer.objects.get().count == 2
    manager = make_clerk("manager")
    Assignment.objects.create(user=manager, role=Role.MANAGER)
    reader = Client()
    assert reader.get("/accueil/delais/").status_code == 302
    reader.force_login(manager)
    assert reader.get("/accueil/delais/").context["rows"] == [(town.card, 2)]


def test_an_earlier_time_at_another_place_is_offered_there(town: Town, citizen: Citizen) -> None:
    other = Location.objects.create(
        slug="antenne", name="Antenne", street="Rue 1", postcode="4802", city="Verviers", municipality="Verviers"
    )
    make_counter(WaitingZone.objects.create(location=other, code="A"), "9", [town.card], opens="08:00")
    extend_agenda(MONDAY)
    citizen.begin()
    page = citizen.send("visit", place="maison-communale")
    assert [found["slug"] for found in page.context["elsewhere"]] == ["antenne"]  # type: ignore[attr-defined]
    page = citizen.follow(citizen.client.post(citizen.step("time"), {"elsewhere": "antenne"}))
    assert page.context["wanted"].location == other  # type: ignore[attr-defined]
    assert page.context["elsewhere"] == []  # type: ignore[attr-defined]
    citizen.client.post(citizen.step("time"), {"elsewhere": "nowhere"})
    assert citizen.client.get(citizen.step("time")).context["wanted"].location == other
