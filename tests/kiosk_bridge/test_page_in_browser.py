"""The page as a visitor meets it: Chromium, upright screen, fingers, keyboard and screen reader."""

import io
import json
import os
import re
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Route, expect
from playwright.sync_api import Page as Tab

from tests.kiosk_bridge.conftest import Page, ScannerLine, StartBridge, wait_until
from tests.kiosk_bridge.framework import Framework
from tests.kiosk_bridge.program import run_program
from tests.kiosk_bridge.sink import Sink

pytestmark = pytest.mark.e2e

UPRIGHT: Any = {"width": 1080, "height": 1920}
TARGET = 96
GONE = {"test_bridge_killed_in_the_middle_answers_after_its_restart"}
LANGUAGES = ["fr", "nl", "de", "en"]
AXE: Any = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "EN-301-549"],
    "rules": {"target-size": {"enabled": True}, "color-contrast-enhanced": {"enabled": True}},
}
# Every button that is too small, out of sight, covered, cut off, or (in low mode) higher than it may be.
FIND_BAD_BUTTONS = """([target, highest]) => {
  const low = document.body.classList.contains("low");
  const within = document.getElementById("overlay").open ? "dialog button" : "button";
  return [...document.querySelectorAll(within)].filter(button => {
    const box = button.getBoundingClientRect();
    if (!box.width) return false;
    const touched = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return box.width < target || box.height < target || box.left < 0 || box.right > innerWidth
      || box.top < 0 || box.bottom > innerHeight || !button.contains(touched)
      || button.scrollWidth > button.clientWidth + 1 || button.scrollHeight > button.clientHeight + 1
      || (low && box.top < innerHeight * highest - 1);
  }).map(button => `${document.body.dataset.screen}: ${button.textContent}`);
}"""
IS_SCROLLING = """() => document.documentElement.scrollHeight > innerHeight
  || document.getElementById("title").getBoundingClientRect().top < document.querySelector(".head").clientHeight
  || document.getElementById("content").scrollHeight > document.getElementById("content").clientHeight"""
# Screens, their smallest target, and how high the buttons may be in low mode: the lowest third where it is large enough.
SCREENS = [
    (1080, 1920, 96, 2 / 3),
    (768, 1366, 96, 0.47),
    (1024, 1280, 96, 0.5),
    (1920, 1080, 96, 0.6),
    (1366, 768, 80, 0.52),
]


@pytest.fixture
def tab(  # closed before the bridges are
    browser: Browser, start_bridge: StartBridge, request: pytest.FixtureRequest
) -> Iterator[Tab]:
    context = browser.new_context(viewport=UPRIGHT)
    tab = context.new_page()
    noise: list[str] = []
    tab.on("console", lambda message: noise.append(message.text))
    tab.on("pageerror", lambda error: noise.append(str(error)))
    yield tab
    context.close()
    # A bridge that is gone on purpose cannot be reached, and what it was answering is cut off wherever it was.
    gone = [text for text in noise if text.startswith("Failed to load resource: net::ERR_")]
    assert [text for text in noise if text not in gone or request.node.name not in GONE] == []


def see(tab: Tab, screen: str) -> None:
    expect(tab.locator("body")).to_have_attribute("data-screen", screen)


def touch(tab: Tab, action: str) -> None:
    tab.locator(f'[data-action="{action}"]').click()


def open_page(tab: Tab, page: Page) -> None:
    tab.goto(page.bridge.url)
    see(tab, "idle")
    # Events of the devices count from here on.
    wait_until(lambda: page.bridge.feed.waiting_pages > 0)


def test_date_of_birth_by_touch(tab: Tab, start_bridge: StartBridge, framework: Framework, sink: Sink) -> None:
    open_page(tab, start_bridge(printer=sink.address))
    tab.locator('[data-language="fr"]').click()
    touch(tab, "birth")
    for digit in "01021990":
        tab.locator(f'[data-key="{digit}"]').click()
    tab.locator('[data-action="confirm"]').dblclick()
    see(tab, "ticket")
    expect(tab.locator("#number")).to_have_text("P042")
    expect(tab.locator("#zone")).to_have_text("A")
    expect(tab.locator("#print-note")).to_have_text(
        "Prenez votre ticket. Installez-vous dans votre zone et suivez l’écran."
    )
    expect(tab.locator("#live")).to_contain_text("P042")
    assert "1990" not in tab.content()
    assert len(framework.bodies("check-in")) == 1
    touch(tab, "finish")
    see(tab, "idle")


