"""What a screen lets hear, in a real browser: gong, the citizen's language, that of the place; less when it is behind."""

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.harness.browser import Pages

pytestmark = pytest.mark.e2e
PLAY = """async ([calls, gong]) => {
  const played = [];
  window.Audio = class extends EventTarget {
    constructor(address) { super(); this.address = address; }
    pause() {}
    async play() { played.push(this.address); setTimeout(() => this.dispatchEvent(new Event("ended"))); }
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
NEW, BEHIND, OLD = 0, 16_000, 31_000


def test_first_the_citizens_language_and_nothing_old(pages: Pages, live_server: LiveServer) -> None:
    pages.watch.allow("favicon")
    page = pages.open("/healthz", base_url=live_server.url)
    calls = [[NEW, "nl", "fr"], [BEHIND, "de", "fr"], [OLD, "old"], [NEW]]
    assert page.evaluate(PLAY, [calls, "gong"]) == ["gong", "nl", "fr", "gong", "de", "gong"]
    assert page.evaluate(PLAY, [[[NEW, "nl", "fr"], [NEW, "nl", "fr"]], "gong"]) == ["gong", "nl", "fr"]
    assert page.evaluate(PLAY, [calls, ""]) == []
