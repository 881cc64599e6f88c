"""The simulated day from the first to the last visitor."""

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import httpx
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.models import Sum

from eguichet_rdv.demo.simulation.clock import FastClock
from eguichet_rdv.demo.simulation.desk_agent import BREAK, DeskAgent, Shift
from eguichet_rdv.demo.simulation.diary import Diary
from eguichet_rdv.demo.simulation.judge import judge_boards, judge_day
from eguichet_rdv.demo.simulation.kiosk_agent import KioskAgent
from eguichet_rdv.demo.simulation.screen_agent import ScreenAgent
from eguichet_rdv.demo.simulation.servers import Servers
from eguichet_rdv.demo.simulation.stage import KIOSKS, PARTS, SCREENS, Stage, clerk_name, set_stage
from eguichet_rdv.townhall.models import Counter
from eguichet_rdv.waiting.domain.board import snapshot
from eguichet_rdv.waiting.domain.forecast_error import measure_errors, write_errors
from eguichet_rdv.waiting.domain.order import Rules
from eguichet_rdv.waiting.domain.replay import read_day, replay
from eguichet_rdv.waiting.domain.service_level import LONGEST, Kind, Level, measure_level, write_levels
from eguichet_rdv.waiting.models import StopItem

WARM_UP = 3.0
"""Real seconds for screens and desks to connect before the doors open."""
STUCK = 120.0
"""Real seconds without any call after which the hall stands still."""
SETTLE = 5.0
"""Real seconds after the last call until every screen must be right."""
GOAL_IN_TIME = 0.9
TIMEOUT = 60.0
FEW = 60
BREAKS_FROM, BREAKS_WITHIN = timedelta(hours=1, minutes=30), timedelta(hours=4)
"""After the doors open: one clerk after the other, two at a time at most."""
CROWD_FROM, CROWD_LASTS = timedelta(hours=3, minutes=30), timedelta(hours=2, minutes=30)
"""After the doors open: around noon nobody has a break."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of the day: the lines to print, broken promises, and whether the service level was reached."""

    lines: list[str]
    broken: list[str]
    reached: bool


def simulate_day(visitors: int, minutes: float, seed: int, say: Callable[[str], None]) -> Report:
    """Fill the empty database, let ``visitors`` people come within so many real ``minutes``, judge.

    Raises ``NotEmpty``.
    """
    say("The house, its agenda and the appointments")
    stage = set_stage(visitors, Random(seed), say)  # noqa: S311 - invented people
    call_command("collectstatic", interactive=False, verbosity=0)  # no page of the production shape answers without
    length = (stage.closes - stage.opens).total_seconds()
    speed = length / (minutes * 60)
    connections.close_all()
    diary = Diary()
    load = os.getloadavg()[0]
    with TemporaryDirectory() as folder:
        clock = FastClock(stage.opens, speed, Path(folder) / "gate")
        servers = Servers(clock, Path(settings.DATA_DIR) / "log" / "simulation")
        with servers:
            say(f"{visitors} visitors from {stage.opens:%H:%M} to {stage.closes:%H:%M}, {speed:.0f} times as fast")
            before = servers.processor_seconds()
            began = time.perf_counter()
            screens = asyncio.run(_play(stage, clock, servers, diary))
            took = time.perf_counter() - began
            used = {name: seconds - before[name] for name, seconds in servers.processor_seconds().items()}
            diary.faults += servers.faults()
        evening = clock.now()
    say("Judging")
    right = {(call["id"], call["number"], call["counter"]) for call in snapshot(stage.location, now=evening)["calls"]}
    broken = [
        *judge_day(stage.location, stage.day, diary, blur=timedelta(seconds=diary.slowest * speed)),
        *judge_boards((screen.slug, screen.last_calls(), right) for screen in screens),
    ]
    past = read_day(stage.location, stage.day)
    levels = measure_level(past.visits())
    lines = [
        f"{len(diary.tickets)} tickets, {stage.booked} appointments booked, told to come back: {dict(diary.refused)}",
        *write_levels(levels),
        "the same people and services, each counter calling at once (no request takes time):",
        *write_levels(measure_level(replay(past, Rules.of(stage.location)))),
        *write_errors(measure_errors(stage.location, stage.day, stage.day)),
        f"from the clerk's button to the last of {SCREENS} screens: {_describe_delays(diary)}",
        f"{diary.requests} requests in {took:.0f} s, the slowest {diary.slowest * 1000:.0f} ms; processor seconds "
        + ", ".join(f"{name} {seconds:.0f}" for name, seconds in used.items())
        + f"; load {load:.1f} before, {os.getloadavg()[0]:.1f} after, {os.cpu_count()} cores",
        f"errors: {len(diary.faults)}, promises broken: {len(broken) - len(diary.faults)}",
    ]
    return Report(lines, broken, is_reached(levels))


