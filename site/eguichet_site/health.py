"""For the sysadmin: can this installation work. Whether the process is alive says ``/healthz``."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from eguichet_rdv.messaging.jobs import last_sign_of_life


class _Known:
    """What cannot change while this process runs: applied migrations stay applied."""

    migrated = False


@require_safe
@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when the database answers and its migrations are applied, else 503; and how long the worker has been silent.

    A silent worker does not make the pages unready: they go on, and what is due waits in the outbox.
    """
    try:
        missing = _count_missing_migrations()
        seen = None if missing else last_sign_of_life()
    except DatabaseError:
        return JsonResponse({"database": False}, status=503)
    facts = {
        "database": True,
        "migrations_missing": missing,
        "worker_silent_seconds": None if seen is None else int((timezone.now() - seen).total_seconds()),
    }
    return JsonResponse(facts, status=503 if missing else 200)


def _count_missing_migrations() -> int:
    """Reading all migrations takes long, so it is done until none is missing; then only the database is asked."""
    if _Known.migrated:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return 0
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    _Known.migrated = missing == 0
    return missing
