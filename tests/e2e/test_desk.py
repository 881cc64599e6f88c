"""A clerk's page while the hall around it moves: what the clerk was about to do stays possible."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Assignment
from eguichet_rdv.waiting.domain.assistance import ask_help
from eguichet_rdv.waiting.domain.serve import finish, start_serving
from eguichet_rdv.waiting.domain.sessions import open_session
from eguichet_rdv.waiting.domain.visit import write_note
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
    show(opened)
    return opened


def show(page: Page) -> None:
    """The page is there, and ready."""
    page.goto("/guichet/")
    page.locator("#desk [data-shortcut]").first.wait_for()
    page.wait_for_load_state()  # before that a press would be answered with a page


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


def call(page: Page, hall: Hall) -> Stop:
    """Somebody stands at the counter, and not only just now: the page takes that for the rest of a double click."""
    hall.arrive()
    stop = hall.call(CounterSession.objects.get())
    show(page)
    return stop


def type_note(page: Page, text: str) -> None:
    """At the end of what stands there, and the cursor stays."""
    page.keyboard.press("Alt+o")
    page.keyboard.press("End")
    page.keyboard.type(text)


def break_order(page: Page, pages: Pages, command: str, answer: Callable[[Route], None]) -> None:
    """Until further notice this order meets ``answer``, not the server."""
    pages.watch.allow(f"/{command}/|Failed to load resource|Response Status Error|htmx:")
    page.route(f"**/ordre/{command}/", answer)


@pytest.mark.parametrize(
    "answer", [lambda route: route.fulfill(status=502), lambda route: route.abort("connectionreset")]
)
def test_an_order_that_failed_is_said_until_one_succeeds(
    page: Page, pages: Pages, hall: Hall, answer: Callable[[Route], None]
) -> None:
    hall.arrive()
    break_order(page, pages, "call", answer)
    with page.expect_response("**/guichet/etat/"):
        page.locator("#main-action").click()
    look(page)
    expect(page.locator("#desk-failed")).to_be_visible()
    page.unroute("**/ordre/call/")
    page.locator("#main-action").click()
    expect(page.locator("#main-action[data-shortcut=s]")).to_be_visible()
    expect(page.locator("#desk-failed")).to_be_hidden()


def test_what_was_not_saved_is_said_and_sent_again(page: Page, pages: Pages, hall: Hall) -> None:
    stop = call(page, hall)
    for command in ("note", "brought"):
        break_order(page, pages, command, lambda route: route.abort("connectionreset"))
    page.locator("#desk [name=brought]").first.check()
    type_note(page, "cherche une photo")
    page.keyboard.press("Tab")
    expect(page.locator("#desk-unsaved")).to_be_visible()
    look(page)
    expect(page.locator("#desk-unsaved")).to_be_visible()
    page.unroute_all()
    expect(page.locator("#desk-unsaved")).to_be_hidden(timeout=15_000)
    stop.refresh_from_db()
    assert (stop.note, len(stop.brought)) == ("cherche une photo", 1)


def test_a_note_being_typed_goes_with_the_order_of_a_key(page: Page, hall: Hall) -> None:
    stop = call(page, hall)
    type_note(page, "cherche")
    page.keyboard.press("Tab")
    expect(page.locator("#desk-unsaved")).to_be_hidden()
    type_note(page, " une  photo")
    page.keyboard.press("Alt+s")
    expect(page.locator("#main-action[data-shortcut=f]")).to_be_visible()
    note = page.locator("#desk input[name=note]")
    expect(note).to_have_value("cherche une photo")
    expect(note).to_be_focused()
    stop.refresh_from_db()
    assert (stop.state, stop.note) == (StopState.SERVING, "cherche une photo")
    show(page)
    type_note(page, ", revient")
    page.keyboard.press("Alt+p")
    expect(page.locator("#desk-next")).to_be_visible()
    stop.refresh_from_db()
    assert (stop.state, stop.note) == (StopState.PARKED, "cherche une photo, revient")


def test_what_is_typed_on_while_the_answer_comes_is_kept(page: Page, hall: Hall) -> None:
    stop = call(page, hall)
    type_note(page, "cherche")

    def type_on(route: Route) -> None:
        page.keyboard.insert_text(" une photo")  # as text: Alt may still be held, and no sign comes with it
        page.evaluate("() => document.activeElement.setSelectionRange(7, 7)")
        route.continue_()

    page.route("**/ordre/serve/", type_on)
    page.keyboard.press("Alt+s")
    expect(page.locator("#main-action[data-shortcut=f]")).to_be_visible()
    expect(page.locator("#desk input[name=note]")).to_have_value("cherche une photo")
    assert page.evaluate("() => document.activeElement.selectionEnd") == 7  # the caret stays where it was
    with page.expect_response("**/ordre/note/"):
        page.keyboard.press("Tab")
    stop.refresh_from_db()
    assert (stop.state, stop.note) == (StopState.SERVING, "cherche une photo")


def test_the_sheet_to_send_on_has_the_last_words(page: Page, hall: Hall) -> None:
    call(page, hall)
    type_note(page, "vient du 1")
    page.keyboard.press("Alt+t")
    expect(page.locator("#send-note")).to_have_value("vient du 1")
    page.locator("#desk-sheet form button").click()
    expect(page.locator("#desk-next")).to_be_visible()
    assert Stop.objects.get(state=StopState.WAITING).note == "vient du 1"


def test_an_order_and_a_look_without_answer_are_given_up(page: Page, pages: Pages, hall: Hall) -> None:
    hall.arrive()
    break_order(page, pages, "call", lambda _route: None)
    page.route("**/guichet/etat/", lambda _route: None, times=1)
    page.locator("#main-action").click()
    page.evaluate(LOOK)
    expect(page.locator("#desk-failed")).to_be_visible(timeout=20_000)
    expect(page.locator("#main-action")).to_be_enabled()
    with page.expect_response("**/guichet/etat/"):
        pass
    page.unroute_all()
    page.locator("#main-action").click()
    expect(page.locator("#main-action[data-shortcut=s]")).to_be_visible()


def test_a_special_sign_is_typed_and_orders_nothing(page: Page, hall: Hall) -> None:
    stop = call(page, hall)
    sign = "e => e.dispatchEvent(new KeyboardEvent('keydown', {key: 'ß', code: 'KeyS', altKey: true, bubbles: true}))"
    page.locator("#desk input[name=note]").evaluate(sign)
    look(page)
    stop.refresh_from_db()
    assert stop.state == StopState.CALLED
    page.locator("body").evaluate(sign)
    expect(page.locator("#main-action[data-shortcut=f]")).to_be_visible()


def test_two_windows_agree_on_the_counter_and_on_ticks(page: Page, hall: Hall) -> None:
    stop = call(page, hall)
    write_note(stop, "déjà venu")
    start_serving(CounterSession.objects.get(), stop, intent=uuid4(), now=timezone.now())
    with page.expect_response("**/guichet/etat/"):
        page.locator("#desk [name=brought]").first.check()
    expect(page.locator("#main-action[data-shortcut=f]")).to_be_visible()
    expect(page.locator("#desk input[name=note]")).to_have_value("déjà venu")
    expect(page.locator("#desk [name=brought]").first).to_be_checked()
    finish(CounterSession.objects.get(), stop, intent=uuid4(), now=timezone.now())
    look(page)
    expect(page.locator("#desk h1")).to_contain_text("1")
    hall.sit_down(hall.town.counters[1])
    look(page)
    expect(page.locator("#desk h1")).to_contain_text("2")


def test_the_focus_is_never_behind_a_sheet(page: Page, hall: Hall) -> None:
    page.set_viewport_size({"width": 1280, "height": 500})
    for _visitor in range(9):
        hall.arrive()
    look(page)
    rows = page.locator("#desk-line .line-number a")
    rows.first.click()
    expect(page.locator("#sheet-title")).to_be_focused()
    rows.first.focus()
    for _row in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement.getBoundingClientRect().bottom"
            " <= document.querySelector('.desk-sheet').getBoundingClientRect().top"
        )
    page.keyboard.press("Escape")
    expect(rows.last).to_be_focused()
