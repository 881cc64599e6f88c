"""The foot of a screen: a waiting time that could not be renewed disappears, what an editor wrote stays."""

import pytest

from tests.harness.browser import Pages

pytestmark = pytest.mark.e2e
MARKUP = """<!doctype html><title>A screen</title>
<footer><p>Closed on Friday</p><p lang="fr" hidden>10 min</p></footer>"""
AGE = """async () => {
  const work = {};
  let time = 0;
  performance.now = () => time;
  window.setInterval = (act, wait) => { work[wait] = act; };
  window.fetch = () => new Promise(() => {}); // hangs
  const { Notices } = await import("/static/screens/notices.js");
  const box = document.querySelector("footer");
  new Notices(box, "/notices", () => {});
  const lines = () => Array.from(box.children, (line) => [line.textContent, line.hidden]);
  const shown = [lines()];
  for (time = 10000; time <= 190000; time += 10000) {
    work[10000]();
    if (time % 60000 === 0) work[60000]();
    if (time === 10000 || time === 180000 || time === 190000) shown.push(lines());
  }
  return shown;
}"""


def test_a_waiting_time_is_no_longer_shown_after_three_minutes(pages: Pages) -> None:
    written, wait = "Closed on Friday", "10 min"
    before = [[written, False], [wait, True]]
    assert pages.open_markup(MARKUP).evaluate(AGE) == [
        before,
        [[written, True], [wait, False]],
        before,
        [[written, False]],
    ]
