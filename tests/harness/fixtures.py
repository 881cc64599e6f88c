"""The pytest plugin of the house: which database, which marks, and the fixtures every test may ask for."""

import inspect
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.harness.browser import ConsoleWatch, Pages, launch_chromium
from tests.harness.clock import Clock
from tests.harness.databases import copy_database, drop_database, get_database_url, is_postgres
from tests.harness.installation import Installation
from tests.harness.postgres import MissingProgramError, PostgresServer
from tests.harness.printers import TcpPrinter
from tests.harness.redis_server import RedisServer
from tests.harness.serial_line import Pty
from tests.harness.smtp import SmtpSink

T = TypeVar("T")
ON_REQUEST = ("soak", "bench")
"""Marks that run only when ``-m`` names them."""
DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "admin_user", "admin_client", "database_url"}
TRANSACTIONAL_FIXTURES = {"transactional_db", "live_server"}


def pytest_configure() -> None:
    """End in order on SIGTERM too, so that every fixture stops what it started."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what uses the database, keep long tests for when they are asked for, put browser tests last."""
    expression: str = config.option.markexpr
    left_out = [mark for mark in ON_REQUEST if mark not in expression]
    left_out.append("sqlite_only" if is_postgres(get_database_url()) else "postgres_only")
    kept: list[pytest.Item] = []
    deselected: list[pytest.Item] = []
    for item in items:
        mark_database_use(item)
        (deselected if any(item.get_closest_marker(mark) for mark in left_out) else kept).append(item)
    if deselected:
        config.hook.pytest_deselected(items=deselected)
    # Playwright keeps an event loop running in this thread: asynchronous tests have to come before it starts.
    items[:] = sorted(kept, key=lambda item: item.get_closest_marker("e2e") is not None)


def mark_database_use(item: pytest.Item) -> None:
    """Give the mark ``db`` to what uses the database; let a flushed database get its first rows back."""
    names = set(getattr(item, "fixturenames", ()))
    marker = item.get_closest_marker("django_db")
    if marker is None and not names & DATABASE_FIXTURES:
        return
    item.add_marker("db")
    arguments = dict(marker.kwargs) if marker else {}
    if arguments.get("transaction") or arguments.get("reset_sequences") or names & TRANSACTIONAL_FIXTURES:
        # Such a test empties all tables; what the migrations put there (Wagtail's root page) has to come back.
        arguments |= {"transaction": True, "serialized_rollback": True}
        item.add_marker(pytest.mark.django_db(**arguments), append=False)


def pytest_report_header() -> str:
    """Say on which parts this run stands."""
    database = "PostgreSQL" if is_postgres(get_database_url()) else "SQLite"
    layer = "Redis" if os.environ.get("EGUICHET_REDIS_URL") else "in memory"
    return f"eguichet-rdv: database {database}, channel layer {layer}"


def pytest_unconfigure() -> None:
    """Delete the data directory that the settings made for this run."""
    from django.conf import settings  # noqa: PLC0415 - Django is configured by now, not when this file is read

    directory = Path(getattr(settings, "DATA_DIR", "/nowhere"))
    if directory.name.startswith("eguichet-tests-") and directory.parent == Path(tempfile.gettempdir()):
        shutil.rmtree(directory, ignore_errors=True)


# The database of this process -----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The test database is there already: a copy of the migrated template."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> Iterator[None]:
    """Point Django to a fresh copy of the migrated template."""
    from django.db import connection  # noqa: PLC0415 - Django is configured by now, not when this file is read

    with tempfile.TemporaryDirectory(prefix="eguichet-database-") as directory:
        url = copy_database(Path(directory), f"test_{os.getpid()}")
        name = url.rsplit("/", 1)[1] if is_postgres(url) else url.removeprefix("sqlite:///")
        connection.settings_dict["TEST"]["NAME"] = name
        yield
        connection.close()
        drop_database(url)


@pytest.fixture(autouse=True)
def own_channel_layer(request: pytest.FixtureRequest) -> None:
    """Give every asynchronous test a channel layer of its own, as each has an event loop of its own.

    A layer keeps what belongs to the loop in which it was first used.
    """
    if inspect.iscoroutinefunction(getattr(request, "function", None)):
        from channels.layers import channel_layers  # noqa: PLC0415 - not before Django is configured

        channel_layers.backends.clear()


@pytest.fixture(autouse=True)
def forget() -> None:
    """Nothing is remembered from one test to the next, whose rows may have the same keys."""
    from django.core.cache import cache  # noqa: PLC0415 - Django is configured by now, not when this file is read

    cache.clear()


