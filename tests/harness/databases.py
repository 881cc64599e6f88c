"""Migrated databases in a moment: the migrations run once, everybody else gets a copy.

Running all migrations takes ten to twenty seconds; a copy of the result takes milliseconds. The template is kept under
``var/testdb`` (SQLite) or in the server (PostgreSQL) under a name made of the migrations and of ``uv.lock``.
"""

import fcntl
import hashlib
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from tests.harness.postgres import create_database, run_statement
from tests.harness.processes import PYTHON, ROOT

TEMPLATES = ROOT / "var" / "testdb"
KEPT_TEMPLATES = 3
LOCK_NUMBER = 7_406_131
"""Advisory lock of PostgreSQL while the template is made."""


def get_database_url() -> str:
    """The database chosen for this run by ``EGUICHET_DATABASE_URL``; empty = SQLite."""
    return os.environ.get("EGUICHET_DATABASE_URL", "")


def is_postgres(url: str) -> bool:
    """Whether the URL names a PostgreSQL database."""
    return url.startswith(("postgres:", "postgresql:"))


def compute_key() -> str:
    """A short name for the state of all migrations."""
    digest = hashlib.sha256((ROOT / "uv.lock").read_bytes())
    for path in sorted(ROOT.glob("eguichet_rdv/*/migrations/*.py")):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def migrate(url: str) -> None:
    """Run all migrations on an empty database, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="eguichet-migrate-") as directory:
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "eguichet_site.settings.testing",
            "EGUICHET_DATABASE_URL": url,
            "DATA_DIR": directory,
        }
        finished = subprocess.run(
            [PYTHON, "site/manage.py", "migrate", "--verbosity", "0"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    if finished.returncode:
        raise RuntimeError(f"The migrations failed:\n{finished.stdout}{finished.stderr}")


@contextmanager
def _lock_file(path: Path) -> Iterator[None]:
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def make_sqlite_template() -> Path:
    """The file of the migrated SQLite database; made when it is missing."""
    TEMPLATES.mkdir(parents=True, exist_ok=True)
    template = TEMPLATES / f"{compute_key()}.sqlite3"
    with _lock_file(TEMPLATES / "lock"):
        if not template.exists():
            unfinished = template.with_suffix(".unfinished")
            unfinished.unlink(missing_ok=True)
            migrate(f"sqlite:///{unfinished}")
            unfinished.rename(template)
            made = sorted(TEMPLATES.glob("*.sqlite3"), key=lambda path: path.stat().st_mtime, reverse=True)
            for old in made[KEPT_TEMPLATES:]:
                old.unlink()
    return template


def make_postgres_template(url: str) -> str:
    """The name of the migrated template database on the server of ``url``; made when it is missing."""
    name = f"template_{compute_key()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK_NUMBER])
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            unfinished = f"unfinished_{compute_key()}"
            migrate(create_database(url, unfinished))
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(unfinished), sql.Identifier(name))
            connection.execute(rename)
    return name


def copy_database(directory: Path, name: str = "", server_url: str | None = None) -> str:
    """The URL of a new migrated database: a file in ``directory``, or a database on the PostgreSQL server.

    ``server_url``: any URL on that server; by default the one of this run, and SQLite when there is none.
    """
    server = get_database_url() if server_url is None else server_url
    name = name or f"copy_{secrets.token_hex(4)}"
    if is_postgres(server):
        return create_database(server, name, make_postgres_template(server))
    path = directory / f"{name}.sqlite3"
    for rest in directory.glob(f"{path.name}*"):
        rest.unlink()  # a write-ahead log of an earlier file of that name would be replayed into the copy
    shutil.copyfile(make_sqlite_template(), path)
    return f"sqlite:///{path}"


def drop_database(url: str) -> None:
    """Delete a database made by ``copy_database``."""
    if is_postgres(url):
        name = sql.Identifier(url.rsplit("/", 1)[1])
        server = f"{url.rsplit('/', 1)[0]}/postgres"
        run_statement(server, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
    else:
        Path(url.removeprefix("sqlite:///")).unlink(missing_ok=True)
