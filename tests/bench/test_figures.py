"""The figures of docs/figures.md: gunicorn and PostgreSQL, as ratios to the empty view. ``make bench`` prints them."""

import base64
import hashlib
import hmac
import itertools
import json
import os
import secrets
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

import httpx
import psycopg
import pytest

from tests.bench.measure import RUNS, Ask, Comparison, Part, Rate, compare, each_of, measure_rate, time_in_turn
from tests.harness.installation import Installation
from tests.harness.processes import PYTHON, ROOT
from tests.harness.waiting import wait_until

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]
KIOSK_API = "/api/kiosk/v1/check-in"
NO_LIMITS = {"EGUICHET_API_READS_PER_MINUTE": "10000000", "EGUICHET_API_WRITES_PER_MINUTE": "10000000"}


@dataclass
class Site:
    """A running production shape with a filled town."""

    installation: Installation
    client: httpx.Client
    facts: dict[str, Any]

    @property
    def pid(self) -> int:
        return self.installation.pages.pid

    def empty(self) -> httpx.Response:
        return self.client.get("/healthz")

    def get(self, path: str) -> Ask:
        return lambda: self.client.get(path)

    def bookings(self) -> Iterator[Ask]:
        """One booking after the other, each of another time; none touches the one before."""
        free = datetime.min  # noqa: DTZ901 - before every start
        for text in self.facts["starts"][5:]:
            start = datetime.fromisoformat(text)
            if start >= free:
                free = start + timedelta(minutes=15)
                yield partial(self.book, text)

    def book(self, start: str) -> httpx.Response:
        return self.client.post(
            "/api/v1/appointments",
            json={
                "service": "population",
                "procedure": "carte",
                "start": start,
                "person": {"last_name": "Bench", "email": "bench@example.org"},
            },
            headers={"Authorization": f"Bearer {self.facts['api_key']}", "Idempotency-Key": str(uuid.uuid4())},
        )

    def check_ins(self) -> Iterator[Ask]:
        """One arrival after the other, signed as a bridge signs it."""
        for seq, code in enumerate(self.facts["codes"]):
            yield lambda seq=seq, code=code: self.check_in(seq, code)  # type: ignore[misc]

    def check_in(self, seq: int, code: str) -> httpx.Response:
        at = datetime.now(UTC).isoformat()
        message = {"id": str(uuid.uuid4()), "seq": seq, "at": at, "offset_ms": 0, "language": "fr", "code": code}
        body = json.dumps(message).encode()
        now, nonce = str(int(time.time())), secrets.token_urlsafe(16)
        text = "\n".join(["POST", KIOSK_API, now, nonce, hashlib.sha256(body).hexdigest()])
        key = base64.urlsafe_b64decode(self.facts["kiosk_key"] + "=")
        signature = base64.urlsafe_b64encode(hmac.digest(key, text.encode(), "sha256")).decode().rstrip("=")
        headers = {"X-Kiosk": "bench", "X-Kiosk-Time": now, "X-Kiosk-Nonce": nonce, "X-Kiosk-Signature": signature}
        answer = self.client.post(KIOSK_API, content=body, headers=headers)
        assert answer.json()["outcome"] == "ticket", answer.text
        return answer

    def call(self, number: int = 0) -> httpx.Response:
        """A clerk presses « next »; the answer is the changed part of the page, with the person."""
        csrf = "c" * 32
        _counter, cookie = self.facts["clerks"][number]
        answer = self.client.post(
            "/guichet/ordre/call/",
            data={"intent": str(uuid.uuid4())},
            headers={
                "HX-Request": "true",
                "X-CSRFToken": csrf,
                "Cookie": f"eguichet_session={cookie}; csrftoken={csrf}",
            },
        )
        assert answer.status_code == 200, answer.text
        assert "/guichet/ordre/serve/" in answer.text, answer.text
        return answer

    def calls(self) -> Iterator[Ask]:
        """Calls of all clerks in turn, each after their last visitor is done."""

        def serve(number: int) -> httpx.Response:
            with locks[number]:
                self.clear_counter(number)
                return self.call(number)

        locks = [Lock() for _clerk in self.facts["clerks"]]
        for number in itertools.cycle(range(len(locks))):
            yield partial(serve, number)

    def clear_counter(self, number: int = 0) -> None:
        """Whoever was called is done, so that the next may be called."""
        counter, _cookie = self.facts["clerks"][number]
        with psycopg.connect(self.installation.env["EGUICHET_DATABASE_URL"]) as connection:
            done = "UPDATE waiting_stop SET state = 'done' WHERE state = 'called' AND counter_id = %s"
            left = connection.execute(done, [counter])
            waiting = connection.execute("SELECT count(*) FROM waiting_stop WHERE state = 'waiting'").fetchone()
        assert left.rowcount <= 1
        assert waiting
        assert waiting[0], "nobody is left to be called"


