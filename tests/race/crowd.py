"""Processes that begin at the same instant, and what each of them has to tell."""

import multiprocessing
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from typing import Generic, TypeVar

from django.db import connection, connections

T = TypeVar("T")
FORK = multiprocessing.get_context("fork")
"""A fork starts in milliseconds: fifty fresh interpreters would take a minute and never meet."""
LIMIT = 60.0
"""Seconds within which all must be there to begin."""


class CrowdError(RuntimeError):
    """One of the processes failed; the message is its traceback."""


class Crowd(Generic[T]):
    """Jobs that run side by side, each in a process and with a database connection of its own."""

    def __init__(self, jobs: Sequence[Callable[[], T]]) -> None:
        connections.close_all()  # a connection must not be shared with a fork
        together = FORK.Barrier(len(jobs))
        self._told: SimpleQueue[tuple[int, list[T], str]] = FORK.SimpleQueue()
        self._members = [
            FORK.Process(target=self._take_part, args=(number, job, together)) for number, job in enumerate(jobs)
        ]
        for member in self._members:
            member.start()

    def collect(self) -> list[T]:
        """What the jobs returned, in their order; raises ``CrowdError`` with the first failure."""
        told: dict[int, T] = {}
        failed = []
        for _each in self._members:
            number, answers, error = self._told.get()
            failed += [error] if error else []
            if answers:
                told[number] = answers[0]
        for member in self._members:
            member.join(LIMIT)
        if failed:
            raise CrowdError(failed[0])
        return [told[number] for number in sorted(told)]

    def _take_part(self, number: int, job: Callable[[], T], together: Barrier) -> None:
        try:
            connection.ensure_connection()
            together.wait(LIMIT)
            self._told.put((number, [job()], ""))
        except Exception:  # noqa: BLE001 - the test wants to know every failure
            self._told.put((number, [], traceback.format_exc()))
        finally:
            connections.close_all()


def run_crowd(jobs: Sequence[Callable[[], T]]) -> list[T]:
    """Let all jobs go at once and wait for them; their results in order."""
    return Crowd(jobs).collect()
