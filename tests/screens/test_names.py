"""The name of a counter has ten letters at most, and stays on the screen in whatever form the screen has."""

import pytest

from tests.harness.browser import Pages

pytestmark = pytest.mark.e2e
LINE = """<li class="call"><span class="number"></span><span class="arrow">→</span><span class="counter"></span></li>"""
MARKUP = f"""<!doctype html><title>A screen</title><link rel="stylesheet" href="/static/screens/screen.css">
<header class="top"></header><main><ol class="calls">{LINE * 6}</ol></main><footer class="notices"></footer>"""
NAMES = ["5", "12", "B12", "1234", "Accueil", "Mariages", "Guichet 12", "Population", "WWWWWWWWWW"]
FIT = """async (names) => {
  const { Board } = await import("/static/screens/board.js");
  const list = document.querySelector("ol");
  const cut = [];
  for (const counter of names) {
    const call = { kind: "call", counter, zones: ["A"], at: "2026-11-24T08:00:00.000Z" };
    new Board(list, "A", 6).replace([1, 2, 3, 4, 5, 6].map((id) => ({ ...call, id, number: `P00${id}` })));
    for (const line of list.children) {
      const cell = line.getBoundingClientRect();
      const texts = Array.from(line.children).map((part) => {
        const text = document.createRange();
        text.selectNodeContents(part);
        return text.getBoundingClientRect();
      }).filter((text) => text.width);
      const beside = texts.length === 2 ? [] : texts.slice(1).filter((text, place) => text.left < texts[place].right - 1);
      const outside = texts.filter((text) => text.left < cell.left || text.right > cell.right);
      if (outside.length || beside.length) {
        cut.push(counter);
      }
    }
  }
  return cut;
}"""


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (3840, 2160), (1080, 1920)])
def test_no_name_is_cut(pages: Pages, width: int, height: int) -> None:
    page = pages.open_markup(MARKUP)
    page.set_viewport_size({"width": width, "height": height})
    assert page.evaluate(FIT, NAMES) == []
