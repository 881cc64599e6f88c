"""How often something may be tried in a while; counted in the database, so right across processes."""

import threading
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


def has_left(name: str, key: str, *, limit: int, window: timedelta, now: datetime) -> bool:
    """Whether something is left of a budget, without taking from it."""
    number = int(now.timestamp()) // int(window.total_seconds())
    rows = Spending.objects.filter(key=keyed_hash("budget", f"{name}\n{key}"), window=number)
    return (rows.values_list("count", flat=True).first() or 0) < limit


def _add(digest: str, window: int, amount: int, ends: datetime) -> int:
    """The new count. One statement, so two processes never read the same count."""
    fields = {name: connection.ops.quote_name(name) for name in ("key", "window", "count")}
    table = connection.ops.quote_name(Spending._meta.db_table)  # noqa: SLF001 - public in all but name
    statement = UPSERT.format(table=table, expires=connection.ops.quote_name("expires_at"), **fields)
    with connection.cursor() as cursor:
        cursor.execute(statement, [digest, window, amount, connection.ops.adapt_datetimefield_value(ends)])
        (count,) = cursor.fetchone()
    return int(count)


class Portions:
    """A budget spent in portions taken from the database, so that most requests cost no query.

    Never more than the limit is given out over all processes; a process that ends early wastes its last portion.
    """

    MOST_KEYS = 10_000

    def __init__(self, name: str, *, window: timedelta, portion: int) -> None:
        self.name = name
        self.window = window
        self.portion = portion
        self._left: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def spend(self, key: str, *, limit: int, now: datetime) -> bool:
        """Take one from the budget of ``key``; False when the limit is passed."""
        number = int(now.timestamp()) // int(self.window.total_seconds())
        with self._lock:
            window, left = self._left.get(key, (number, 0))
            if window == number and left > 0:
                self._left[key] = (number, left - 1)
                return True
        portion = max(1, min(self.portion, limit // 10))
        if not spend(self.name, key, limit=limit, window=self.window, now=now, amount=portion):
            return False
        with self._lock:
            if len(self._left) >= self.MOST_KEYS:
                self._left.clear()
            window, left = self._left.get(key, (number, 0))
            self._left[key] = (number, (left if window == number else 0) + portion - 1)
        return True

    def forget(self) -> None:
        """Give up what was taken in advance: for tests, whose database is emptied behind our back."""
        with self._lock:
            self._left.clear()
