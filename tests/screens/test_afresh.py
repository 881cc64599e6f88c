"""A running screen starts afresh when its settings or the release have changed, but not while somebody is called."""

import pytest
from playwright.sync_api import Page

from tests.harness.browser import Pages

pytestmark = pytest.mark.e2e
MARKUP = """<!doctype html><title>A screen</title>
<time id="clock"></time><p id="stale" hidden><time></time></p><button id="sound" hidden></button>
<main id="board" data-calls="1" data-socket="/ws/" data-snapshot="/snapshot" data-zone="" data-notices="/notices"
  data-mark="old" data-gong="" data-timezone="Europe/Brussels" data-at="2026-01-05T08:00:00.000Z"></main>
<ol id="calls"><li><span class="number"></span><span class="counter"></span></li></ol>
<footer id="notices"></footer>"""
START = """async () => {
  let works = [];
  let renew, socket, down = false;
  window.setInterval = (work, wait) => { if (wait === 60000) renew = work; };
  window.setTimeout = (work, wait) => works.push({ work, wait });
  window.clearTimeout = () => {};
  window.WebSocket = class { constructor() { this.readyState = 1; socket = this; } };
  Math.random = () => 0.5;
  window.mark = "old";
  window.fetch = async (address) => ({
    ok: address === "/notices" || !down,
    json: async () => (address === "/notices" ? { notices: [], mark: window.mark } : { type: "snapshot" }),
  });
  await import("/static/screens/screen.js");
  const end = async (wait) => {
    const due = works.filter((one) => one.wait === wait);
    works = works.filter((one) => one.wait !== wait);
    for (const one of due) await one.work();
    return due.length;
  };
  window.renew = async () => { await renew(); return end(15000); };
  window.serve = (up) => { down = !up; };
  window.call = () => {
    const at = new Date().toISOString();
    const call = { id: 1, kind: "call", number: "P001", counter: "1", zones: ["A"], at };
    socket.onmessage({ data: JSON.stringify({ type: "call", version: 1, at, call }) });
  };
  window.endHighlight = () => end(10000);
}"""


def still_runs(page: Page) -> bool:
    return bool(page.evaluate("typeof renew === 'function'"))


def test_a_new_mark_brings_a_new_page_in_a_quiet_moment(pages: Pages) -> None:
    page = pages.open_markup(MARKUP)
    page.evaluate(START)
    assert page.evaluate("renew()") == 0  # the same mark
    page.evaluate("call(); mark = 'new'")
    assert page.evaluate("renew()") == 1
    assert still_runs(page)
    assert page.evaluate("endHighlight()") == 1
    page.evaluate("serve(false)")
    assert page.evaluate("renew()") == 1
    assert still_runs(page)
    page.evaluate("serve(true)")
    with page.expect_navigation():
        page.evaluate("() => { renew(); }")
    assert not still_runs(page)
