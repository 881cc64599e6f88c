"""A board that was fetched meets what the socket has brought meanwhile."""

import pytest

from tests.harness.browser import Pages

pytestmark = pytest.mark.e2e
MARKUP = """<!doctype html><title>A screen</title>
<time id="clock"></time><p id="stale" hidden><time></time></p><button id="sound" hidden></button>
<main id="board" data-calls="1" data-socket="/ws/" data-snapshot="/snapshot" data-zone="" data-notices="" data-gong=""
  data-timezone="Europe/Brussels" data-at="2026-01-05T08:00:00.000Z"></main>
<ol id="calls"><li><span class="number"></span><span class="counter"></span></li></ol>
<footer id="notices"></footer>"""
MEET = """async () => {
  const rest = () => new Promise((resolve) => setTimeout(resolve));
  const sockets = [], asked = [];
  let fetchBoard;
  window.setInterval = (work, wait) => { if (wait === 10000) fetchBoard = work; };
  window.WebSocket = class { constructor() { this.readyState = 3; sockets.push(this); } };
  window.fetch = (address, { signal }) => new Promise((resolve) => asked.push({ signal, resolve }));
  await import("/static/screens/screen.js");
  const at = new Date().toISOString();
  const board = (number) => (
    { type: "snapshot", version: 1, at, calls: [{ id: 1, at, number, counter: "1", zones: ["A"] }] });
  const answer = async (number) => {
    asked.pop().resolve({ ok: true, json: async () => board(number) });
    await rest();
    return document.querySelector(".number").textContent;
  };
  const shown = [];
  fetchBoard();
  const limited = asked[0].signal instanceof AbortSignal;
  shown.push(await answer("P001"));
  fetchBoard();
  sockets[0].onmessage({ data: JSON.stringify(board("P002")) });
  shown.push(await answer("P001"));
  return [limited, shown];
}"""


def test_what_the_socket_brought_meanwhile_stays(pages: Pages) -> None:
    assert pages.open_markup(MARKUP).evaluate(MEET) == [True, ["P001", "P002"]]
