"""How the kiosk's page looks on every screen of every size: reachable, readable, in every language."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from tests.kiosk_bridge.conftest import Page, ScannerLine, StartBridge, wait_until
from tests.kiosk_bridge.framework import Framework
from tests.kiosk_bridge.touching import (
    IS_SCROLLING,
    LANGUAGES,
    UPRIGHT,
    install_speaker,
    open_page,
    see,
    touch,
    walk_screens,
)

pytestmark = pytest.mark.e2e

TARGET = 96


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


# Screens, their smallest target, and how high the buttons may be in low mode: the lowest third where it is large enough.
SCREENS = [
    (1080, 1920, 96, 2 / 3),
    (768, 1366, 96, 0.47),
    (1024, 1280, 96, 0.5),
    (1920, 1080, 96, 0.6),
    (1366, 768, 80, 0.52),
]


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
