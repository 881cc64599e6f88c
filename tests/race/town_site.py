"""gunicorn on the database of this test, with a town in it, and clients that keep a journal of every answer."""

import os
import random
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

import httpx
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from eguichet_rdv.api.keys import create_key
from eguichet_rdv.scheduling.domain.availability import find_starts
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Assignment
from tests.harness.installation import Installation
from tests.harness.processes import list_family
from tests.town import make_clerk, make_town

NO_LIMITS = {
    "EGUICHET_API_READS_PER_MINUTE": "10000000",
    "EGUICHET_API_WRITES_PER_MINUTE": "10000000",
    "EGUICHET_HOLDS_PER_ADDRESS": "10000000",
    "EGUICHET_BOOKINGS_PER_RECIPIENT": "10000000",
}
CSRF = "c" * 32
PATIENCE = 60.0
"""Seconds for one answer; a client that gets none within asks again."""
MOST_TRIES = 60
API = "/api/v1/appointments"
DAYS = 60
Answer = httpx.Response


def name_database() -> str:
    """The URL of the database of this test process, for other processes."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    return f"postgres://{facts['USER']}:{facts['PASSWORD']}@{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"


@dataclass
class Site:
    """Pages and API of a running town. ``starts`` are the times free at the beginning, ascending."""

    installation: Installation
    starts: list[datetime]
    key: str
    clerk: str

    @property
    def url(self) -> str:
        """Straight to gunicorn."""
        return f"http://127.0.0.1:{self.installation.pages_port}"

    def kill_one(self, chance: random.Random) -> None:
        """``kill -9`` to one of the processes that answer; gunicorn starts another one."""
        workers = list_family(self.installation.pages.pid)[1:]
        if workers:
            os.kill(chance.choice(workers), signal.SIGKILL)


@contextmanager
def serve_town(directory: Path, *, counters: int, application: str = "", workers: int = 2) -> Iterator[Site]:
    """Make the town and serve it; nothing but pages and API, for nothing else is asked for."""
    now = timezone.now()
    town = make_town(counters=counters, now=now)
    clerk = make_clerk("reception")
    Assignment.objects.create(user=clerk, location=town.location, role=Role.RECEPTION)
    client = Client()
    client.force_login(clerk)
    today = town.location.local(now).date()
    days = find_starts(town.wanted(), today + timedelta(days=1), today + timedelta(days=DAYS), now=now)
    keys = {"EGUICHET_SECRET_KEY": settings.SECRET_KEY, "EGUICHET_TOKEN_KEY": settings.TOKEN_KEY}
    installation = Installation(
        directory,
        database_url=name_database(),
        redis_url="",
        settings=NO_LIMITS | keys,
        workers=workers,
        threads=8,
        application=application,
    )
    installation.collect_static()
    pages = installation.start_pages()
    try:
        pages.wait_for_port(installation.pages_port, limit=90)
        yield Site(
            installation,
            [start for starts in days.values() for start in starts],
            create_key("partner"),
            client.cookies["eguichet_session"].value,
        )
    finally:
        installation.stop()


@dataclass
class Journal:
    """What was acknowledged, and every answer nobody should get."""

    booked: dict[str, datetime] = field(default_factory=dict)
    """Reference → the time last acknowledged."""
    cancelled: set[str] = field(default_factory=set)
    refused_after_hold: set[int] = field(default_factory=set)
    """Cells of holds that were of no use to their holder."""
    faults: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def count(self, what: str) -> None:
        """One more of this kind."""
        with self._lock:
            self.counts[what] = self.counts.get(what, 0) + 1

    def some_reference(self, chance: random.Random) -> str | None:
        """Somebody's appointment."""
        with self._lock:
            known = sorted(self.booked.keys() - self.cancelled)
        return chance.choice(known) if known else None

    def fault(self, what: str, answer: Answer) -> None:
        """An answer that is none of those agreed on."""
        self.faults.append(f"{what}: {answer.status_code} {answer.text[:300]}")


class Asker:
    """Sends requests; one that gets no answer is sent again, word for word."""

    def __init__(self, site: Site, journal: Journal, seed: str) -> None:
        self.site = site
        self.journal = journal
        self.random = random.Random(seed)
        self.client = httpx.Client(base_url=site.url, timeout=PATIENCE, verify=False)  # noqa: S501 - plain HTTP
        self.client.headers["X-CSRFToken"] = CSRF

    def close(self) -> None:
        """Hang up."""
        self.client.close()

    def forget(self, **cookies: str) -> None:
        """Become somebody else."""
        self.client.cookies.clear()
        for name, value in {"csrftoken": CSRF, **cookies}.items():
            self.client.cookies.set(name, value)

    def send(self, ask: Callable[[], Answer]) -> Answer:
        """The answer, however often it takes."""
        for _try in range(MOST_TRIES):
            try:
                return ask()
            except httpx.TransportError:
                self.journal.count("unanswered")
        raise AssertionError("The site does not answer any more")

    def get(self, path: str) -> Answer:
        """A page."""
        return self.send(lambda: self.client.get(path))

    def post(self, path: str, data: Mapping[str, str]) -> Answer:
        """A form."""
        return self.send(lambda: self.client.post(path, data=dict(data)))

    def post_json(self, path: str, body: Any, **headers: str) -> Answer:
        """To the API."""
        known = {"Authorization": f"Bearer {self.site.key}"} | headers
        return self.send(lambda: self.client.post(path, json=body, headers=known))

    def book_by_api(self, start: datetime, key: str = "") -> Answer:
        """One booking through the API."""
        body = {
            "service": "population",
            "procedure": "carte",
            "start": f"{start:%Y-%m-%dT%H:%M}",
            "person": {"last_name": "Lejeune", "email": "lejeune@example.org"},
        }
        return self.post_json(API, body, **{"Idempotency-Key": key or str(uuid4())})
