"""The states of a booking that the demo town does not show, in four languages, as a browser and axe see them."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from eguichet_rdv.scheduling.domain.agenda import extend_agenda
from eguichet_rdv.scheduling.domain.availability import find_first
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.deadlines import note_late_offers
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.tokens import activate_token, manage_token
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Assignment, Closure, Location, OpeningPeriod, WaitingZone
from tests.harness.browser import Pages, check_accessibility, take_shot
from tests.town import Town, make_clerk, make_counter, make_town

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PHONE, NARROW, WIDE = (390, 844), (320, 844), (1280, 800)
BOOK = {
    "fr": "/fr/rendez-vous/reserver",
    "nl": "/nl/afspraak/reserveren",
    "de": "/de/termin/buchen",
    "en": "/en/appointment/book",
}


def see(page: Page, language: str, state: str) -> None:
    """The page shows ``state``, is good for everybody, and whole at 320 px, which is 1280 px at 400 %."""
    page.locator(f"[data-state={state}]").first.wait_for()
    assert (page.get_attribute("html", "lang") or "").startswith(language)
    check_accessibility(page)
    for width, height in (NARROW, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    take_shot(page, f"state-{state}-{language}")


def make_scarce_town() -> Town:
    """Two places, the other days earlier; cards need a confirmed address and are late by law."""
    now = timezone.now()
    town = make_town(now=now)
    today = timezone.localdate(now)
    Closure.objects.create(location=town.location, first_date=today, last_date=today + timedelta(days=4))
    town.card.email_minutes, town.card.legal_deadline_days_override = 60, 0
    town.card.save()
    other = Location.objects.create(
        slug="antenne", name="Antenne", street="Rue 1", postcode="4802", city="Verviers", municipality="Verviers"
    )
    make_counter(WaitingZone.objects.create(location=other, code="A"), "9", [town.card], opens="08:00")
    extend_agenda(now)
    return town


def book_first(town: Town, language: str, person: Person, **facts: object) -> Appointment:
    wanted = town.wanted(town.kids if facts.pop("kids", False) else town.card)
    now = timezone.now()
    start = find_first(wanted, now=now)
    assert start is not None
    return book(wanted, start, person, language=language, now=now, intent=uuid4(), **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", BOOK)
def test_what_happens_when_times_are_scarce(pages: Pages, live_server: LiveServer, language: str) -> None:
    town = make_scarce_town()
    page = pages.open(base_url=live_server.url, language=language, width=PHONE[0], height=PHONE[1])
    page.goto(f"{BOOK[language]}/population/carte/")
    page.locator("main input[type=radio][value=maison-communale]").check(force=True)
    page.locator("main button[type=submit].button").first.click()
    see(page, language, "late")
    page.locator("button[name=elsewhere]").click()
    page.locator("a[href='?view=list']").click()
    page.locator(".list-turn a").first.click()
    page.locator(".list-turn a").nth(1).wait_for()
    see(page, language, "late")
    made = book_first(town, language, Person("Müller", "Zoë", "1990-02-01", "zoe@example.org"))
    page.goto(f"/rdv/{manage_token(made)}/")
    see(page, language, "awaiting-email")
    page.goto(f"/rdv/{activate_token(made)}/")
    see(page, language, "confirm-email")
    page.locator("main form button").click()
    see(page, language, "managed")
    child = book_first(town, language, Person("Müller", "Léa", "2015-02-01"), kids=True)
    page.goto(f"/rdv/{manage_token(child)}/")
    page.locator("a[href$='/persons/']").click()
    see(page, language, "party")


@pytest.mark.parametrize("language", BOOK)
def test_who_finds_nothing_free_can_ask_to_be_told(pages: Pages, live_server: LiveServer, language: str) -> None:
    make_town(now=timezone.now())
    OpeningPeriod.objects.all().delete()
    pages.watch.allow("status of 422")
    page = pages.open(base_url=live_server.url, language=language, width=PHONE[0], height=PHONE[1])
    page.goto(f"{BOOK[language]}/population/carte/")
    page.locator("main button[type=submit].button").first.click()
    see(page, language, "watch")
    for address, state in (("zoe@", "watch"), ("zoe@example.org", "watching")):
        page.locator("input[name=watch-email]").fill(address)
        with page.expect_navigation():
            page.locator("button[form=watch]").click()
        see(page, language, state)


def test_what_helpers_and_staff_see(pages: Pages, live_server: LiveServer) -> None:
    town = make_scarce_town()
    made = book_first(town, "fr", Person("Peeters", "An", "1990-02-01", "an@example.org"))
    note_late_offers([town.card], timezone.localdate() - timedelta(days=1))
    for name, role in (("helper", Role.HELPER), ("chief", Role.MANAGER)):
        Assignment.objects.create(user=make_clerk(name), role=role)
    pages.watch.allow("WebSocket connection")  # the server of this test speaks none
    page = pages.open(base_url=live_server.url, width=WIDE[0], height=WIDE[1])
    sign_in(page, "helper")
    page.goto(f"{BOOK['fr']}/population/kids-id/")
    page.locator(".helping").wait_for()
    page.locator("main button[type=submit].button").first.click()
    page.locator(".time-choice input").first.check(force=True)
    page.locator("main button[type=submit].button").first.click()
    page.locator("input[name=person-last_name]").fill("Peeters")
    for name, part in (("day", "1"), ("month", "2"), ("year", "1950")):
        page.locator(f"input[name=person-birth_date_{name}]").fill(part)
    for _step in ("person", "check"):
        page.locator("main .actions button[type=submit]").first.click()
    see(page, "fr", "nothing-sent")
    page.locator(".helping form button").click()
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    sign_in(page, "chief")
    for address in (f"/accueil/rdv/{made.reference}/", f"/accueil/rdv/{made.reference}/deplacer/", "/accueil/delais/"):
        page.goto(address)
        page.locator("main h1").wait_for()
        check_accessibility(page)
        take_shot(page, f"state-staff-{address.strip('/').split('/')[-1].replace(made.reference, 'visit')}")
    for language in BOOK:
        page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        page.goto(f"/accueil/rdv/{made.reference}/deplacer/")
        expect(page.locator("html")).to_have_attribute("lang", re.compile(f"^{language}"))
        check_accessibility(page)


def sign_in(page: Page, name: str) -> None:
    page.goto("/personnel/")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", "a long enough password")
    page.locator("main form [type=submit]").click()
    page.wait_for_url("**/personnel/menu/")