def is_reached(levels: list[Level]) -> bool:
    """90 % of those on time called within ten minutes of their hour, nobody without appointment over ninety minutes."""
    by_kind = {level.kind: level for level in levels}
    on_time, walk_in = by_kind.get(Kind.ON_TIME), by_kind.get(Kind.WALK_IN)
    good = on_time is None or (on_time.in_time or 0.0) >= GOAL_IN_TIME
    return good and (walk_in is None or walk_in.longest <= LONGEST)


async def _play(stage: Stage, clock: FastClock, servers: Servers, diary: Diary) -> list[ScreenAgent]:
    """Let everybody work until nobody is left."""
    all_came = asyncio.Event()
    shifts = await sync_to_async(_plan_shifts)(stage)
    async with AsyncExitStack() as stack:

        async def new_client() -> httpx.AsyncClient:
            # A connection for each request: a server closes an idle one whenever it likes.
            limits = httpx.Limits(max_keepalive_connections=0)
            client = httpx.AsyncClient(base_url=servers.url, timeout=TIMEOUT, limits=limits)
            return await stack.enter_async_context(client)

        screens = [
            ScreenAgent(f"screen-{number}", servers.sockets_url, servers.url, diary) for number in range(1, SCREENS + 1)
        ]
        desks = [
            DeskAgent(
                shift,
                clock=clock,
                client=await new_client(),
                sockets_url=servers.sockets_url,
                diary=diary,
                plan_of=_read_plan,
                all_came=all_came,
            )
            for shift in shifts
        ]
        kiosks = [
            KioskAgent(f"kiosk-{number + 1}", stage.comers[number::KIOSKS], clock, await new_client(), diary)
            for number in range(KIOSKS)
        ]
        await asyncio.gather(*(desk.sit_down() for desk in desks))
        listening = [asyncio.create_task(agent.run()) for agent in screens]
        listening += [asyncio.create_task(desk.listen()) for desk in desks]
        try:
            await asyncio.sleep(WARM_UP)
            diary.slowest = 0.0  # fifteen sign in at once, before the day begins
            clock.open_gate()
            working = asyncio.gather(*(desk.work() for desk in desks))
            await asyncio.gather(*(kiosk.run() for kiosk in kiosks))
            all_came.set()
            if not await _wait_while_it_goes_on(working, diary):
                diary.fault(f"nobody was called for {STUCK:.0f} s, and people still wait")
            await asyncio.sleep(SETTLE)
        finally:
            for task in listening:
                task.cancel()
            await asyncio.gather(*listening, return_exceptions=True)
    return screens


async def _wait_while_it_goes_on(working: asyncio.Future[list[None]], diary: Diary) -> bool:
    """Wait for the clerks; false when they do not end and call nobody any more."""
    while not working.done():
        before = len(diary.called)
        await asyncio.wait({working}, timeout=STUCK)
        if len(diary.called) == before and not working.done():
            working.cancel()
            return False
    await working
    return True


def _plan_shifts(stage: Stage) -> list[Shift]:
    """A clerk at every counter, at two of each service for a few visitors; breaks on a day long enough to have a noon."""
    counters = list(Counter.objects.filter(location=stage.location).order_by("position"))
    long = stage.closes - stage.opens > BREAKS_FROM + BREAKS_WITHIN + CROWD_LASTS
    if len(stage.comers) <= FEW:
        firsts = [sum(part.counters for part in PARTS[:at]) for at in range(len(PARTS))]
        counters = [counters[first + number] for first in firsts for number in (0, 1)]
    return [
        Shift(
            clerk_name(counter.name),
            stage.password,
            counter.pk,
            stage.closes,
            # One after the other, neighbours far apart.
            stage.opens + _break_at(number * 7 % len(counters) / len(counters)) if long else None,
        )
        for number, counter in enumerate(counters)
    ]


def _break_at(share: float) -> timedelta:
    """When after the doors open the break begins of who is at this share of the row."""
    begins = BREAKS_FROM + BREAKS_WITHIN * share
    return begins if begins + BREAK <= CROWD_FROM else begins + CROWD_LASTS


@sync_to_async
def _read_plan(stop: int) -> int:
    """The visitor knows what they came for; the minutes planned for it."""
    planned: int = StopItem.objects.filter(stop=stop).aggregate(total=Sum("minutes", default=0))["total"]
    return planned


def _describe_delays(diary: Diary) -> str:
    delays = diary.list_delays(SCREENS)
    if not delays:
        return "no call reached all of them as a message"
    median, high = delays[len(delays) // 2], delays[int(len(delays) * 0.95)]
    return f"median {median * 1000:.0f} ms, p95 {high * 1000:.0f} ms ({len(delays)} calls)"