def test_whole_way_by_keyboard(tab: Tab, start_bridge: StartBridge) -> None:
    open_page(tab, start_bridge())
    tab.locator('[data-language="de"]').focus()
    tab.keyboard.press("Enter")
    tab.locator('[data-action="birth"]').focus()
    tab.keyboard.press("Enter")
    tab.keyboard.type("24121980")
    tab.keyboard.press("Enter")
    see(tab, "which_hour")
    tab.locator('[data-hour="11:00"]').focus()
    tab.keyboard.press("Enter")
    expect(tab.locator("#number")).to_have_text("P045")


def test_unknown_day_and_impossible_date(tab: Tab, start_bridge: StartBridge, framework: Framework) -> None:
    open_page(tab, start_bridge())
    tab.locator('[data-language="nl"]').click()
    touch(tab, "birth")
    tab.keyboard.type("31021980")
    touch(tab, "confirm")
    expect(tab.locator("#error")).to_have_text("Deze datum bestaat niet. Kijk hem na.")
    touch(tab, "restart")
    tab.locator('[data-language="nl"]').click()
    touch(tab, "birth")
    touch(tab, "unknown-month")
    tab.keyboard.type("1955")
    touch(tab, "confirm")
    expect(tab.locator("#number")).to_have_text("P043")
    assert framework.bodies("check-in")[0]["birth_date"] == "1955-00-00"


def test_scan_shows_the_ticket_in_the_visitors_language(tab: Tab, start_bridge: StartBridge, line: ScannerLine) -> None:
    page = start_bridge(scanner=line.path)
    open_page(tab, page)
    wait_until(lambda: page.health()["scanner"] == "ok")
    line.send(b"cBBBBBBBBBBBBBBBBBBBBBBBB\r\n")
    expect(tab.locator("#number")).to_have_text("P043")
    expect(tab.locator("html")).to_have_attribute("lang", "nl")
    line.send(b"https://www.example.com/\r\n")
    see(tab, "message")
    expect(tab.locator("#title")).to_have_text("Ce n’est pas un code de rendez-vous.")
    # The number of the visitor before is on no paper yet: it stays in sight.
    expect(tab.locator("#previous")).to_contain_text("P043")


def test_foreign_code_at_rest_is_told_in_all_languages(tab: Tab, start_bridge: StartBridge, line: ScannerLine) -> None:
    page = start_bridge(scanner=line.path)
    open_page(tab, page)
    wait_until(lambda: page.health()["scanner"] == "ok")
    line.send(b"https://www.example.com/\r\n")
    see(tab, "message")
    for sentence in ("Ce n’est pas un code", "geen afspraakcode", "kein Termincode", "not an appointment code"):
        expect(tab.locator("#content")).to_contain_text(sentence)


def test_party_and_walk_in(tab: Tab, start_bridge: StartBridge, framework: Framework) -> None:
    open_page(tab, start_bridge())
    tab.locator('[data-language="en"]').click()
    touch(tab, "reference")
    tab.keyboard.type("eee234")
    touch(tab, "confirm")
    see(tab, "party")
    touch(tab, "party-no")
    expect(tab.locator("#number")).to_have_text("P046")
    assert framework.bodies("check-in")[1]["party_complete"] is False
    expect(tab.locator("#print-note")).to_have_text("Note your number.")
    touch(tab, "finish")
    tab.locator('[data-language="en"]').click()
    touch(tab, "walk-in")
    tab.locator('[data-service="police"]').click()
    expect(tab.locator("#content")).to_contain_text("deuxième étage, bureau 21")
    # Nothing was typed this time.
    expect(tab.locator('[data-action="again"]')).to_have_count(0)
    touch(tab, "finish")
    tab.locator('[data-language="fr"]').click()
    touch(tab, "walk-in")
    tab.locator('[data-service="population"]').click()
    touch(tab, "more")
    tab.locator('[data-procedure="address"]').click()
    expect(tab.locator("#number")).to_have_text("P500")
    walk_in = framework.bodies("walk-in")[0]
    assert (walk_in["service"], walk_in["procedure"], walk_in["persons"]) == ("population", "address", 2)