OpenSite = Callable[..., AbstractContextManager[Site]]


@contextmanager
def run_site(directory: Path, url: str, redis_url: str, *, counters: int = 10, past_days: int = 60) -> Iterator[Site]:
    """Fill a database and serve it."""
    directory.mkdir()
    installation = Installation(directory, database_url=url, redis_url=redis_url, settings=NO_LIMITS)
    secret = {name: installation.env[name] for name in ("EGUICHET_SECRET_KEY", "EGUICHET_TOKEN_KEY")}
    filled = subprocess.run(
        [PYTHON, "-m", "tests.bench.fill", str(counters), str(past_days)],
        cwd=ROOT,
        env=os.environ | secret | {"EGUICHET_DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.bench.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert filled.returncode == 0, filled.stderr[-3000:]
    installation.start_pages()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{installation.pages_port}", timeout=30) as client:
            wait_until(lambda: client.get("/healthz").is_success, 60, "gunicorn answers")
            site = Site(installation, client, json.loads(filled.stdout))
            for _warm in range(10):
                assert site.get(site.facts["path"])().is_success
            yield site
    finally:
        installation.stop()


def report(what: str, result: object) -> None:
    sys.stdout.write(f"\n  {what}: {result}\n")
    sys.stdout.flush()


@pytest.fixture
def open_site(tmp_path: Path, postgres: str, redis_url: str, make_database: Callable[[str | None], str]) -> OpenSite:
    def open_one(**facts: int) -> AbstractContextManager[Site]:
        return run_site(tmp_path / secrets.token_hex(4), make_database(postgres), redis_url, **facts)

    return open_one


def test_reading_booking_checking_in(open_site: OpenSite) -> None:
    with open_site() as site:
        report("appointments in the database", site.facts["appointments"])
        report("queries for the free times of 60 days, 10 counters, 70 % full", site.facts["queries"])
        free = compare(site.get(site.facts["path"]), site.empty, site.pid)
        report("free times of 60 days, 10 counters, 70 % full", free)
        ten_days = compare(site.get(site.facts["short_path"]), site.empty, site.pid)
        report("horizon × 10 (6 days, then 60)", f"× {free.wall / ten_days.wall:.2f}")
        bookings, check_ins = site.bookings(), site.check_ins()
        report("booking", compare(each_of(bookings), site.empty, site.pid, count=20))
        report("check-in at a kiosk", compare(each_of(check_ins), site.empty, site.pid, count=10))
        report("call by a clerk", compare(site.call, site.empty, site.pid, count=9, prepare=site.clear_counter))
        report("free times", measure_rate(itertools.repeat(site.get(site.facts["path"])), 200, site.pid))
        report("bookings", measure_rate(bookings, 100, site.pid))
        report("check-ins", measure_rate(check_ins, 150, site.pid))
        report("calls", measure_rate(site.calls(), 100, site.pid))
        report("load of the machine", os.getloadavg())
        assert site.facts["queries"] <= 3


@pytest.mark.parametrize(("what", "counters", "past_days"), [("history × 10", 10, 600), ("counters × 10", 100, 10)])
def test_growth(open_site: OpenSite, *, what: str, counters: int, past_days: int) -> None:
    with open_site() as base, open_site(counters=counters, past_days=past_days) as grown:
        parts = [Part(site.get(site.facts["path"]), site.pid) for site in (base, grown)]
        runs = [time_in_turn(parts, 20) for _run in range(RUNS)]
        ratios = sorted(large.wall / small.wall for small, large in runs)
        report(
            what, f"× {ratios[0]:.2f} / {ratios[2]:.2f} / {ratios[4]:.2f} ({grown.facts['appointments']} appointments)"
        )


def test_ratios_are_computed_right() -> None:
    result = Comparison(1, 2, 3, 4, 5, 6, 7)
    assert str(result).startswith("1.0 / 2.0 / 3.0 ×")
    assert str(Rate(8, 123.4, 5.67)) == "123 in a second by 8 clients, 5.7 ms CPU each"
