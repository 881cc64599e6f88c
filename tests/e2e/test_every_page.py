"""Every page and state of the main journey, in the four languages, as a browser and axe see them."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Response, expect

from tests.harness.browser import Pages, check_accessibility, take_shot
from tests.harness.smtp import SmtpSink

pytestmark = pytest.mark.e2e

PHONE, NARROW, DESKTOP, TALL = 390, 320, 1280, 844
LANGUAGES = ("fr", "nl", "de", "en")
CATALOGUE = {"fr": "/fr/rendez-vous/", "nl": "/nl/afspraak/", "de": "/de/termin/", "en": "/en/appointment/"}
PRIVACY = {"fr": "vie-privee/", "nl": "privacy/", "de": "datenschutz/", "en": "privacy/"}
LINKS = {"fr": "mes-liens/", "nl": "mijn-links/", "de": "meine-links/", "en": "my-links/"}
FOUND = {"fr": "passeport", "nl": "reispas", "de": "Reisepass", "en": "passport"}
PROCEDURE = "passeports-passeport-retrait/"
SCREEN_SIZES = ((1920, 1080), (1080, 1920), (1280, 844))
PASSWORD = "demo-verviers"  # the public one of the demo
ANSWER_OF_FAILURE = r"Failed to load resource.*status of (403|404|422)"
"""Chromium says so of every page that is an answer to something refused."""

DESK = (
    ("desk-help", "form[action$='/help/'] button", "form[action$='/help-over/']"),
    ("desk-alone", "form[action$='/help-over/'] button", "form[action$='/help/']"),
    ("desk-called", "#main-action", "form[action$='/serve/']"),
    ("desk-serving", "#main-action", "form[action$='/finish/']"),
    ("desk-finished", "#main-action", "#desk:not(:has(.desk-head))"),
    ("desk-pause", "form[action$='/pause/'] button", "form[action$='/continue/']"),
    ("desk-continued", "form[action$='/continue/'] button", "form[action$='/pause/']"),
    ("desk-closed", "form[action$='/close/'] button", ".counter-card, #closing"),
)
SHEETS = (
    ("desk-sheet-waiting", "#desk-line .line-number a"),
    ("desk-sheet-ending", "a[data-shortcut=e]"),
    ("desk-sheet-send-on", "a[data-shortcut=t]"),
    ("desk-sheet-follow-up", "a[data-shortcut=b]"),
)
"""What opens beside the desk while somebody is being served."""

"""What the clerk comes to see, the button that leads there, and what the page then holds."""

FIND_CLIPPED = """() => [...document.querySelectorAll(".call > *, .counter-word > *, .top *")]
  .filter((part) => part.getClientRects().length && getComputedStyle(part).visibility !== "hidden")
  .filter((part) => {
    const box = part.getBoundingClientRect();
    const around = (part.closest(".call") ?? document.documentElement).getBoundingClientRect();
    return box.left < around.left - 1 || box.right > around.right + 1
      || box.top < around.top - 1 || box.bottom > around.bottom + 1
      || part.scrollWidth > part.clientWidth + 1 && getComputedStyle(part).display !== "inline";
  })
  .map((part) => `${part.className || part.tagName}: ${part.textContent.trim()}`)"""
"""What sticks out of its row on a call screen, or of the window."""

WIDEST = """() => {
  for (const part of document.querySelectorAll(".call .number")) part.textContent = "W888";
  for (const part of document.querySelectorAll(".call .counter")) {
    part.textContent = "28";
    part.dataset.length = 2;
  }
}"""


class Walk:
    """One person in one language, with one browser context."""

    def __init__(self, pages: Pages, language: str) -> None:
        pages.watch.allow(ANSWER_OF_FAILURE)
        self.language = language
        self.open_policies: list[str] = []
        self.page = pages.open(width=PHONE, height=TALL, language=language)
        self.page.on("response", self._look_at)

    def go(self, path: str, name: str = "") -> None:
        """Open an address; look at it when ``name`` is given."""
        self.page.goto(path)
        if name:
            self.see(name)

    def see(self, name: str, part: str | None = None) -> None:
        """The page in its language, good for everybody, whole on a phone and at the narrowest width.

        ``part``: the selector of what stands for the rest, where axe would need half a minute for all of it.
        """
        expect(self.page.locator("html")).to_have_attribute("lang", re.compile(f"^{self.language}"))
        for width in (PHONE, NARROW) if self.language == "de" else (PHONE,):
            self.resize(width)
            check_accessibility(self.page, part)
        self.resize(NARROW)
        assert self.page.evaluate("document.documentElement.scrollWidth") <= NARROW, f"{name} is wider than the phone"
        if self.language == "fr":
            self.resize(DESKTOP)
            check_accessibility(self.page, part)
            take_shot(self.page, f"page-{name}-wide")
            self.resize(PHONE)
            take_shot(self.page, f"page-{name}")
        self.resize(PHONE)
        assert self.open_policies == []

    def resize(self, width: int) -> None:
        """Another width of the window, in CSS pixels."""
        self.page.set_viewport_size({"width": width, "height": TALL})

    def send(self) -> None:
        """Press the main button of a form."""
        self.page.locator("main form button[type=submit].button:visible").first.click()

    def fill(self, **values: str) -> None:
        """Fill in fields by the end of their names."""
        for name, value in values.items():
            self.page.locator(f"main input[name$={name}]").fill(value)

    def find(self, selector: str) -> Locator:
        """Part of the page."""
        return self.page.locator(selector)

    def _look_at(self, response: Response) -> None:
        if urlsplit(response.url).path.startswith(("/static/", "/media/")) or response.status in {301, 302, 304}:
            return
        policy = response.headers.get("content-security-policy", "")
        if "default-src 'none'" not in policy or "'unsafe" in policy:
            self.open_policies.append(f"{response.url}: {policy}")


@pytest.fixture
def walk(request: pytest.FixtureRequest, site_pages: Pages) -> Walk:
    """A browser in the language of the test."""
    return Walk(site_pages, request.param)


in_each_language = pytest.mark.parametrize("walk", LANGUAGES, indirect=True)


@in_each_language
def test_the_way_in_and_what_goes_wrong(walk: Walk) -> None:
    catalogue = CATALOGUE[walk.language]
    walk.go("/", "home")
    walk.go(catalogue, "catalogue")
    walk.go(f"{catalogue}?q={FOUND[walk.language]}", "search")
    expect(walk.find(".procedure-list li").first).to_be_visible()
    walk.go(f"{catalogue}?q=xqzw", "search-nothing")
    walk.go(catalogue + PRIVACY[walk.language], "privacy")
    walk.go(catalogue + LINKS[walk.language], "links")
    walk.fill(email="nobody")
    walk.send()
    expect(walk.find(".error-summary")).to_be_focused()
    walk.see("links-error")
    walk.fill(email="nobody@example.org")
    walk.send()
    expect(walk.find("main [role=status]")).to_contain_text("nobody@example.org")
    walk.see("links-sent")
    walk.go(f"/{walk.language}/nowhere/", "404")
    walk.go("/rdv/nobody/", "unknown-link")
    walk.go("/t/nobody/", "unknown-ticket")


@in_each_language
def test_book_and_change_ones_mind(walk: Walk, session_smtp_sink: SmtpSink) -> None:
    email = f"every-page-{walk.language}@example.org"
    reach_person(walk)
    walk.send()
    expect(walk.find(".error-summary")).to_be_focused()
    walk.see("person-errors")
    walk.fill(last_name="Özdemir-Vandenbroucke", first_name="Marie-Ange", email=email)
    walk.fill(birth_date_day="7", birth_date_month="6", birth_date_year=f"19{60 + LANGUAGES.index(walk.language)}")
    send_an_old_form(walk)
    walk.see("check")
    walk.send()
    expect(walk.find(".confirmation .reference")).to_be_visible()
    walk.see("done")
    text = session_smtp_sink.wait_for(1, email, 30)[0].message.get_body(("plain",))
    assert text is not None
    link = re.search(r"/rdv/[^/\s]+/", text.get_content())
    assert link is not None
    walk.go(link[0], "manage")
    walk.find("a[href$='/move/']").click()
    walk.see("move")
    walk.go("/rdv/")
    walk.find("a[href$='/cancel/']").click()
    walk.see("cancel")
    walk.find(".button-danger").click()
    walk.see("cancelled")


def reach_person(walk: Walk) -> None:
    """From the page of a procedure to the question who comes."""
    walk.go(CATALOGUE[walk.language] + PROCEDURE, "procedure")
    walk.find("main a.button:visible").first.click()
    walk.see("visit")
    walk.send()
    walk.see("time")
    walk.find("a[href='?view=list']").click()
    walk.see("time-list", "#times > fieldset:first-child")
    walk.find("a[href='?']").click()
    walk.send()
    walk.see("time-error")
    walk.find(".first-free a").click()
    walk.find(".time-choice input").first.check(force=True)  # it lies invisibly over its card
    walk.send()
    walk.see("person")


def send_an_old_form(walk: Walk) -> None:
    """The form was open for so long that its secret is no longer good; what was typed is sent once more."""
    walk.page.evaluate("document.querySelector('[name=csrfmiddlewaretoken]').value = 'x'.repeat(64)")
    walk.send()
    walk.see("stale-form")
    walk.find("main form button").click()


@in_each_language
def test_the_clerk_and_the_call(walk: Walk) -> None:
    sign_in(walk, "clerk1", look=True)
    for _each in ("called", "in the line meanwhile"):
        take_ticket(walk)
    walk.go("/guichet/")
    if walk.find("#desk").count():
        press(walk, "form[action$='/close/'] button", ".counter-card")
    walk.see("desk-choose")
    walk.find(".counter-card:not(.counter-busy)").filter(has_text=re.compile(r"\b2\b")).click()
    walk.see("desk")
    walk.resize(NARROW)
    assert walk.find("#desk-line .table-scroll").evaluate("part => part.scrollWidth - part.clientWidth") == 0
    for state, button, shown in DESK:
        press(walk, button, shown)
        walk.see(state)
        if state == "desk-serving":
            open_sheets(walk)
    if walk.find("#closing").count():
        press(walk, "#closing form button", ".counter-card")


def take_ticket(walk: Walk) -> None:
    """Somebody more for the second counter, whatever the other languages have left of its line."""
    walk.go("/accueil/ticket/")
    wish = walk.find("select[name=procedure] option").filter(has_text="PUK").first.get_attribute("value")
    walk.find("select[name=procedure]").select_option(wish)
    walk.send()
    walk.find(".ticket-qr").wait_for()


def open_sheets(walk: Walk) -> None:
    """Each sheet takes the focus, and gives it back at Escape."""
    for state, link in SHEETS:
        walk.find(link).first.click()
        expect(walk.find("#sheet-title")).to_be_focused()
        walk.see(state, "#desk-sheet")
        walk.page.keyboard.press("Escape")
        expect(walk.find("#main-action")).to_be_focused()


@in_each_language
def test_the_reception_and_the_ticket(walk: Walk, decode_picture: Callable[[bytes], str]) -> None:
    sign_in(walk, "manager")  # who sees what the reception sees, and more
    walk.go("/accueil/attentes/", "service-level")
    walk.go("/accueil/delais/", "legal-deadlines")
    walk.go("/personnel/menu/", "staff-menu")
    walk.go("/ecran/", "screen-list")
    walk.go("/accueil/", "reception")
    walk.find(".visits a").first.click()
    walk.see("reception-visit")
    walk.go("/accueil/messages/", "reception-failed")
    walk.go("/accueil/reserver/", "reception-book")
    walk.find("a[href$='/passeports/passeport-retrait/']").click()
    walk.see("reception-times")
    walk.find("button.time").first.click()
    walk.see("reception-person")
    walk.send()
    walk.see("reception-person-errors")
    walk.go("/accueil/ticket/", "reception-walk-in")
    walk.find("select[name=language]").select_option(walk.language)
    walk.find("select[name=procedure]").select_option(index=1)
    walk.send()
    walk.see("reception-ticket")
    link = decode_picture(walk.find(".ticket-qr").screenshot())
    walk.go(urlsplit(link).path, "ticket")


def press(walk: Walk, button: str, shown: str) -> None:
    """Press a button at the desk as a person does: once more if the page took a quick hand for a double click."""
    for _ in range(2):
        walk.find(button).first.click()
        try:
            expect(walk.find(shown).first).to_be_visible(timeout=3000)
        except AssertionError:
            continue
        return
    raise AssertionError(f"{button} does not lead to {shown}")


def sign_in(walk: Walk, name: str, *, look: bool = False) -> None:
    """Staff, whose pages are in their own language: here in that of the test."""
    walk.go("/personnel/", "sign-in" if look else "")
    walk.fill(username=name, password="wrong" if look else PASSWORD)
    walk.send()
    if look:
        walk.see("sign-in-error")
        walk.fill(username=name, password=PASSWORD)
        walk.send()
    expect(walk.find("nav.staff-nav form")).to_be_visible()
    [cookie] = [one for one in walk.page.context.cookies() if "language" in one.get("name", "")]
    walk.page.context.add_cookies(
        [{"name": str(cookie.get("name")), "value": walk.language, "domain": "127.0.0.1", "path": "/"}]
    )


@pytest.mark.parametrize("name", ["hall", "hall-a", "hall-b"])
def test_a_call_screen_cuts_nothing_off(site_pages: Pages, name: str) -> None:
    page = site_pages.open(f"/ecran/{name}/")
    for width, height in SCREEN_SIZES:
        page.set_viewport_size({"width": width, "height": height})
        check_accessibility(page)
        take_shot(page, f"page-screen-{name}-{width}", full_page=False)
        assert page.evaluate(FIND_CLIPPED) == []
    page.evaluate(WIDEST)
    for width, height in SCREEN_SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(FIND_CLIPPED) == []
