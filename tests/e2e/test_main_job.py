"""The whole job: book on a phone, receive the mail, check in at the kiosk, be called, see the number on the screen."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import KioskBridge
from tests.harness.browser import Pages, check_accessibility, take_shot
from tests.harness.smtp import SmtpSink

pytestmark = pytest.mark.e2e

DESKTOP, HALL, UPRIGHT = (1280, 900), (1920, 1080), (1080, 1920)
PASSWORD = "demo-verviers"  # the public one of the demo
ONE_SECOND = 1000
MOST_BEFORE = 40
"""Visitors of the demo's day who may be called before ours."""


@dataclass(frozen=True)
class Words:
    """What the pages say in one language."""

    language: str
    procedure: str
    subject: str
    today: str


FRENCH = Words("fr", "/fr/rendez-vous/passeports-passeport-retrait/", "rendez-vous", "h")
DUTCH = Words("nl", "/nl/afspraak/passeports-passeport-retrait/", "afspraak", "uur")


def send(page: Page) -> None:
    """Press the main button of a step."""
    page.locator("main form button[type=submit].button").first.click()


def book(pages: Pages, words: Words, email: str, born: str) -> None:
    """Choose procedure, first free time, name; confirm; see the code."""
    page = pages.open(words.procedure, width=390, height=844, language=words.language)
    expect(page.locator("html")).to_have_attribute("lang", re.compile(words.language))
    see(page, words, "1-procedure")
    page.locator("main a.button").first.click()
    see(page, words, "2-visit")
    send(page)
    page.locator(".first-free a").click()
    page.locator(".time-choice input").first.check(force=True)  # it lies invisibly over its card
    see(page, words, "3-time")
    send(page)
    page.locator("input[name$=last_name]").fill("O'Neill-Łukasz")
    page.locator("input[name$=first_name]").fill("Zoë")
    for part, value in zip(("day", "month", "year"), (born[8:], born[5:7], born[:4]), strict=True):
        page.locator(f"input[name$=birth_date_{part}]").fill(value)
    page.locator("input[name$=email]").fill(email)
    see(page, words, "4-person")
    send(page)
    expect(page.locator("main")).to_contain_text("Zoë O'Neill-Łukasz")
    see(page, words, "5-check")
    send(page)
    expect(page.locator(".confirmation .reference")).to_be_visible()
    expect(page.locator("main")).to_contain_text(email)
    see(page, words, "6-done")


def see(page: Page, words: Words, name: str) -> None:
    """Check the page for everybody, keep its picture."""
    check_accessibility(page)
    take_shot(page, f"job-{words.language}-{name}")


def read_mail(sink: SmtpSink, email: str, words: Words) -> EmailMessage:
    """The confirmation as it came over the wire."""
    mail = sink.wait_for(1, email, 30)[0]
    assert mail.recipients == (email,)
    assert words.subject in str(mail.message["Subject"]).lower()
    text = mail.message.get_body(("plain",))
    assert text is not None
    assert words.today in text.get_content()
    return mail.message


def find_attachment(message: EmailMessage, kind: str) -> bytes:
    """The first part of a media type."""
    for part in message.walk():
        if part.get_content_type() == kind:
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            return content
    raise AssertionError(f"the mail has no {kind}")


def sign_in(pages: Pages) -> Page:
    """A clerk at the counter for passports where nobody sits."""
    page = pages.open("/guichet/", width=DESKTOP[0], height=DESKTOP[1], language="fr")
    if page.locator("input[name=password]").count():
        page.locator("input[name=username]").fill("clerk1")
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("main form button[type=submit]").click()
    if page.locator(".counter-card").count():
        page.locator(".counter-card", has=page.locator(".counter-name", has_text=re.compile(r"\b12\s*$"))).click()
    expect(page.locator("#desk")).to_be_visible()
    return page


def press(page: Page) -> None:
    """Press the main button as a person does: once more a second later if the page took it for a double click."""
    before = page.locator("#desk").get_attribute("data-key") or ""
    for _ in range(2):
        page.locator("#main-action").click()
        try:
            expect(page.locator("#desk")).not_to_have_attribute("data-key", before, timeout=ONE_SECOND)
        except AssertionError:
            continue
        return
    raise AssertionError(f"nothing happened at the desk: {before}")


