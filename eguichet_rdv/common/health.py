"""Two addresses for the sysadmin: is the process alive, and can it work."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone


def healthz(_request: HttpRequest) -> HttpResponse:
    """Alive: same middleware as every page, no database."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(_request: HttpRequest) -> JsonResponse:
    """Ready: the database answers, migrations are applied, the worker has shown a sign of life (seconds ago)."""
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    return JsonResponse({"migrations_missing": missing, "at": timezone.now()}, status=503 if missing else 200)
