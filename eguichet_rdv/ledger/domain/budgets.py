"""How often something may be tried in a while; counted in the database, so right across processes."""

from datetime import UTC, datetime, timedelta

from django.db import connection

from eguichet_rdv.common.tokens import keyed_hash
from eguichet_rdv.ledger.models import Spending

UPSERT = """
INSERT INTO {table} ({key}, {window}, {count}, {expires}) VALUES (%s, %s, %s, %s)
ON CONFLICT ({key}, {window}) DO UPDATE SET {count} = {table}.{count} + excluded.{count}
RETURNING {count}
"""


def spend(name: str, key: str, *, limit: int, window: timedelta, now: datetime, amount: int = 1) -> bool:
    """Take ``amount`` from the budget ``name`` of ``key`` (an address, a kiosk); False when the limit is passed.

    Windows are consecutive, not sliding. Call it outside the transaction it protects, or a refusal gives the try back.
    """
    seconds = int(window.total_seconds())
    number = int(now.timestamp()) // seconds
    ends = datetime.fromtimestamp((number + 1) * seconds, UTC)
    return _add(keyed_hash("budget", f"{name}\n{key}"), number, amount, ends) <= limit


def _add(digest: str, window: int, amount: int, ends: datetime) -> int:
    """The new count. One statement, so two processes never read the same count."""
    fields = {name: connection.ops.quote_name(name) for name in ("key", "window", "count")}
    table = connection.ops.quote_name(Spending._meta.db_table)  # noqa: SLF001 - public in all but name
    statement = UPSERT.format(table=table, expires=connection.ops.quote_name("expires_at"), **fields)
    with connection.cursor() as cursor:
        cursor.execute(statement, [digest, window, amount, connection.ops.adapt_datetimefield_value(ends)])
        (count,) = cursor.fetchone()
    return int(count)
