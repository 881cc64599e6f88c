"""Fifty people want one time: exactly one gets it, everybody gets an answer. Without protection the test must fail."""

import json
import os
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.databases import is_postgres
from tests.harness.processes import PYTHON, ROOT

CITIZENS = 50
SHORT, LONG = 2, 100
MakeDatabase = Callable[[str | None], str]
pytestmark = [pytest.mark.race, pytest.mark.db]


def race(url: str, rounds: int, manner: str = "honest") -> list[dict[str, Any]]:
    """Let the citizens compete in a program of their own; one result per round."""
    finished = subprocess.run(
        [PYTHON, "-m", "tests.race.citizens", str(CITIZENS), str(rounds), manner],
        cwd=ROOT,
        env=os.environ | {"EGUICHET_DATABASE_URL": url, "EGUICHET_REDIS_URL": ""},
        capture_output=True,
        text=True,
        timeout=60 + 12 * rounds,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    results = [json.loads(line) for line in finished.stdout.splitlines()]
    assert len(results) == rounds
    return results


def assert_exactly_one(results: list[dict[str, Any]]) -> None:
    for result in results:
        expected = {"booked": 1, "taken": CITIZENS - 1, "others": [], "reservations": 1}
        assert result == expected | {"start": result["start"]}


def test_one_of_fifty_gets_the_time(database_url: str) -> None:
    assert_exactly_one(race(database_url, SHORT))


def test_without_protection_several_get_it(database_url: str) -> None:
    """The positive control. SQLite lets one writer in at a time by itself, so there the transaction goes too."""
    manner = "unprotected" if is_postgres(database_url) else "naive"
    (result,) = race(database_url, 1, manner)
    assert result["reservations"] > 1
    assert result["booked"] > 1


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_hundred_races(database_url: str) -> None:
    assert_exactly_one(race(database_url, LONG))
