"""Time requests one after the other and compare them with the empty view, in one run on one machine."""

import itertools
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.harness.processes import list_family

RUNS = 5
EMPTY_TIMES = 5
"""How often the empty view is asked for one request of what is measured."""
TICKS = os.sysconf("SC_CLK_TCK")
Ask = Callable[[], httpx.Response]


@dataclass(frozen=True)
class Sample:
    """The median time and the mean processor time of one batch of requests, in milliseconds."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Comparison:
    """How many times longer than the empty view; of five runs the smallest, middle and largest ratio."""

    smallest: float
    middle: float
    largest: float
    wall: float
    cpu: float
    empty_wall: float
    empty_cpu: float

    def __str__(self) -> str:
        return (
            f"{self.smallest:.1f} / {self.middle:.1f} / {self.largest:.1f} × the empty view; "
            f"{self.wall:.1f} ms, {self.cpu:.1f} ms CPU (empty view {self.empty_wall:.1f} ms, {self.empty_cpu:.1f} ms CPU)"
        )


@dataclass(frozen=True)
class Part:
    """Something asked ``times`` in each round; ``prepare`` is done before and not timed."""

    ask: Ask
    pid: int
    times: int = 1
    prepare: Callable[[], None] | None = None


def time_in_turn(parts: Sequence[Part], rounds: int) -> list[Sample]:
    """So many rounds of all parts in turn: whatever else a machine does, it disturbs all alike."""
    walls: list[list[float]] = [[] for _part in parts]
    spent = [0.0 for _part in parts]
    for _round in range(rounds):
        for place, part in enumerate(parts):
            if part.prepare:
                part.prepare()
            before = processor_seconds(part.pid)
            for _time in range(part.times):
                began = time.perf_counter()
                answer = part.ask()
                walls[place].append(time.perf_counter() - began)
                assert answer.is_success, answer.text[:500]
            spent[place] += processor_seconds(part.pid) - before
    return [
        Sample(statistics.median(times) * 1000, seconds / len(times) * 1000)
        for times, seconds in zip(walls, spent, strict=True)
    ]


def compare(
    ask: Ask, empty: Ask, pid: int, *, count: int = 20, prepare: Callable[[], None] | None = None
) -> Comparison:
    """Five runs, each of both in turn."""
    parts = (Part(empty, pid, EMPTY_TIMES), Part(ask, pid, prepare=prepare))
    pairs = [time_in_turn(parts, count) for _run in range(RUNS)]
    ratios = sorted(full.wall / bare.wall for bare, full in pairs)
    return Comparison(
        ratios[0],
        statistics.median(ratios),
        ratios[-1],
        statistics.median(full.wall for _bare, full in pairs),
        statistics.median(full.cpu for _bare, full in pairs),
        statistics.median(bare.wall for bare, _full in pairs),
        statistics.median(bare.cpu for bare, _full in pairs),
    )


@dataclass(frozen=True)
class Rate:
    """What several clients together get done."""

    clients: int
    per_second: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.per_second:.0f} in a second by {self.clients} clients, {self.cpu:.1f} ms CPU each"


def measure_rate(asks: Iterator[Ask], count: int, pid: int, *, clients: int = 8) -> Rate:
    """Send ``count`` requests, each as soon as one of the clients has its last answer."""
    chosen = list(itertools.islice(asks, count))
    assert len(chosen) == count
    before = processor_seconds(pid)
    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        answers = list(pool.map(lambda ask: ask(), chosen))
    spent = time.perf_counter() - began
    for answer in answers:
        assert answer.is_success, answer.text[:500]
    return Rate(clients, count / spent, (processor_seconds(pid) - before) / count * 1000)


def processor_seconds(pid: int) -> float:
    """What the process and its children have used of the processor."""
    total = 0
    for member in list_family(pid):
        fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def each_of(asks: Iterator[Ask]) -> Ask:
    """A request that is another one each time."""

    def ask() -> httpx.Response:
        return next(asks)()

    return ask