def test_number_stays_when_nothing_can_be_printed(tab: Tab, start_bridge: StartBridge, sink: Sink) -> None:
    sink.mode = "paper_out"
    open_page(tab, start_bridge(printer=sink.address))
    tab.locator('[data-language="fr"]').click()
    touch(tab, "birth")
    tab.keyboard.type("01021990")
    tab.keyboard.press("Enter")
    expect(tab.locator("#number")).to_have_text("P042")
    expect(tab.locator("#print-note")).to_contain_text("Notez votre numéro")
    box = tab.locator("#number").bounding_box()
    assert box is not None
    assert box["height"] > 200


def test_number_on_no_paper_stays_in_sight_beside_the_next_ticket(
    tab: Tab, start_bridge: StartBridge, sink: Sink, line: ScannerLine
) -> None:
    sink.mode = "paper_out"
    page = start_bridge(printer=sink.address, scanner=line.path)
    open_page(tab, page)
    wait_until(lambda: page.health()["scanner"] == "ok")
    for code, number in ((b"cAAAAAAAAAAAAAAAAAAAAAAAA", "P042"), (b"cBBBBBBBBBBBBBBBBBBBBBBBB", "P043")):
        line.send(code + b"\r\n")
        expect(tab.locator("#number")).to_have_text(number)
        expect(tab.locator("#print-note")).to_have_text(re.compile("Notez votre numéro|Noteer uw nummer"))
    expect(tab.locator("#previous")).to_be_visible()
    expect(tab.locator("#previous")).to_contain_text("P042")
    assert tab.evaluate(IS_SCROLLING) is False


def test_party_is_asked_in_the_language_of_its_appointment(
    tab: Tab, start_bridge: StartBridge, framework: Framework, line: ScannerLine
) -> None:
    framework.booked[4].language = "nl"
    page = start_bridge(scanner=line.path)
    open_page(tab, page)
    wait_until(lambda: page.health()["scanner"] == "ok")
    line.send(b"cEEEEEEEEEEEEEEEEEEEEEEEE\r\n")
    see(tab, "party")
    expect(tab.locator("html")).to_have_attribute("lang", "nl")
    expect(tab.locator('[data-action="party-no"]')).to_have_text("Nee, nog niet")


def test_a_ticket_may_fail_before_the_page_has_the_answer(tab: Tab, start_bridge: StartBridge) -> None:
    page = start_bridge(printer="tcp://127.0.0.1:1")
    open_page(tab, page)

    def answer_late(route: Route) -> None:
        heard = f"after={page.bridge.feed.last + 1}"
        with tab.expect_request(lambda request: request.url.endswith(heard)):
            response = route.fetch()
        route.fulfill(response=response)

    tab.route("**/api/check-in", answer_late)
    tab.locator('[data-language="fr"]').click()
    touch(tab, "birth")
    tab.keyboard.type("01021990")
    tab.keyboard.press("Enter")
    expect(tab.locator("#print-note")).to_contain_text("Notez votre numéro")


def test_an_answer_that_never_comes_does_not_hold_the_page(tab: Tab, start_bridge: StartBridge) -> None:
    tab.clock.install()
    page = start_bridge()
    open_page(tab, page)
    page.bridge.feed.post("working")
    see(tab, "working")
    tab.clock.run_for(21_000)
    tab.clock.run_for(21_000)
    see(tab, "idle")


