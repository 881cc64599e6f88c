"""The page as a visitor meets it: Chromium, upright screen, fingers, keyboard and screen reader."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect
from playwright.sync_api import Page as Tab

from tests.kiosk_bridge.conftest import ScannerLine, StartBridge, wait_until
from tests.kiosk_bridge.framework import Framework
from tests.kiosk_bridge.program import run_program
from tests.kiosk_bridge.sink import Sink
from tests.kiosk_bridge.touching import (
    IS_SCROLLING,
    LANGUAGES,
    UPRIGHT,
    install_speaker,
    open_page,
    see,
    touch,
)

pytestmark = pytest.mark.e2e


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
