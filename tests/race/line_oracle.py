"""Was everybody called once, in order, and nobody passed over? Judged from what was acknowledged, not from our queries."""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

NEXT = {
    "waiting": {"called": "called", "left": "left"},
    "called": {
        "recalled": "called",
        "withdrawn": "waiting",
        "served": "serving",
        "finished": "done",
        "parked": "parked",
        "transferred": "done",
        "no_show": "no_show",
    },
    "serving": {"finished": "done", "parked": "parked", "transferred": "done"},
    "parked": {"resumed": "waiting", "left": "left"},
}
"""What may happen to somebody, and where it leads: written down here a second time on purpose."""
NEVER = float("inf")


class Line(NamedTuple):
    """One line of a client's journal: what it asked about a stop, from when to when on the common clock (seconds)."""

    what: str
    stop: int
    began: float
    ended: float
    counter: int = 0
    intent: str = ""


@dataclass(frozen=True)
class Standing:
    """What decides somebody's turn: the key of the order, and who may call them. ``booked_at``: counters of a booking."""

    key: tuple[object, ...]
    counters: frozenset[int]
    booked_at: frozenset[int]


@dataclass(frozen=True)
class Wait:
    """A time of waiting. For sure from ``since`` until ``before``; perhaps from ``maybe_since`` until ``at_last``."""

    stop: int
    since: float
    before: float
    maybe_since: float
    at_last: float


def replay(events: Iterable[tuple[int, str]]) -> list[str]:
    """Faults in the history of (stop, kind of event), in the order in which it was written."""
    faults = []
    states: dict[int, str] = {}
    for stop, kind in events:
        before = states.get(stop, "waiting")
        after = NEXT.get(before, {}).get(kind)
        if kind == "arrived" and stop not in states:
            after = "waiting"
        if after is None:
            faults.append(f"stop {stop}: {kind} while {before}")
        states[stop] = after or before
    return faults


def list_waits(journal: Iterable[Line]) -> list[Wait]:
    """From when to when each stop waited: its n-th time of waiting ends with the n-th call or leaving.

    A call may begin before the arrival it finds: the two are only ordered for each stop, not on the clock.
    """
    starts: dict[int, list[Line]] = defaultdict(list)
    ends: dict[int, list[Line]] = defaultdict(list)
    for line in sorted(journal, key=lambda line: line.began):
        (starts if line.what == "waits" else ends)[line.stop].append(line)
    return [
        Wait(stop, start.ended, end.began, start.began, end.ended)
        for stop, rows in starts.items()
        for start, end in zip(rows, [*ends[stop], Line("never", stop, NEVER, NEVER)], strict=False)
    ]


def find_passed_over(journal: Sequence[Line], standings: Mapping[int, Standing]) -> tuple[list[str], int]:
    """Calls that passed somebody who surely waited the whole time; and how many pairs were compared.

    Of somebody without booking it is no fault as long as somebody may wait who booked at the calling counter: a long
    visit is not begun when it would delay them.
    """
    waits = sorted(list_waits(journal), key=lambda wait: wait.since)
    booked: dict[int, list[Wait]] = defaultdict(list)
    for wait in waits:
        for counter in standings[wait.stop].booked_at:
            booked[counter].append(wait)
    faults: list[str] = []
    compared = entered = 0
    present: list[Wait] = []
    for call in sorted((line for line in journal if line.what == "calls"), key=lambda line: line.began):
        while entered < len(waits) and waits[entered].since < call.began:
            present.append(waits[entered])
            entered += 1
        present = [wait for wait in present if wait.before > call.began]
        called = standings[call.stop]
        for wait in present:
            other = standings[wait.stop]
            if wait.before <= call.ended or wait.stop == call.stop or call.counter not in other.counters:
                continue
            compared += 1
            if other.key < called.key and (other.booked_at or not _somebody_booked(booked[call.counter], call)):
                faults.append(f"counter {call.counter} called {call.stop}, passing over {wait.stop}")
    return faults, compared


def _somebody_booked(waits: Iterable[Wait], call: Line) -> bool:
    return any(wait.maybe_since < call.ended and wait.at_last > call.began for wait in waits)


def compare_calls(journal: Iterable[Line], recorded: Iterable[tuple[int, int, str]]) -> list[str]:
    """Differences between the calls acknowledged and those recorded as (stop, counter, intent)."""
    acknowledged = Tally((line.stop, line.counter, line.intent) for line in journal if line.what == "calls")
    written = Tally(recorded)
    lost = [f"acknowledged, not recorded: {call}" for call in (acknowledged - written)]
    return lost + [f"recorded, not acknowledged: {call}" for call in (written - acknowledged)]