def test_idle_visitor_is_asked_then_wiped(tab: Tab, start_bridge: StartBridge) -> None:
    tab.clock.install()
    open_page(tab, start_bridge())
    tab.locator('[data-language="fr"]').click()
    touch(tab, "low")
    touch(tab, "contrast")
    touch(tab, "birth")
    tab.keyboard.type("0102")
    tab.clock.run_for(19_000)
    expect(tab.locator("#overlay")).not_to_be_visible()
    tab.clock.run_for(2_000)
    expect(tab.locator("#overlay")).to_be_visible()
    touch(tab, "stay")
    expect(tab.locator("#birth-month")).to_have_value("02")
    tab.clock.run_for(21_000)
    expect(tab.locator("#overlay")).to_be_visible()
    tab.clock.run_for(21_000)
    see(tab, "idle")
    expect(tab.locator("body")).not_to_have_class("low contrast")
    tab.locator('[data-language="fr"]').click()
    touch(tab, "birth")
    expect(tab.locator("#birth-month")).to_have_value("")


def test_ticket_stays_long_enough(tab: Tab, start_bridge: StartBridge) -> None:
    tab.clock.install()
    open_page(tab, start_bridge())
    tab.locator('[data-language="fr"]').click()
    touch(tab, "birth")
    tab.keyboard.type("01021990")
    tab.keyboard.press("Enter")
    see(tab, "ticket")
    tab.clock.run_for(15_000)
    expect(tab.locator("#number")).to_be_visible()


def test_bridge_that_is_gone_sends_to_the_desk(browser: Browser, start_bridge: StartBridge) -> None:
    page = start_bridge()
    context = browser.new_context(viewport=UPRIGHT)
    tab = context.new_page()
    open_page(tab, page)
    page.bridge.stop()
    see(tab, "locked")
    expect(tab.locator("#title")).to_contain_text("Veuillez vous adresser à l’accueil")
    context.close()


def test_bridge_killed_in_the_middle_answers_after_its_restart(tab: Tab, framework: Framework, tmp_path: Path) -> None:
    with run_program(framework, tmp_path, port=0) as (process, url):
        framework.wait(lambda: any(name == "roster" for name, _body in framework.requests))
        tab.goto(url)
        tab.locator('[data-language="fr"]').click()
        touch(tab, "walk-in")
        tab.locator('[data-service="population"]').click()
        framework.silent = True
        tab.locator('[data-procedure="eid"]').click()
        see(tab, "working")
        process.kill()
    framework.restore()
    with run_program(framework, tmp_path, port=int(url.split(":")[2].strip("/"))):
        expect(tab.locator("#number")).to_have_text("P500", timeout=15_000)
        # The page of before belongs to a bridge that is no more: it starts afresh once nobody needs it.
        with tab.expect_navigation():
            touch(tab, "finish")
        see(tab, "idle")


def test_every_screen_is_read_aloud_and_no_date_of_birth(
    tab: Tab, start_bridge: StartBridge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_speaker(tmp_path, monkeypatch)
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.post_data or "") if "speech" in request.url else None)
    open_page(tab, start_bridge())
    # Without seeing anything: one key, and each language says its welcome.
    tab.keyboard.press("F2")
    expect(tab.locator("body")).to_have_attribute("data-said", "idle")
    assert [json.loads(body)["language"] for body in asked] == LANGUAGES
    tab.locator('[data-language="fr"]').click()
    steps = [("menu", "birth"), ("birth", "31021990"), ("date_impossible", "restart"), ("", "spoken"), ("idle", "fr")]
    steps += [("menu", "birth"), ("birth", "01021990"), ("ticket", "finish")]
    for screen, step in steps:
        if screen:
            expect(tab.locator("body")).to_have_attribute("data-said", screen)
        if step.isdigit():
            tab.keyboard.type(step)
            tab.keyboard.press("Enter")
        else:
            tab.locator(f'[data-action="{step}"], [data-language="{step}"]').click()
    see(tab, "idle")
    expect(tab.locator("body")).not_to_have_class("spoken")
    assert '"number":"P042"' in asked[-1]
    assert "1990" not in "".join(asked)


