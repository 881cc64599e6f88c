"""Waiting for something to become true, instead of sleeping and hoping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PAUSE = 0.02
"""Seconds between two looks."""


class StillWaitingError(AssertionError):
    """What was waited for did not happen in time."""


def wait_until(condition: Callable[[], T | None], limit: float = 10.0, what: str = "") -> T:
    """The first true answer of ``condition``; fails after ``limit`` seconds, naming ``what`` was expected.

    An exception of the condition counts as « not yet »; the last one is shown when the time is over.
    """
    end = time.monotonic() + limit
    last: Exception | None = None
    while True:
        try:
            if answer := condition():
                return answer
            last = None
        except Exception as error:  # noqa: BLE001 - whatever it is, it means « not yet »
            last = error
        if time.monotonic() >= end:
            message = f"Not within {limit:g} s: {what or getattr(condition, '__name__', 'the condition')}"
            raise StillWaitingError(message if last is None else f"{message} (last: {last!r})") from last
        time.sleep(PAUSE)
