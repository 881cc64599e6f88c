"""Somebody who was sent on to another counter is on the screen once."""

import pytest

from tests.harness.browser import Pages

pytestmark = pytest.mark.e2e
MARKUP = """<!doctype html><title>A screen</title>
<ol><li><b class="number"></b><b class="counter"></b></li><li><b class="number"></b><b class="counter"></b></li></ol>"""
CALLS = """async () => {
  const { Board } = await import("/static/screens/board.js");
  const list = document.querySelector("ol");
  const board = new Board(list, "A", 2);
  const apply = (id, number, counter, zone, second, kind = "call") => {
    board.apply({ id, kind, number, counter, zones: [zone], at: `2026-11-24T08:00:0${second}.000Z` });
    return Array.from(list.children, (item) => item.textContent).join(" ");
  };
  return [
    apply(1, "P001", "c1", "A", 1),
    apply(2, "P002", "c2", "A", 2),
    apply(3, "P001", "c5", "A", 3),
    apply(1, "P001", "c1", "A", 1),
    apply(4, "P002", "c7", "B", 4),
    apply(3, "P001", "", "A", 2, "withdraw"),
    apply(3, "P001", "", "A", 5, "withdraw"),
  ];
}"""


def test_only_the_counter_that_called_last_is_shown(pages: Pages) -> None:
    shown = pages.open_markup(MARKUP).evaluate(CALLS)
    assert shown == ["P001c1 ", "P002c2 P001c1", "P001c5 P002c2", "P001c5 P002c2", "P001c5 ", "P001c5 ", " "]
