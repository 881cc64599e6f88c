"""What a screen lets hear, in a real browser: gong, the citizen's language, that of the place; less when it is behind."""

import pytest

from tests.harness.browser import Pages

pytestmark = pytest.mark.e2e
PLAY = """async ([calls, gong]) => {
  const played = [];
  window.Audio = class extends EventTarget {
    constructor(address) { super(); this.src = address; }
    pause() {}
    async play() { played.push(this.src); setTimeout(() => this.onended && this.onended()); }
  };
  sessionStorage.clear();
  const { Announcer } = await import("/static/screens/announcer.js");
  const announcer = new Announcer(gong, document.createElement("button"), () => Date.now());
  const now = Date.now();
  for (const [age, ...voices] of calls) {
    const call = { id: voices[0] || age, at: new Date(now - age).toISOString() };
    Object.assign(call, { audio: voices[0] || null, audio_more: voices.slice(1) });
    if (announcer.isNew(call, now)) {
      announcer.announce(call);
    }
  }
  while (announcer.playing) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  return played.slice(gong ? 1 : 0); // the first is the silent try
}"""
INTERRUPT = """async () => {
  const later = window.setTimeout.bind(window);
  const limits = new Set();
  window.setTimeout = (work, wait) => { const timer = later(work, wait); limits.add(timer); return timer; };
  window.clearTimeout = (timer) => limits.delete(timer);
  const rest = () => new Promise((resolve) => later(resolve));
  let played, sounding, now;
  window.Audio = class {
    constructor(address) { this.src = address; }
    pause() { played.push("pause"); if (this.onpause) this.onpause(); }
    async play() { played.push(this.src); sounding = this; }
  };
  const { Announcer } = await import("/static/screens/announcer.js");
  const hear = async (act) => {
    sessionStorage.clear();
    now = Date.now();
    played = [];
    const announcer = new Announcer("gong", document.createElement("button"), () => now);
    await rest();
    played = []; // the first is the silent try
    const call = (id, age = 0) => announcer.announce(
      { id, at: new Date(now - age).toISOString(), audio: `${id} nl`, audio_more: [`${id} fr`] });
    const end = async () => { sounding.onended(); await rest(); };
    await act(announcer, call, end);
    for (let sound = 0; sound < 10 && announcer.playing; sound += 1) await end();
    return played;
  };
  return {
    "a call that was taken back in the queue": await hear((announcer, call) => {
      call(1); call(2); call(3); announcer.drop({ id: 2, at: new Date(now).toISOString() });
    }),
    "an older call that was taken back": await hear((announcer, call) => {
      call(1); call(2); announcer.drop({ id: 2, at: new Date(now - 5000).toISOString() });
    }),
    "called again before its turn": await hear((announcer, call) => { call(1); call(2, 5000); call(2); }),
    "the screen is no longer up to date": await hear(async (announcer, call, end) => {
      call(1); call(2); await end(); announcer.stop(); await rest();
    }),
    "too old when its turn comes": await hear(async (announcer, call, end) => {
      call(1); call(2, 20000); await end(); now += 11000;
    }),
    "limits of sounds that have ended": limits.size,
  };
}"""
FAIL = """async ([fails, reason]) => {
  const heard = [];
  window.Audio = class {
    constructor(address) { this.src = address; this.volume = 1; }
    pause() { if (this.onpause) this.onpause(); }
    async play() {
      if (fails.includes(this.src)) {
        throw new DOMException("", reason);
      }
      if (this.volume) heard.push(this.src);
      if (this.onended) setTimeout(() => this.onended());
    }
  };
  sessionStorage.clear();
  const { Announcer } = await import("/static/screens/announcer.js");
  const button = document.createElement("button");
  button.hidden = true;
  const announcer = new Announcer("gong", button, () => Date.now());
  // At once: this call is still fresh when the page loads.
  announcer.announce({ id: 1, at: new Date().toISOString(), audio: "nl", audio_more: ["fr"] });
  while (announcer.playing) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  return [heard, button.hidden];
}"""
NEW, BEHIND, OLD = 0, 16_000, 31_000


def test_first_the_citizens_language_and_nothing_old(pages: Pages) -> None:
    page = pages.open_markup("<title>A screen</title>")
    calls = [[NEW, "nl", "fr"], [BEHIND, "de", "fr"], [OLD, "old"], [NEW]]
    assert page.evaluate(PLAY, [calls, "gong"]) == ["gong", "nl", "fr", "gong", "de", "gong"]
    assert page.evaluate(PLAY, [[[NEW, "nl", "fr"], [NEW, "nl", "fr"]], "gong"]) == ["gong", "nl", "fr"]
    assert page.evaluate(PLAY, [calls, ""]) == []


def test_what_is_over_is_not_heard(pages: Pages) -> None:
    page = pages.open_markup("<title>A screen</title>")
    assert page.evaluate(INTERRUPT) == {
        "a call that was taken back in the queue": ["gong", "1 nl", "1 fr", "gong", "3 nl", "3 fr"],
        "an older call that was taken back": ["gong", "1 nl", "1 fr", "gong", "2 nl", "2 fr"],
        "called again before its turn": ["gong", "1 nl", "1 fr", "gong", "2 nl", "2 fr"],
        "the screen is no longer up to date": ["gong", "1 nl", "pause"],
        "too old when its turn comes": ["gong", "1 nl", "1 fr"],
        "limits of sounds that have ended": 0,
    }


def test_a_call_still_fresh_when_the_page_loads_is_heard_in_full(pages: Pages) -> None:
    assert pages.open_markup("<title>A screen</title>").evaluate(FAIL, [[], ""]) == [["gong", "nl", "fr"], True]


def test_one_clip_that_fails_does_not_silence_the_next(pages: Pages) -> None:
    page = pages.open_markup("<title>A screen</title>")
    assert page.evaluate(FAIL, [["nl"], "NotSupportedError"]) == [["gong", "fr"], True]
    assert page.evaluate(FAIL, [["gong"], "NotSupportedError"]) == [["nl", "fr"], True]
    assert page.evaluate(FAIL, [["gong"], "NotAllowedError"]) == [[], False]
