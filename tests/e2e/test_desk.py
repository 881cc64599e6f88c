"""A clerk's page while the hall around it moves: what the clerk was about to do stays possible."""

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Assignment
from eguichet_rdv.waiting.domain.assistance import ask_help
from eguichet_rdv.waiting.domain.sessions import open_session
from eguichet_rdv.waiting.enums import SessionState, StopState
from eguichet_rdv.waiting.models import CounterSession, Stop
from tests.hall import Hall, make_hall
from tests.harness.browser import Pages
from tests.town import make_clerk

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
LOOK = "htmx.trigger(document.body, 'hall-changed')"
"""What the socket makes the page do; the server of these tests speaks none."""


@pytest.fixture
def hall() -> Hall:
    return make_hall()


@pytest.fixture
def page(pages: Pages, live_server: LiveServer, hall: Hall) -> Page:
    """A clerk at the first counter, where nobody is called yet."""
    pages.watch.allow("WebSocket connection")
    opened = pages.open(base_url=live_server.url, width=1280, height=800)
    client = Client()
    client.force_login(hall.clerk)
    name = settings.SESSION_COOKIE_NAME
    opened.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    hall.sit_down()
    opened.goto("/guichet/")
    opened.locator("#desk [data-shortcut]").first.wait_for()
    opened.wait_for_load_state()  # before that a press would be answered with a page
    return opened


def look(page: Page) -> None:
    """Something changed in the hall: the page has fetched it."""
    with page.expect_response("**/guichet/etat/"):
        page.evaluate(LOOK)


def test_the_hall_changes_while_nobody_is_at_the_counter(page: Page, hall: Hall) -> None:
    page.locator("form[action$='/call/'] button").click()
    expect(page.locator("#desk .notices")).to_be_visible()
    left = str(hall.arrive())
    look(page)
    expect(page.locator("#desk-next .desk-number")).to_have_text(left)
    expect(page.locator("#desk-line .line-number a")).to_have_text(left)
    expect(page.locator("#desk .notices")).to_be_visible()
    page.locator("form[action$='/close/'] button").click()
    expect(page.locator("#closing")).to_contain_text(left)
    hall.arrive()
    look(page)
    expect(page.locator("#desk-line .line-number a")).to_have_count(2)
    page.locator("#closing form button").click()
    expect(page.locator(".counter-card").first).to_be_visible()
    assert CounterSession.objects.get().state == SessionState.CLOSED


def test_the_keyboard_keeps_its_place_in_the_line_and_in_calls_for_help(page: Page, hall: Hall) -> None:
    first, second = hall.arrive(), hall.arrive()
    other = open_session(hall.town.counters[1], make_clerk("beside"), now=timezone.now())
    look(page)
    row = page.locator("#desk-line .line-number a", has_text=str(second))
    row.focus()
    hall.arrive()
    look(page)
    expect(page.locator("#desk-line .line-number a")).to_have_count(3)
    expect(row).to_be_focused()
    page.locator("#desk-line .line-number a", has_text=str(first)).focus()
    hall.call(other)
    look(page)
    expect(page.locator("#line-rows")).to_be_focused()
    ask_help(other, now=timezone.now())
    look(page)
    page.locator("#desk-help button").focus()
    page.evaluate("document.querySelector('#desk-help .help-call').dataset.seen = 'yes'")
    hall.arrive()
    look(page)
    expect(page.locator("#desk-line .line-number a")).to_have_count(3)
    expect(page.locator("#desk-help button")).to_be_focused()
    expect(page.locator("#desk-help .help-call")).to_have_attribute("data-seen", "yes")
    Assignment.objects.create(user=hall.clerk, location=hall.town.location, role=Role.RECEPTION)
    page.goto("/accueil/")
    button = page.locator("#help-calls button")
    button.focus()
    with page.expect_response("**/accueil/aide/"):
        page.evaluate(LOOK)
    expect(button).to_be_focused()
    button.press("Enter")
    expect(page.locator("#help-calls .help-call")).to_be_visible()
    expect(button).to_have_count(0)


def test_what_was_refused_is_still_there_and_sent_from_elsewhere(page: Page, hall: Hall) -> None:
    hall.arrive()
    page.locator("#main-action").click()
    note = page.locator("#desk input[name=note]")
    note.fill("photo \u202e sombre")
    note.press("Tab")
    expect(page.locator("#desk .notices .banner-bad")).to_be_visible()
    expect(note).to_have_value("photo \u202e sombre")
    page.locator("a[data-shortcut=t]").click()
    page.locator("#send-note").fill("photo \u202e sombre")
    page.locator("#desk-sheet form button").click()
    expect(page.locator("#desk .notices .banner-bad")).to_be_in_viewport()
    expect(page.locator("#desk-sheet form button")).to_be_enabled()
    expect(page.locator("#send-note")).to_have_value("photo \u202e sombre")
    # The same sheet in a tab of its own.
    page.goto(page.locator("a[data-shortcut=t]").get_attribute("href") or "")
    page.locator("main form button").click()
    expect(page.locator("#desk-next")).to_be_visible()
    assert Stop.objects.filter(state=StopState.DONE).count() == 1
