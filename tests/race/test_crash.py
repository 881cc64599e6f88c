"""PostgreSQL crashes under bookings and comes back: nothing acknowledged is lost, nobody restarts anything."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.harness.installation import Installation
from tests.harness.postgres import PostgresServer, run_statement
from tests.harness.processes import PYTHON, ROOT
from tests.harness.waiting import wait_until
from tests.race.mix import Program
from tests.race.town_site import NO_LIMITS, Answer, Journal, Site

CRASHES = int(os.environ.get("SOAK_CRASHES", "10"))
CLIENTS = 6
BOOKINGS_BETWEEN = 20
BACK_WITHIN = 30.0
"""Seconds after the database; how long it took is printed."""
HALVES = (
    "SELECT count(*) FROM scheduling_reservation r WHERE r.cells <>"
    " (SELECT count(*) FROM scheduling_claim c WHERE c.reservation_id = r.id AND c.counter_id = r.counter_id)"
)
WRITTEN = "SELECT reference, state FROM scheduling_appointment WHERE channel = 'api'"
pytestmark = pytest.mark.race


class PatientProgram(Program):
    """A program that asks again, under the same number, until somebody answers for certain."""

    def send(self, ask: Callable[[], Answer]) -> Answer:
        """The first answer that is no fault of the server."""
        return wait_until(lambda: self._ask_once(ask), BACK_WITHIN, "an answer that is no fault of the server")

    def _ask_once(self, ask: Callable[[], Answer]) -> Answer | None:
        answer = super().send(ask)
        if answer.is_server_error:
            self.journal.count("asked again")
            return None
        return answer


@contextmanager
def serve(directory: Path, url: str) -> Iterator[Site]:
    """Fill the database and start the pages."""
    installation = Installation(directory, database_url=url, redis_url="", settings=NO_LIMITS)
    secret = {name: installation.env[name] for name in ("EGUICHET_SECRET_KEY", "EGUICHET_TOKEN_KEY")}
    filled = subprocess.run(
        [PYTHON, "-m", "tests.bench.fill", "2", "0"],
        cwd=ROOT,
        env=os.environ
        | secret
        | {"EGUICHET_DATABASE_URL": url, "EGUICHET_REDIS_URL": "", "DJANGO_SETTINGS_MODULE": "tests.bench.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    facts = json.loads(filled.stdout)
    starts = [datetime.fromisoformat(start) for start in facts["starts"]]
    installation.collect_static()
    try:
        installation.start_pages().wait_for_port(installation.pages_port, limit=90)
        yield Site(installation, starts[:60], facts["api_key"], clerk="")
    finally:
        installation.stop()


def find_differences(journal: Journal, written: Mapping[str, str]) -> list[str]:
    """Whatever somebody was told and is not written so, or is written and nobody was told."""
    told = {ref: "cancelled" if ref in journal.cancelled else "confirmed" for ref in journal.booked}
    return sorted(
        f"{reference}: told {told.get(reference)}, written {written.get(reference)}"
        for reference in told.keys() | written.keys()
        if told.get(reference) != written.get(reference)
    )


def test_what_is_lost_is_named() -> None:
    """The positive control: a database that has come back without an acknowledged booking, and as before a cancellation."""
    journal = Journal()
    journal.booked = dict.fromkeys(("KEPT", "LOST", "BACK"), datetime(2026, 11, 24, 9, tzinfo=UTC))
    journal.cancelled = {"BACK"}
    assert find_differences(journal, {"KEPT": "confirmed", "BACK": "confirmed", "ODD": "confirmed"}) == [
        "BACK: told cancelled, written confirmed",
        "LOST: told confirmed, written None",
        "ODD: told None, written confirmed",
    ]


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_crashes_lose_nothing_that_was_acknowledged(
    tmp_path: Path, postgres_server: PostgresServer, make_database: Callable[[str | None], str]
) -> None:
    url = make_database(postgres_server.url())
    with serve(tmp_path, url) as site:
        journal, back = book_through_crashes(site, postgres_server)
        print(dict(sorted(journal.counts.items())), f"back after {max(back):.1f} s at most")  # noqa: T201 - a figure
        assert journal.faults == []
        assert find_differences(journal, dict(run_statement(url, WRITTEN))) == []  # type: ignore[arg-type]
        assert run_statement(url, HALVES) == [(0,)]
        assert "right" in site.installation.manage("check_agenda")


def book_through_crashes(site: Site, server: PostgresServer) -> tuple[Journal, list[float]]:
    """What was acknowledged, and how many seconds after each crash bookings went on."""
    journal, over = Journal(), threading.Event()
    people = [PatientProgram(site, journal, str(number)) for number in range(CLIENTS)]

    def live(person: PatientProgram) -> None:
        while not over.is_set():
            person.act(site.starts)
        person.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        busy = [pool.submit(live, person) for person in people]
        try:
            back = [crash_once(server, journal) for _crash in range(CRASHES)]
        finally:
            over.set()
        for one in busy:
            one.result()
    return journal, back


def crash_once(server: PostgresServer, journal: Journal) -> float:
    """Some bookings, the crash, and bookings again; how many seconds after the database was back."""
    before = len(journal.booked)
    wait_until(lambda: len(journal.booked) >= before + BOOKINGS_BETWEEN, 120, "bookings between two crashes")
    server.crash()
    journal.count("crashes")
    server.start()
    began, back = time.monotonic(), len(journal.booked)
    wait_until(lambda: len(journal.booked) > back, BACK_WITHIN, "a booking after the crash")
    return time.monotonic() - began
