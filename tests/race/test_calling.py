"""Many clerks call at once: nobody twice, nobody passed over, in order. The same without protection must fail."""

import json
import os
import subprocess
from typing import Any

import pytest

from tests.harness.databases import is_postgres
from tests.harness.processes import PYTHON, ROOT
from tests.harness.suite import REPORTS
from tests.race.line_oracle import Line, Standing, compare_calls, find_passed_over, replay

CLERKS, VISITORS = 4, 40
MANY_CLERKS, VISITORS_A_DAY, CALLS_A_DAY = 16, 900, 1000
"""Some people are sent on and called again."""
CALLS = int(os.environ.get("SOAK_CALLS", "100000"))
CALLS_ON_SQLITE = CALLS // 10
SEED = int(os.environ.get("SOAK_SEED", "4"))

pytestmark = [pytest.mark.race]


def spend_days(url: str, clerks: int, visitors: int, days: int = 1) -> list[dict[str, Any]]:
    """Let the clerks call in programs of their own; what was found, one entry per day and one for the naive day.

    Each day is written to a report as it ends: who watches a run of hours sees it, and its days outlive it.
    """
    report = REPORTS / f"calls-{url.partition(':')[0]}-{days}-days.jsonl"
    REPORTS.mkdir(parents=True, exist_ok=True)
    with report.open("w") as lines:
        finished = subprocess.run(
            [PYTHON, "-m", "tests.race.clerks", str(clerks), str(visitors), str(days), str(SEED)],
            cwd=ROOT,
            env=os.environ | {"EGUICHET_DATABASE_URL": url, "EGUICHET_REDIS_URL": ""},
            stdout=lines,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120 + days * visitors * 2,
            check=False,
        )
    assert finished.returncode == 0, finished.stderr[-3000:]
    return [json.loads(line) for line in report.read_text().splitlines()]


def assert_well_called(day: dict[str, Any], visitors: int) -> None:
    assert day["faults"] == [], f"seed {SEED}"
    assert day["still_waiting"] == 0
    assert visitors * 0.9 < day["visitors"] <= visitors
    assert day["calls"] >= day["visitors"] - day["left"] > 0
    assert day["double_clicks"] >= day["calls"] // 20
    assert day["compared"] > day["calls"]


def assert_repeats(naive: dict[str, Any]) -> None:
    """The positive control: without the turn somebody is called twice, and it is seen."""
    assert naive["calls"] > naive["visitors"]


@pytest.mark.db
def test_everybody_is_called_once_and_in_order(database_url: str) -> None:
    day, naive = spend_days(database_url, CLERKS, VISITORS)
    assert_well_called(day, VISITORS)
    assert_repeats(naive)


def test_the_oracle_notices_each_kind_of_fault() -> None:
    standings = {stop: Standing((stop,), frozenset({7}), frozenset()) for stop in (1, 2)}
    waits = [Line("waits", 1, 0, 1), Line("waits", 2, 0, 1)]
    first, second = Line("calls", 1, 2, 3, 7, "a"), Line("calls", 2, 4, 5, 7, "b")
    assert find_passed_over([*waits, first, second], standings) == ([], 1)
    hurried = Line("calls", 2, 1.5, 1.8, 7, "b")
    assert find_passed_over([*waits, first, hurried], standings) == (["counter 7 called 2, passing over 1"], 1)
    assert compare_calls([first], [(1, 7, "a")]) == []
    assert len(compare_calls([first, second], [(1, 7, "a"), (1, 7, "a")])) == 2
    assert replay([(1, "arrived"), (1, "called"), (1, "withdrawn"), (1, "called"), (1, "finished")]) == []
    assert replay([(1, "arrived"), (1, "called"), (1, "called")]) == ["stop 1: called while called"]


@pytest.mark.soak
@pytest.mark.db
@pytest.mark.timeout(200_000)
def test_a_hundred_thousand_calls(database_url: str) -> None:
    calls = CALLS if is_postgres(database_url) else CALLS_ON_SQLITE
    *days, naive = spend_days(database_url, MANY_CLERKS, VISITORS_A_DAY, -(-calls // CALLS_A_DAY))
    assert_repeats(naive)
    for day in days:
        assert_well_called(day, VISITORS_A_DAY)
