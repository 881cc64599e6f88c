"""The script of « my ticket » in a browser: a visit that is taken back or goes on is followed again."""

import pytest

from tests.harness.browser import Pages

pytestmark = pytest.mark.e2e
MARKUP = """<!doctype html><title>My ticket</title>
<div id="state" data-url="/state" data-socket="/ws/"><div data-state="done"></div></div>
<p id="stale" hidden></p><button id="alarm" aria-pressed="false" data-gong="gong" hidden>
<span data-can="vibrate wake">on and vibrate</span><span data-can="vibrate">vibrate</span>
<span data-can="wake">on and gong</span></button>"""
FOLLOW = """async () => {
  const rest = () => new Promise((resolve) => setTimeout(resolve));
  const sockets = [];
  let tick, locks = 0, time = 0, state = "done";
  performance.now = () => time;
  window.setInterval = (work) => { tick = work; };
  window.WebSocket = class {
    constructor() { sockets.push(this); this.readyState = 1; }
    close() { this.readyState = 3; this.onclose(); }
  };
  window.WebSocket.OPEN = 1;
  window.fetch = async () => ({ ok: true, text: async () => `<div data-state="${state}"></div>` });
  const lock = { request: async () => { locks += 1; } };
  Object.defineProperty(navigator, "wakeLock", { value: lock });
  Object.defineProperty(navigator, "vibrate", { value: () => true });
  const alarm = document.getElementById("alarm");
  const facts = [];
  const open = () => sockets.filter((socket) => socket.readyState === 1);
  const note = async (seconds) => {
    for (let second = 0; second < seconds; second += 1) {
      time += 1000;
      open().forEach((socket) => socket.onmessage({ data: '{"type": "heartbeat"}' }));
      tick();
      await rest();
    }
    facts.push([document.getElementById("state").firstElementChild.dataset.state, open().length, alarm.hidden]);
  };
  await import("/static/follow/follow.js");
  await note(1);
  state = "waiting"; // taken back
  await note(62);
  alarm.click();
  document.dispatchEvent(new Event("visibilitychange"));
  state = "done";
  sockets[0].onmessage({ data: '{"type": "changed"}' });
  await note(2);
  document.dispatchEvent(new Event("visibilitychange"));
  state = "waiting";
  await note(63);
  return [facts, locks];
}"""
ABILITIES = """async (can) => {
  const heard = [], sockets = [];
  const give = (name, value) => Object.defineProperty(navigator, name, { value });
  give("vibrate", can.includes("vibrate") ? () => { heard.push("vibrate"); } : undefined);
  give("wakeLock", can.includes("wake") ? { request: async () => { heard.push("wake"); } } : undefined);
  window.Audio = class { async play() { heard.push(this.src); } };
  let state = "waiting";
  window.fetch = async () => ({ ok: true, text: async () => `<div data-state="${state}" data-calls="1"></div>` });
  const look = async () => {
    document.dispatchEvent(new Event("visibilitychange"));
    await new Promise((resolve) => setTimeout(resolve));
  };
  await import("/static/follow/follow.js");
  await look();
  const alarm = document.getElementById("alarm");
  const offered = alarm.hidden ? "" : alarm.innerText;
  if (offered) alarm.click();
  state = "called";
  await look();
  return [offered, heard.filter((one, place) => place < 2 || one !== "wake")];
}"""
ANSWERS = """async () => {
  const later = window.setTimeout.bind(window);
  const rest = () => new Promise((resolve) => later(resolve));
  const limits = [], asked = [];
  window.setTimeout = (work) => limits.push(work);
  window.clearTimeout = () => {};
  window.setInterval = () => {};
  window.fetch = (address, { signal }) => new Promise((resolve, reject) => {
    if (signal) signal.addEventListener("abort", reject);
    asked.push((state) => resolve({ ok: true, text: async () => `<div data-state="${state}">${state}</div>` }));
  });
  await import("/static/follow/follow.js");
  const look = () => document.dispatchEvent(new Event("visibilitychange"));
  const note = async () => {
    await rest();
    return [document.getElementById("state").textContent, document.getElementById("stale").hidden];
  };
  look(); look(); look();
  asked[1]("called");
  const facts = [await note()];
  asked[0]("waiting");
  facts.push(await note());
  limits[2](); // the third hangs
  facts.push(await note());
  look();
  asked[3]("serving");
  facts.push(await note());
  return facts;
}"""


def test_a_visit_that_goes_on_is_followed_again(pages: Pages) -> None:
    states, locks = pages.open_markup(MARKUP).evaluate(FOLLOW)
    over, followed = ["done", 0, True], ["waiting", 1, False]
    assert states == [over, followed, over, followed]
    assert locks == 2


def test_an_older_answer_is_not_shown_and_one_that_hangs_is_given_up(pages: Pages) -> None:
    called, called_but_stale, serving = ["called", True], ["called", False], ["serving", True]
    assert pages.open_markup(MARKUP).evaluate(ANSWERS) == [called, called, called_but_stale, serving]


@pytest.mark.parametrize(
    ("can", "offered", "heard"),
    [
        (["vibrate", "wake"], "on and vibrate", ["vibrate", "wake", "vibrate"]),
        (["vibrate"], "vibrate", ["vibrate", "vibrate"]),
        (["wake"], "on and gong", ["gong", "wake", "gong"]),
        ([], "", []),
    ],
)
def test_a_phone_is_offered_what_it_can_do(pages: Pages, can: list[str], offered: str, heard: list[str]) -> None:
    assert pages.open_markup(MARKUP).evaluate(ABILITIES, can) == [offered, heard]
