"""A clerk's page while the hall around it moves: what the clerk was about to do stays possible."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from eguichet_rdv.waiting.enums import SessionState
from eguichet_rdv.waiting.models import CounterSession
from tests.hall import Hall, make_hall
from tests.harness.browser import Pages

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
    opened.goto("/guichet/")
    opened.fill("input[name=username]", "clerk")
    opened.fill("input[name=password]", "a long enough password")
    opened.locator("main form [type=submit]").click()
    opened.locator(".counter-card").first.click()
    opened.locator("#desk").wait_for()
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
