"""From a call to the last of many screens: gunicorn, daphne, Redis, PostgreSQL. ``make bench`` prints the figures."""

import gc
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.harness.browser import Pages
from tests.harness.installation import Installation
from tests.harness.waiting import wait_until
from tests.screens.caller import Caller
from tests.screens.watcher import Wall

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]
CALLS = 200
FIRST_CALLS = 10
"""A clerk's process that has just started reads, imports and plans each thing for the first time: shown apart."""
WATCH_PAINT = """() => {
  window.painted = [];
  new MutationObserver(() => requestAnimationFrame(() => {
    window.painted.push([document.querySelector(".number").textContent, performance.timeOrigin + performance.now()]);
  })).observe(document.getElementById("calls"), { childList: true, characterData: true, subtree: true });
}"""


@pytest.fixture
def town(tmp_path: Path, postgres: str, redis_url: str, make_database: Callable[[str | None], str]) -> Installation:
    return Installation(tmp_path, database_url=make_database(postgres), redis_url=redis_url)


@pytest.mark.parametrize("count", [20, 50])
def test_a_call_reaches_the_last_screen(town: Installation, count: int) -> None:
    with town, Caller(town.env) as clerk, httpx.Client(base_url=f"http://127.0.0.1:{town.pages_port}") as http:
        url = f"ws://127.0.0.1:{town.sockets_port}/ws/screens/all/"
        with Wall(url, town.url, count) as wall:
            wait_until(lambda: all(screen.connections for screen in wall.screens), 30, "all screens are connected")
            gc.freeze()  # this process is the screens: what the tests have loaded is not looked through meanwhile
            begun, committed, empty, kinds = [], [], [], set()
            for _call in range(FIRST_CALLS + CALLS):
                empty.append(ask_nothing(http))
                called = clerk.call()
                wait_until(lambda number=called["number"]: wall.all_show(number), 10, "all show it")  # type: ignore[misc]
                heard = [screen.heard[called["number"]] for screen in wall.screens]
                last = max(at for at, _kind in heard)
                begun.append((last - called["began"]) * 1000)
                committed.append((last - called["committed"]) * 1000)
                kinds |= {kind for _at, kind in heard}
    report("the empty view", empty)
    report(f"first calls after the start → last of {count} screens", begun[:FIRST_CALLS])
    report(f"call → last of {count} screens", begun[FIRST_CALLS:])
    report(f"commit → last of {count} screens", committed[FIRST_CALLS:])
    assert "call" in kinds


def test_a_call_is_painted_by_a_browser(town: Installation, pages: Pages) -> None:
    with (
        town,
        Caller(town.env) as clerk,
        Wall(f"ws://127.0.0.1:{town.sockets_port}/ws/screens/all/", town.url, 19) as wall,
    ):
        page = pages.open("/ecran/all/", width=1920, height=1080, base_url=town.url)
        wait_until(lambda: all(screen.connections for screen in wall.screens), 30, "all screens are connected")
        page.evaluate(WATCH_PAINT)
        times = []
        for _call in range(FIRST_CALLS + CALLS):
            called = clerk.call()
            page.wait_for_function("number => window.painted.some(([shown]) => shown === number)", arg=called["number"])
            painted = dict(reversed(page.evaluate("window.painted")))[called["number"]]
            shift = time.time() - time.monotonic()
            times.append(painted - (called["began"] + shift) * 1000)
        page.close()  # before its servers end, which it would complain of
    report("call → painted by Chromium, beside 19 screens", times[FIRST_CALLS:])


def ask_nothing(http: httpx.Client) -> float:
    """How many milliseconds the empty view takes at this moment: the measure of the machine."""
    began = time.monotonic()
    http.get("/healthz").raise_for_status()
    return (time.monotonic() - began) * 1000


def report(what: str, times: list[float]) -> None:
    """Print the middle, the 95th percentile and the largest."""
    cuts = statistics.quantiles(times, n=20)
    text = f"p50 {statistics.median(times):.1f}, p95 {cuts[18]:.1f}, max {max(times):.1f} ms"
    sys.stdout.write(f"\n  {what}: {text} ({len(times)} calls, load {os.getloadavg()[0]:.1f})\n")
    sys.stdout.flush()
