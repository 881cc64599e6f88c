"""A clerk of the simulated day: signs in, sits down, calls and serves over the pages of the desk."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import uuid4

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

from eguichet_rdv.demo.simulation.clock import FastClock
from eguichet_rdv.demo.simulation.diary import Diary

CSRF = re.compile(r'name="csrfmiddlewaretoken"\s+value="([^"]+)"')
NEXT_BUTTON = re.compile(r'action="/guichet/ordre/(serve|finish)/".*?name="stop" value="(\d+)"', re.DOTALL)
"""The main button of a visitor who was called, or is being served."""
SIGN_IN = "/personnel/"
LOOK_AGAIN = timedelta(seconds=60)
WALK = (15, 40)
"""Seconds from the call until somebody stands at the counter."""
NOT_COMING_SHARE = 0.01
FASTER, SPREAD = -0.25, 0.35
"""Services take e^N(FASTER, SPREAD) of the minutes planned: 0.83 on average."""
BREAK = timedelta(minutes=20)
RECALL = timedelta(minutes=2, seconds=10)


@dataclass(frozen=True, slots=True)
class Shift:
    """Who sits where, and when they take their break (None: the day is too short for one)."""

    user: str
    password: str
    counter: int
    closes: datetime
    pause_at: datetime | None


class DeskAgent:
    """One clerk. ``plan_of`` says for how many minutes a stop is planned; ``all_came`` is true after the last arrival."""

    def __init__(
        self,
        shift: Shift,
        *,
        clock: FastClock,
        client: httpx.AsyncClient,
        sockets_url: str,
        diary: Diary,
        plan_of: Callable[[int], Awaitable[int]],
        all_came: asyncio.Event,
    ) -> None:
        self.shift = shift
        self.clock = clock
        self.client = client
        self.sockets_url = sockets_url
        self.diary = diary
        self.plan_of = plan_of
        self.all_came = all_came
        self.random = Random(shift.user)  # noqa: S311 - no secret
        self.changed = asyncio.Event()
        self.token = ""
        self.served = 0

    async def sit_down(self) -> None:
        """Sign in and open the counter."""
        await self._read_token(SIGN_IN)
        await self._post(SIGN_IN, {"username": self.shift.user, "password": self.shift.password})
        await self._read_token("/guichet/")
        await self._post("/guichet/ouvrir/", {"counter": str(self.shift.counter)})

    async def listen(self) -> None:
        """Until cancelled: hear that something changed in the hall."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        origin = str(self.client.base_url).rstrip("/")
        address = f"{self.sockets_url}/ws/desk/"
        async for socket in connect(address, origin=Origin(origin), additional_headers={"Cookie": cookies}):
            try:
                async for text in socket:
                    if '"changed"' in str(text):
                        self.changed.set()
            except WebSocketException as error:
                self.diary.fault(f"{self.shift.user}: {error!r}")

    async def work(self) -> None:
        """Call and serve until the doors are closed and nobody is left in the line; then leave."""
        paused = False
        while True:
            if not paused and self.shift.pause_at and self.clock.now() >= self.shift.pause_at:
                paused = True
                await self._order("pause")
                await self._sleep(BREAK)
                await self._order("continue")
            self.changed.clear()
            pressed = time.perf_counter()
            stop = await self._order("call")
            if stop:
                self.diary.press_call(stop, pressed)
                await self._serve(stop)
            elif self.all_came.is_set() and self.clock.now() > self.shift.closes:
                break
            else:
                await self._wait_for_somebody()
        await self._order("close")

    async def _serve(self, stop: int) -> None:
        self.served += 1
        if self.random.random() < NOT_COMING_SHARE:
            await self._sleep(RECALL)
            await self._order("recall", stop)
            await self._sleep(RECALL)
            await self._order("no-show", stop)
            return
        minutes = await self.plan_of(stop)
        await self._sleep(timedelta(seconds=self.random.uniform(*WALK)))
        await self._order("serve", stop)
        await self._sleep(timedelta(minutes=minutes * self.random.lognormvariate(FASTER, SPREAD)))
        if await self._order("finish", stop):
            self.diary.fault(f"{self.shift.user}: somebody is still there after « finish »")

    async def _wait_for_somebody(self) -> None:
        real = LOOK_AGAIN.total_seconds() / self.clock.speed
        try:
            await asyncio.wait_for(self.changed.wait(), real)
        except TimeoutError:
            return

    async def _sleep(self, length: timedelta) -> None:
        await asyncio.sleep(length.total_seconds() / self.clock.speed)

    async def _order(self, command: str, stop: int | None = None) -> int:
        """Press a button; who is at the counter afterwards, 0 for nobody."""
        form = {"intent": str(uuid4())} | ({} if stop is None else {"stop": str(stop)})
        answer = await self._post(f"/guichet/ordre/{command}/", form, part=command != "close")
        found = NEXT_BUTTON.search(answer.text) if answer else None
        return int(found[2]) if found else 0

    async def _read_token(self, path: str) -> None:
        with self.diary.time_request():
            answer = await self.client.get(path)
        found = CSRF.search(answer.text)
        if found is None:
            self.diary.fault(f"{self.shift.user} {path}: {answer.status_code}, no form")
        else:
            self.token = found[1]

    async def _post(self, path: str, form: dict[str, str], *, part: bool = False) -> httpx.Response | None:
        headers = {"X-CSRFToken": self.token} | ({"HX-Request": "true"} if part else {})
        try:
            with self.diary.time_request():
                answer = await self.client.post(path, data=form, headers=headers)
        except httpx.HTTPError as error:
            self.diary.fault(f"{self.shift.user} {path}: {error!r}")
            return None
        expected = (httpx.codes.OK,) if part else (httpx.codes.FOUND,)
        if answer.status_code not in expected:
            self.diary.fault(f"{self.shift.user} {path}: {answer.status_code} {answer.text[:200]}")
        return answer
