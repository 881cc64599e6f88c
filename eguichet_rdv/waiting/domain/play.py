"""Let a line be served on paper: who would be called when. For forecasts and replays; nothing is written."""

import heapq
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from eguichet_rdv.waiting.domain.order import in_turn


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a line on paper. Hours are seconds since 1970, ``length`` what the agenda plans, in seconds.

    ``counters`` can serve them; at one of ``booked_at_counters`` their appointment is.
    """

    key: int
    due_at: float
    arrived_at: float
    booked_at: float | None
    length: float
    counters: frozenset[int]
    booked_at_counters: frozenset[int] = frozenset()

    @property
    def place(self) -> tuple[float, float, int]:
        """The order of calling, as ``order.ORDER`` names it."""
        return self.due_at, self.arrived_at, self.key


@dataclass(frozen=True, slots=True)
class Desk:
    """A counter that calls from ``free_at`` until ``closes_at``."""

    counter: int
    free_at: float
    closes_at: float = math.inf


def play(
    people: Iterable[Person],
    desks: Iterable[Desk],
    *,
    takes: Callable[[Person], float],
    patience: float,
    until: int | None = None,
) -> dict[int, float]:
    """When everybody would be called (key → hour); who would not be called any more is missing.

    A free counter calls at once, in the order of ``order.in_turn``, only who has arrived. ``takes`` says for how many
    seconds somebody then occupies it; ``patience``, in seconds too, is that of ``in_turn``. Ends early when the person
    ``until`` has been called.
    """
    line = sorted(people, key=lambda person: person.place)
    free = [(desk.free_at, desk.counter, desk.closes_at) for desk in desks]
    heapq.heapify(free)
    called: dict[int, float] = {}
    while free and line:
        now, counter, closes = heapq.heappop(free)
        if now >= closes:
            continue
        chosen = _choose(line, counter, now, patience)
        if chosen is not None:
            line.remove(chosen)
            called[chosen.key] = now
            if chosen.key == until:
                break
            heapq.heappush(free, (now + takes(chosen), counter, closes))
        elif coming := [person.arrived_at for person in line if counter in person.counters]:
            heapq.heappush(free, (min(coming), counter, closes))  # idle until the next of them arrives
    return called


def _choose(line: Sequence[Person], counter: int, now: float, patience: float) -> Person | None:
    first = next((person for person in line if person.arrived_at <= now and counter in person.counters), None)
    if first is None or first.booked_at is not None:  # nobody with an appointment comes after others
        return first
    here = [person for person in line if person.arrived_at <= now and counter in person.counters]
    next_due = next((person.due_at for person in here if counter in person.booked_at_counters), None)
    turns = in_turn(here, now=now, next_due=next_due, length=lambda person: person.length, patience=patience)
    return next(turns, None)
