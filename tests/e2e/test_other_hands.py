"""A whole booking by somebody who has no mouse, and by somebody whose browser runs no scripts."""

import pytest
from playwright.sync_api import Page, expect

from tests.harness.browser import Pages
from tests.harness.smtp import SmtpSink

pytestmark = pytest.mark.e2e

MOST_STEPS = 150
"""Presses of Tab after which something counts as out of reach."""
HAS_FOCUS = "selector => document.activeElement.matches(selector)"
SHOWS_FOCUS = """() => {
  const active = document.activeElement;
  const parts = [active, ...(active.labels ?? [])].map((part) => getComputedStyle(part));
  return parts.some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
    || style.boxShadow !== "none");
}"""


class Keyboard:
    """Hands that know Tab, Enter, Space and the arrows."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, selector: str) -> None:
        """Press Tab until the part has the focus, visibly."""
        for _ in range(MOST_STEPS):
            self.press("Tab")
            if self.page.evaluate(HAS_FOCUS, selector):
                assert self.page.evaluate(SHOWS_FOCUS), f"the focus is invisible on {selector}"
                return
        raise AssertionError(f"{selector} is out of reach on {self.page.url}")

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def follow(self, selector: str) -> None:
        """Go to a link or button and press Enter; wait for the next page."""
        self.reach(selector)
        with self.page.expect_navigation():
            self.press("Enter")

    def write(self, field: str, text: str) -> None:
        """Write into the field whose name ends so."""
        self.reach(f"input[name$={field}]")
        self.page.keyboard.insert_text(text)


def test_book_by_keyboard(site_pages: Pages, session_smtp_sink: SmtpSink) -> None:
    page = site_pages.open("/fr/", width=1280, height=844)
    hands = Keyboard(page)
    hands.reach(".skip-link")
    hands.press("Enter")
    hands.reach("#search")
    page.keyboard.insert_text("passeport")
    with page.expect_navigation():
        hands.press("Enter")
    hands.follow("a[href*='passeport-retrait']")
    hands.follow("main a.button")
    hands.reach("select[name$=persons]")
    hands.press("ArrowDown")
    expect(page.locator("select[name$=persons]")).to_have_value("2")
    hands.follow("main form button[type=submit]")
    hands.follow(".month-grid a")
    hands.reach(".time-choice input")
    hands.press("ArrowDown")
    expect(page.locator(".time-choice input").nth(1)).to_be_checked()
    hands.follow("main .actions button[type=submit]")
    hands.write("last_name", "Renard")
    hands.write("first_name", "Lucie")
    for part, value in (("day", "3"), ("month", "11"), ("year", "1968")):
        hands.write(f"birth_date_{part}", value)
    hands.write("email", "keyboard@example.org")
    hands.reach("input[name$=needs]")
    hands.press("Space")
    hands.follow("main .actions button[type=submit]")
    expect(page.locator("main")).to_contain_text("Lucie Renard")
    hands.follow("main .actions button[type=submit]")
    expect(page.locator(".confirmation .reference")).to_be_visible()
    session_smtp_sink.wait_for(1, "keyboard@example.org", 30)


def test_book_without_scripts(site_pages: Pages, session_smtp_sink: SmtpSink) -> None:
    page = site_pages.open("/nl/", width=390, height=844, language="nl", javascript=False)
    main = page.locator("main")
    page.locator("#search").fill("reispas")
    main.locator("form button[type=submit]").click()
    page.locator("a[href*='passeport-retrait']").click()
    main.locator("a.button:visible").first.click()
    main.locator("form button[type=submit].button").first.click()
    page.locator(".month-grid a").last.click()
    page.locator(".time-choice input").first.check(force=True)  # it lies invisibly over its card
    main.locator(".actions button[type=submit]").click()
    values = {"last_name": "Peeters", "birth_date_day": "3", "birth_date_month": "11", "birth_date_year": "1958"}
    for name, value in {**values, "email": "plain@example.org"}.items():
        page.locator(f"input[name$={name}]").fill(value)
    main.locator(".actions button[type=submit]").click()
    expect(main).to_contain_text("Peeters")
    main.locator(".actions button[type=submit]").click()
    expect(page.locator(".confirmation .reference")).to_be_visible()
    session_smtp_sink.wait_for(1, "plain@example.org", 30)