def call_until(page: Page, number: str) -> None:
    """Serve whoever is before, as a clerk does, until « call next » calls our number."""
    for _ in range(MOST_BEFORE):
        at_counter = page.locator(".desk-head .desk-number")
        if at_counter.count() == 0 and page.locator(".desk-now .desk-number").inner_text().strip() == number:
            return
        press(page)
    raise AssertionError(f"{number} was never next")


def read_number(kiosk: KioskBridge) -> str:
    """The number on the paper, with its zone and what to do."""
    printed = kiosk.printer.wait_for_printout(1, 20).text
    found = re.search(r"\b([A-Z]\d{3})\b", printed)
    assert found, printed
    assert re.search(r"\bB\b", printed), printed
    assert "O'Neill" not in printed
    return found.group(1)


def be_called(site_pages: Pages, number: str) -> None:
    """The clerk calls; the screens of zone B show it within a second, the one of zone A does not."""
    screen = site_pages.open("/ecran/hall-b/", width=HALL[0], height=HALL[1])
    elsewhere = site_pages.open("/ecran/hall-a/", width=HALL[0], height=HALL[1])
    desk = sign_in(site_pages)
    call_until(desk, number)
    take_shot(desk, "job-desk-next")
    press(desk)
    expect(screen.locator("#calls .call").first.locator(".number")).to_have_text(number, timeout=ONE_SECOND)
    expect(screen.locator("#calls .call").first.locator(".counter")).to_have_text("12")
    expect(elsewhere.locator("#calls")).not_to_contain_text(number)
    expect(desk.locator(".desk-head .desk-number")).to_have_text(number)
    check_accessibility(desk)
    check_accessibility(screen)
    take_shot(desk, "job-desk-called")
    take_shot(screen, "job-screen")
    for _ in range(2):  # serve, finish
        press(desk)


@pytest.mark.parametrize("words", [FRENCH, DUTCH], ids=["French", "Dutch"])
def test_book_scan_be_called(
    words: Words,
    kiosk: KioskBridge,  # first, so that its page is closed before it stops
    site_pages: Pages,
    session_smtp_sink: SmtpSink,
    decode_picture: Callable[[bytes], str],
) -> None:
    email = f"scan-{words.language}@example.org"
    book(site_pages, words, email, "1975-03-0" + ("4" if words is FRENCH else "5"))
    message = read_mail(session_smtp_sink, email, words)
    code = decode_picture(find_attachment(message, "image/png"))
    assert find_attachment(message, "application/pdf").startswith(b"%PDF")
    assert b"BEGIN:VEVENT" in find_attachment(message, "text/calendar")
    page = site_pages.open(kiosk.url, width=UPRIGHT[0], height=UPRIGHT[1], base_url="")
    expect(page.locator("body")).to_have_attribute("data-screen", "idle")
    take_shot(page, f"job-{words.language}-7-kiosk")
    kiosk.line.scan(code)
    expect(page.locator("body")).to_have_attribute("data-screen", "ticket", timeout=10 * ONE_SECOND)
    number = read_number(kiosk)
    expect(page.locator("#number")).to_have_text(number)
    expect(page.locator("#zone")).to_have_text("B")
    expect(page.locator("html")).to_have_attribute("lang", words.language)  # chosen when booking
    take_shot(page, f"job-{words.language}-8-ticket")
    be_called(site_pages, number)


def test_book_type_the_birth_date_be_called(kiosk: KioskBridge, site_pages: Pages, session_smtp_sink: SmtpSink) -> None:
    book(site_pages, FRENCH, "birth@example.org", "1931-12-09")
    read_mail(session_smtp_sink, "birth@example.org", FRENCH)
    page = site_pages.open(kiosk.url, width=UPRIGHT[0], height=UPRIGHT[1], base_url="")
    page.locator("[data-language=fr]").click()
    page.locator("[data-action=birth]").click()
    page.keyboard.type("09121931")
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_have_attribute("data-screen", "ticket", timeout=10 * ONE_SECOND)
    number = read_number(kiosk)
    expect(page.locator("#number")).to_have_text(number)
    assert "1931" not in page.content()
    be_called(site_pages, number)
