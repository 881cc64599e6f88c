"""One QR code at two kiosks at once, with and without network: one arrival, one number."""

import json
import os
import subprocess
from typing import Any

import pytest

from tests.harness.databases import is_postgres
from tests.harness.processes import PYTHON, ROOT

SHORT = 30
PAIRS = int(os.environ.get("SOAK_PAIRS", "10000"))
PAIRS_ON_SQLITE = PAIRS // 10
pytestmark = [pytest.mark.race, pytest.mark.db]


def scan(url: str, pairs: int) -> list[dict[str, Any]]:
    """Let two kiosks scan in processes of their own; one result per way."""
    finished = subprocess.run(
        [PYTHON, "-m", "tests.race.kiosks", str(pairs)],
        cwd=ROOT,
        env=os.environ | {"EGUICHET_DATABASE_URL": url, "EGUICHET_REDIS_URL": ""},
        capture_output=True,
        text=True,
        timeout=120 + pairs,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    return [json.loads(line) for line in finished.stdout.splitlines()]


def assert_one_arrival_each(pairs: int, results: list[dict[str, Any]]) -> None:
    online, offline, mixed, together, *circles, naive = results
    assert online["pairs"] + offline["pairs"] + mixed["pairs"] + together["pairs"] == pairs
    for way in (online, offline, mixed, together, *circles):
        assert (way["tickets"], way["arrivals"], way["two_numbers"]) == (way["pairs"], way["pairs"], 0), way
    assert online["same_ticket + ticket"] == online["pairs"]
    assert offline["recorded + recorded"] == offline["pairs"]
    assert together["recorded + recorded"] == together["pairs"]
    # Whoever ends a circle of locks loses nothing: the arrivals are taken one by one.
    for circle in circles:
        assert circle["circles"]
        assert circle["outcomes"]["recorded + recorded"] == circle["pairs"]
    assert mixed.get("recorded + ticket", 0) + mixed.get("recorded + same_ticket", 0) == mixed["pairs"]
    # The positive control: without protection there are two of everything.
    assert naive["tickets"] == naive["arrivals"] == 2 * naive["pairs"]
    assert naive["two_numbers"] == naive["pairs"]


def test_one_code_at_two_kiosks_is_one_arrival(database_url: str) -> None:
    ways = scan(database_url, SHORT)
    assert [way["way"] for way in ways if way["way"] == "circle"] == ["circle"] * is_postgres(database_url)
    assert_one_arrival_each(SHORT, ways)


@pytest.mark.soak
@pytest.mark.timeout(20_000)
def test_ten_thousand_codes_at_two_kiosks(database_url: str) -> None:
    pairs = PAIRS if is_postgres(database_url) else PAIRS_ON_SQLITE
    ways = scan(database_url, pairs)
    print(*ways, sep="\n")  # noqa: T201 - the figures of docs/figures.md
    assert_one_arrival_each(pairs, ways)
