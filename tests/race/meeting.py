"""Let two transactions meet: one holds its locks until the other waits for them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection, connections, transaction

from eguichet_rdv.common.refusals import Refusal
from tests.harness.waiting import wait_until
from tests.race.town_site import name_database

WAITING_FOR_LOCK = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@contextmanager
def meeting(*others: Callable[[], object]) -> Iterator[list[Refusal]]:
    """What is done inside is committed only when each of ``others``, in a thread, waits or is over; their refusals."""
    refused: list[Refusal] = []

    def try_it(other: Callable[[], object]) -> None:
        try:
            other()
        except Refusal as refusal:
            refused.append(refusal)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=try_it, args=[other]) for other in others]
    with transaction.atomic():
        yield refused
        for thread in threads:
            thread.start()
        if connection.vendor == "postgresql":
            with psycopg.connect(name_database(), autocommit=True) as watcher:
                wait_until(lambda: count_waiting(watcher) >= count_alive(threads), what="the others wait")
        # SQLite lets the others begin only after the end of this transaction: nothing to wait for.
    for thread in threads:
        thread.join(30)


def count_waiting(watcher: psycopg.Connection[tuple[int]]) -> int:
    """How many transactions of this database wait for a lock."""
    return (watcher.execute(WAITING_FOR_LOCK).fetchone() or (0,))[0]


def count_alive(threads: list[threading.Thread]) -> int:
    """How many have not ended."""
    return sum(thread.is_alive() for thread in threads)
