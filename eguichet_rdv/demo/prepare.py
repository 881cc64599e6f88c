"""What has to be there before the site is started: tables, static files, the demo town. Quick when nothing is missing."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from eguichet_rdv.catalogue.domain.sync import sync_catalogue
from eguichet_rdv.demo.town import is_demo, make_town
from eguichet_rdv.townhall.models import Location

STAMP = "static.stamp"


def prepare(now: datetime, *, say: Callable[[str], None]) -> Location | None:
    """Make what is missing. Returns the demo's town, or nothing when the town in the database is a real one."""
    make_tables(say)
    _collect_static_files(say)
    if is_demo() or not Location.objects.exists():
        return make_town(now, say=say)
    sync_catalogue(settings.PLUGINS, now=now)
    return None


def make_tables(say: Callable[[str], None]) -> None:
    """Migrate where something is missing; ``say`` is told before, for it takes a while."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("Database (only the first time, or after an update)")
        call_command("migrate", interactive=False, verbosity=0)


def _collect_static_files(say: Callable[[str], None]) -> None:
    stamp = Path(settings.DATA_DIR) / STAMP
    wanted = _fingerprint()
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if manifest.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    say("Static files (only the first time, or after an update)")
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(wanted)


def _fingerprint() -> str:
    """Changes when a static file is added, removed or changed."""
    digest = hashlib.sha256()
    for path in sorted(_list_static_files()):
        status = path.stat()
        digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _list_static_files() -> Iterator[Path]:
    for finder in get_finders():
        for name, storage in finder.list([]):
            yield Path(storage.path(name))
