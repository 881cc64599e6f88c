"""A PostgreSQL server of the tests' own, on a free port, in a directory of its own."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import LiteralString, Self

import psycopg
from psycopg import sql

from tests.harness.processes import Process, find_free_port
from tests.harness.waiting import wait_until

ACCOUNT = "postgres"
"""System account: PostgreSQL refuses to run as root."""
ATTEMPTS = 3


class MissingProgramError(RuntimeError):
    """A program the tests need is not installed; the message says how to get it."""


def find_postgres_programs() -> Path:
    """The folder of ``initdb`` and ``postgres``: Debian's newest version, else what is on the PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if versions:
        return versions[-1].parent
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    raise MissingProgramError("PostgreSQL is not installed: make setup-test")


class PostgresServer:
    """A server that ends with the test run. Use it as a context manager or call ``start`` and ``stop``.

    ``durable`` keeps ``fsync`` on: needed when a test crashes the server and asks what survived, slow otherwise.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self.durable = durable
        self.port = 0
        self._programs = find_postgres_programs()
        self._user = ACCOUNT if os.getuid() == 0 else None
        self._home = Path(tempfile.mkdtemp(prefix="eguichet-postgres-"))
        self._process: Process | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    @property
    def process(self) -> Process:
        """The running server process."""
        if self._process is None:
            raise RuntimeError("The server is not running")
        return self._process

    @property
    def data(self) -> Path:
        """The data directory."""
        return self._home / "data"

    def url(self, database: str = "postgres") -> str:
        """Value for ``EGUICHET_DATABASE_URL``."""
        return f"postgres://{ACCOUNT}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Create the cluster the first time, then start it; on the same port each time."""
        if not (self.data / "PG_VERSION").exists():
            self._create()
        for attempt in range(ATTEMPTS):
            port = self.port or find_free_port()
            self._process = self._launch(port)
            try:
                self._wait_until_ours(port)
            except AssertionError:
                self._process.stop(signal.SIGINT)
                if self.port or attempt == ATTEMPTS - 1:
                    raise
            else:
                self.port = port
                return

    def stop(self) -> None:
        """Shut down cleanly, cutting connections; the data stay."""
        if self._process is not None:
            self._process.stop(signal.SIGINT)
            self._process = None

    def crash(self) -> None:
        """End every process of the server at once, as a power cut would (``start`` then recovers)."""
        self.process.kill()
        self._process = None
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def remove(self) -> None:
        """Stop and delete the data."""
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def execute(self, statement: LiteralString | sql.Composed, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement outside a transaction; its rows, if any."""
        return run_statement(self.url(database), statement)

    def create_database(self, name: str, template: str | None = None) -> str:
        """A new database, copied from ``template`` if given; its URL. One of that name is replaced."""
        return create_database(self.url(), name, template)

    def _create(self) -> None:
        if self._user:
            account = pwd.getpwnam(self._user)
            os.chown(self._home, account.pw_uid, account.pw_gid)
        subprocess.run(
            [
                *(str(self._programs / "initdb"), "--pgdata", str(self.data), "--username", ACCOUNT),
                *("--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
            ],
            cwd=self._home,
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user else None,
            check=True,
            capture_output=True,
        )

    def _launch(self, port: int) -> Process:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": str(self._home),
            "max_connections": "200",
            "timezone": "UTC",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return Process(
            [str(self._programs / "postgres"), "-D", str(self.data), *options],
            log=self._home / "log",
            cwd=self._home,
            user=self._user,
        )

    def _wait_until_ours(self, port: int) -> None:
        process = self.process
        url = f"postgres://{ACCOUNT}@127.0.0.1:{port}/postgres"

        def ours_or_dead() -> bool:
            return process.code is not None or run_statement(url, "SHOW data_directory") == [(str(self.data),)]

        wait_until(ours_or_dead, 30, f"PostgreSQL answers on {port}")
        process.fail_if_dead()


def run_statement(url: str, statement: LiteralString | sql.Composed) -> list[tuple[object, ...]]:
    """Run one statement outside a transaction; its rows, if any."""
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def create_database(url: str, name: str, template: str | None = None) -> str:
    """A new database on the server of ``url``, copied from ``template`` if given; its URL. Replaces one of that name."""
    identifier = sql.Identifier(name)
    run_statement(url, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
    origin = sql.Identifier(template or "template0")
    run_statement(url, sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(identifier, origin))
    return f"{url.rsplit('/', 1)[0]}/{name}"