def test_whoever_listens_is_not_asked_for_time(
    tab: Tab, start_bridge: StartBridge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_speaker(tmp_path, monkeypatch, seconds=19)
    tab.clock.install()
    open_page(tab, start_bridge())
    tab.locator('[data-language="fr"]').click()
    touch(tab, "spoken")
    expect(tab.locator("body")).to_have_attribute("data-said", "menu")
    tab.clock.run_for(38_000)
    expect(tab.locator("#overlay")).not_to_be_visible()
    tab.clock.run_for(2_000)
    expect(tab.locator("#overlay")).to_be_visible()
    expect(tab.locator("body")).to_have_attribute("data-said", "more_time")
    tab.clock.run_for(38_000)
    see(tab, "menu")
    tab.clock.run_for(2_000)
    see(tab, "idle")


def install_speaker(folder: Path, monkeypatch: pytest.MonkeyPatch, seconds: float = 0.1) -> None:
    """A program on the path that says nothing, for so long."""
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        file.writeframes(bytes(2 * int(8000 * seconds)))
    (folder / "silence.wav").write_bytes(sound.getvalue())
    program = folder / "espeak-ng"
    program.write_text(f"#!/bin/sh\ncat > {folder}/text\ncat {folder}/silence.wav\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def walk_screens(tab: Tab, language: str) -> Iterator[str]:
    """Stop at every screen once."""
    yield "idle"
    tab.locator(f'[data-language="{language}"]').click()
    yield "menu"
    touch(tab, "birth")
    touch(tab, "confirm")
    yield "birth"
    touch(tab, "back")
    touch(tab, "reference")
    yield "reference"
    touch(tab, "back")
    touch(tab, "walk-in")
    yield "services"
    tab.locator('[data-service="population"]').click()
    yield "procedures"
    tab.locator('[data-procedure="eid"]').click()
    see(tab, "ticket")
    yield "ticket"
    touch(tab, "finish")
    tab.locator(f'[data-language="{language}"]').click()
    for typed, screen in (("24121980", "which_hour"), ("06061985", "party"), ("01011931", "message")):
        touch(tab, "birth")
        tab.keyboard.type(typed)
        tab.keyboard.press("Enter")
        see(tab, screen)
        yield screen
        touch(tab, "restart")
        tab.locator(f'[data-language="{language}"]').click()


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_and_sizes_on_every_screen(tab: Tab, start_bridge: StartBridge, language: str) -> None:
    open_page(tab, start_bridge())
    axe, seen = Axe(), set()
    for screen in walk_screens(tab, language):
        see(tab, screen)
        seen.add(screen)
        for modes in ("", "low", "contrast"):
            for mode in modes.split():
                touch(tab, mode)
            # Colours and structure do not depend on the language in the other modes.
            if not modes or language == "fr":
                violations = axe.run(tab, options=AXE).response["violations"]
                assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in violations] == [], (screen, modes)
            assert tab.evaluate(FIND_BAD_BUTTONS, [TARGET, 2 / 3]) == [], (screen, modes)
            assert tab.evaluate(IS_SCROLLING) is False, (screen, modes)
            expect(tab.locator("#desk")).to_be_visible()
            for mode in modes.split():
                touch(tab, mode)
    assert len(seen) == 10


def test_every_screen_fits_and_can_be_touched_on_every_size(
    all_buttons: None, tab: Tab, start_bridge: StartBridge, framework: Framework, line: ScannerLine
) -> None:
    name = "Carte d’identité électronique pour enfants de moins de 12 ans"
    framework.procedures += [{"code": f"more-{n}", "labels": {"fr": name}, "minutes": 5} for n in range(9)]
    tab.clock.install()
    page = start_bridge(scanner=line.path)
    open_page(tab, page)
    wait_until(lambda: page.health()["scanner"] == "ok")
    seen = set()
    for screen in walk_all(tab, page, line):
        measure(tab)
        seen.add(screen)
    assert len(seen) == 12


@pytest.fixture
def all_buttons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """« Read aloud » among them."""
    install_speaker(tmp_path, monkeypatch)


def walk_all(tab: Tab, page: Page, line: ScannerLine) -> Iterator[str]:
    """Stop at every screen, also those of a scan without a language chosen and the question of who is idle."""
    for screen in walk_screens(tab, "fr"):
        see(tab, screen)
        yield screen
    touch(tab, "restart")
    page.bridge.feed.post("working")
    see(tab, "working")
    yield "working"
    line.send(b"https://www.example.com/\r\n")
    see(tab, "message")
    yield "message"
    tab.clock.run_for(21_000)
    expect(tab.locator("#overlay")).to_be_visible()
    yield "question"


def measure(tab: Tab) -> None:
    """Whatever the size of the screen, and wherever the buttons are, all of it is there and can be touched."""
    for low in (False, True):
        if low:
            tab.evaluate("document.querySelector('[data-action=low]').click()")
        for width, height, target, highest in SCREENS:
            tab.set_viewport_size({"width": width, "height": height})
            assert tab.evaluate(FIND_BAD_BUTTONS, [target, highest]) == [], (width, height, low)
            assert tab.evaluate(IS_SCROLLING) is False, (width, height, low)
    tab.evaluate("document.querySelector('[data-action=low]').click()")
    tab.set_viewport_size(UPRIGHT)


def test_keyboard_focus_stands_out_in_both_contrasts(tab: Tab, start_bridge: StartBridge) -> None:
    open_page(tab, start_bridge())
    for contrast in (False, True):
        if contrast:
            touch(tab, "contrast")
        tab.locator('[data-language="fr"]').focus()
        box = tab.locator('[data-language="fr"]').bounding_box()
        assert box is not None
        around: Any = {"x": box["x"] + box["width"] / 2, "y": box["y"] - 14, "width": 1, "height": 14}
        focused = read_column(tab, around)
        tab.evaluate("document.activeElement.blur()")
        plain = read_column(tab, around)
        changed = [pair for pair in zip(focused, plain, strict=True) if find_contrast(*pair) >= 3]
        assert len(changed) >= 4, (contrast, focused, plain)


def read_column(tab: Tab, clip: Any) -> list[tuple[int, ...]]:
    """The colours of a column of the page."""
    picture = Image.open(io.BytesIO(tab.screenshot(clip=clip))).convert("RGB")
    pixels = picture.tobytes()
    return [tuple(pixels[at : at + 3]) for at in range(0, len(pixels), 3)]


def find_contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """The contrast of two colours, as WCAG defines it."""

    def luminance(colour: tuple[int, ...]) -> float:
        parts = [(c / 255 / 12.92) if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_next_visitor_finds_the_page_at_rest_as_it_was(tab: Tab, start_bridge: StartBridge) -> None:
    tab.clock.install()
    open_page(tab, start_bridge())
    for action in ("low", "contrast"):
        touch(tab, action)
        expect(tab.locator("body")).to_have_class(action)
        tab.clock.run_for(21_000)
        expect(tab.locator("body")).not_to_have_class(action)
        expect(tab.locator("#overlay")).not_to_be_visible()


def test_every_language_is_offered_until_one_is_chosen(
    tab: Tab, start_bridge: StartBridge, framework: Framework
) -> None:
    framework.languages = ["nl", "fr", "de", "en"]
    tab.clock.install()
    page = start_bridge()
    open_page(tab, page)
    assert_words(tab, '[data-action="low"]', ["Knoppen lager", "Boutons plus bas", "Tasten tiefer", "Lower buttons"])
    page.bridge.feed.post("working")
    see(tab, "working")
    moment = [
        "Een ogenblik, alstublieft…",
        "Un instant, s’il vous plaît…",
        "Einen Moment, bitte…",
        "One moment, please…",
    ]
    assert_words(tab, "#title", moment)
    tab.clock.run_for(21_000)
    assert_words(
        tab, '[data-action="stay"]', ["Ja, meer tijd", "Oui, plus de temps", "Ja, mehr Zeit", "Yes, more time"]
    )
    touch(tab, "leave")
    tab.locator('[data-language="fr"]').click()
    expect(tab.locator('[data-action="low"]')).to_have_text("Boutons plus bas")


def assert_words(tab: Tab, where: str, texts: list[str]) -> None:
    words = tab.locator(f"{where} .word")
    expect(words).to_have_text(texts)
    assert [word.get_attribute("lang") for word in words.all()] == ["nl", "fr", "de", "en"]
