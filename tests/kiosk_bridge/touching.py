"""The hands of a visitor at the kiosk's page, and a walk through all of its screens."""

import io
import os
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from tests.kiosk_bridge.conftest import Page, wait_until

UPRIGHT: Any = {"width": 1080, "height": 1920}
LANGUAGES = ["fr", "nl", "de", "en"]
IS_SCROLLING = """() => document.documentElement.scrollHeight > innerHeight
  || document.getElementById("title").getBoundingClientRect().top < document.querySelector(".head").clientHeight
  || document.getElementById("content").scrollHeight > document.getElementById("content").clientHeight"""


def see(tab: Tab, screen: str) -> None:
    expect(tab.locator("body")).to_have_attribute("data-screen", screen)


def touch(tab: Tab, action: str) -> None:
    tab.locator(f'[data-action="{action}"]').click()


def open_page(tab: Tab, page: Page) -> None:
    tab.goto(page.bridge.url)
    see(tab, "idle")
    # Events of the devices count from here on.
    wait_until(lambda: page.bridge.feed.waiting_pages > 0)


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