def find_morning_zone(now: datetime) -> str:
    """A time zone in which it is nine or ten in the morning: the town of the tests is awake whenever they run."""
    hours = (9 - now.hour + 11) % 24 - 11
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"


# Servers --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL on a PostgreSQL server: that of this run, else one started for it. Databases: ``make_database``."""
    if is_postgres(get_database_url()):
        yield get_database_url()
        return
    with _need(PostgresServer) as server:
        yield server.url()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """URL of a Redis server: that of this run, else one started for it."""
    if url := os.environ.get("EGUICHET_REDIS_URL"):
        yield url
        return
    with _need(RedisServer) as server:
        yield server.url


@pytest.fixture
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test's own, durable, to be stopped or crashed."""
    with _need(lambda: PostgresServer(durable=True)) as server:
        yield server


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A Redis server of this test's own, to be stopped, flushed or crashed."""
    with _need(RedisServer) as server:
        yield server


@pytest.fixture
def make_database(tmp_path: Path) -> Iterator[Callable[[str | None], str]]:
    """A function that makes a migrated database for processes of a test: ``make_database(server_url=None) -> URL``.

    Without argument on the database of this run; with the URL of a PostgreSQL server, there; with "", SQLite.
    """
    made: list[str] = []

    def make(server_url: str | None = None) -> str:
        made.append(copy_database(tmp_path, server_url=server_url))
        return made[-1]

    yield make
    for url in made:
        drop_database(url)


@pytest.fixture
def database_url(make_database: Callable[[str | None], str]) -> str:
    """URL of a migrated database of this test's own, on the database of this run, for other processes."""
    return make_database(None)


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """A mail server on a real socket."""
    with SmtpSink() as sink:
        yield sink


@pytest.fixture(scope="session")
def session_smtp_sink() -> Iterator[SmtpSink]:
    """The mail server of ``installation``; clear it at the beginning of a test."""
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def printer() -> Iterator[TcpPrinter]:
    """A receipt printer on a TCP socket."""
    with TcpPrinter() as printer:
        yield printer


@pytest.fixture
def serial_line(tmp_path: Path) -> Iterator[Pty]:
    """A scanner on a pseudo-terminal, at ``serial_line.path``."""
    with Pty(tmp_path / "scanner") as line:
        yield line


@pytest.fixture
def clock() -> Clock:
    """A clock at Tuesday 1 December 2026, 9:00 in Brussels."""
    return Clock(datetime(2026, 12, 1, 9, 0, tzinfo=ZoneInfo("Europe/Brussels")))


@pytest.fixture(scope="session")
def installation(
    tmp_path_factory: pytest.TempPathFactory, postgres: str, redis_url: str, session_smtp_sink: SmtpSink
) -> Iterator[Installation]:
    """The production shape with the demo town: PostgreSQL, Redis, gunicorn, daphne, worker. One for all tests."""
    directory = tmp_path_factory.mktemp("installation")
    url = copy_database(directory, f"installation_{os.getpid()}", postgres)
    site = Installation(
        directory,
        database_url=url,
        redis_url=redis_url,
        smtp_url=session_smtp_sink.url,
        settings={"EGUICHET_TIME_ZONE": find_morning_zone(datetime.now(UTC))},
    )
    site.manage("demo")
    with site:
        yield site
    drop_database(url)


# The browser ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, headless; one for the whole run."""
    # The loop that Playwright leaves running makes Django refuse the database to this thread, wrongly.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        try:
            chromium = launch_chromium(playwright)
        except MissingProgramError as missing:
            pytest.skip(str(missing))
        yield chromium
        chromium.close()


@pytest.fixture
def console() -> Iterator[ConsoleWatch]:
    """What the consoles of all pages said; the test fails at its end when they were not silent."""
    watch = ConsoleWatch()
    yield watch
    assert watch.unexpected == []


@pytest.fixture
def pages(browser: Browser, console: ConsoleWatch) -> Iterator[Pages]:
    """Opens pages: ``pages.open(path, width=390, height=844, language="nl", javascript=False)``."""
    opener = Pages(browser, console)
    yield opener
    opener.close()


@pytest.fixture
def site_pages(pages: Pages, installation: Installation) -> Pages:
    """``pages`` with the address of ``installation`` in front of every path."""
    pages.base_url = installation.url
    return pages


def _need(make: Callable[[], T]) -> T:
    try:
        return make()
    except MissingProgramError as missing:
        pytest.skip(str(missing))
