"""The ear of the bell: one per process and location, shared by all sockets that listen to that hall.

Channel layers drop messages silently, and Redis may be away for minutes. So the relay keeps the sockets apart from the
layer: it subscribes again by itself, and every two seconds it reads the Board's version from the database and tells
every listener, who then notices what it has missed.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, ClassVar, Protocol

import structlog
from channels.db import database_sync_to_async
from channels.layers import BaseChannelLayer, get_channel_layer
from django.utils import timezone

BEAT_SECONDS = 2.0
RETRY_SECONDS = 1.0
LAYER_SECONDS = 1.0
"""How long the layer may take to answer; a heartbeat never waits for it."""

log = structlog.get_logger(__name__)
Snapshot = dict[str, Any]


class Listener(Protocol):
    """What a socket must be able to hear."""

    async def hear(self, message: Mapping[str, Any]) -> None:
        """Take one message of the hall."""

    async def beat(self, version: int, at: datetime) -> None:
        """Take the Board's version, read at ``at``."""


class Relay:
    """Brings what is rung for one group, and a heartbeat, to all listeners of this process."""

    _open: ClassVar[dict[tuple[asyncio.AbstractEventLoop, str], "Relay"]] = {}

    def __init__(self, group: str, read_version: Callable[[], int], read_snapshot: Callable[[], Snapshot]) -> None:
        self.group = group
        self.read_version = read_version
        self.read_snapshot = read_snapshot
        self.listeners: set[Listener] = set()
        self.version = 0
        self.channel = ""
        self._snapshot: Snapshot = {"version": -1}
        self._day: date | None = None
        self._reading = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._started = asyncio.create_task(self._start())

    @classmethod
    async def join(
        cls, listener: Listener, group: str, read_version: Callable[[], int], read_snapshot: Callable[[], Snapshot]
    ) -> "Relay":
        """Listen to ``group``; the first listener starts the relay."""
        key = (asyncio.get_running_loop(), group)
        relay = cls._open.get(key)
        if relay is None:
            relay = cls._open[key] = cls(group, read_version, read_snapshot)
        relay.listeners.add(listener)
        try:
            await asyncio.shield(relay._started)
        except BaseException:
            await relay.leave(listener)
            raise
        return relay

    async def leave(self, listener: Listener) -> None:
        """Stop listening; the last one out stops the relay."""
        self.listeners.discard(listener)
        if self.listeners:
            return
        self._open.pop((asyncio.get_running_loop(), self.group), None)
        await _end(self._started)  # before the others, which it may be about to make
        await asyncio.gather(*(_end(task) for task in self._tasks))
        with contextlib.suppress(Exception):
            await asyncio.wait_for(_layer().group_discard(self.group, self.channel), LAYER_SECONDS)

    async def snapshot(self, at_least: int, day: date | None) -> Snapshot:
        """The board at version ``at_least`` or newer, read on ``day``; fifty screens that ask together cost one reading."""
        async with self._reading:
            if self._snapshot["version"] < max(at_least, self.version) or self._day != day:
                self._snapshot = await database_sync_to_async(self.read_snapshot)()
                self._day = day
            return self._snapshot

    async def _start(self) -> None:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._subscribe(), LAYER_SECONDS)
        with contextlib.suppress(Exception):
            self.version = await database_sync_to_async(self.read_version)()
        works = (self._listen_for_ever, self._beat_for_ever, self._renew_for_ever)
        self._tasks = [asyncio.create_task(work()) for work in works]

    async def _subscribe(self) -> None:
        layer = _layer()
        if not self.channel:
            # Knocked first: of a channel that cannot be made the layer on Redis keeps something at each attempt.
            await layer.group_send(f"{self.group}.knock", {"type": "knock"})
            self.channel = await layer.new_channel()
        await layer.group_add(self.group, self.channel)

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                await self._subscribe()
                while True:
                    event = await _layer().receive(self.channel)
                    await self._tell(event.get("message", {}))
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - the layer is a bell: without it the heartbeat finds the gap
                log.warning("the layer does not answer", group=self.group, error=repr(error))
                await asyncio.sleep(RETRY_SECONDS)

    async def _tell(self, message: Mapping[str, Any]) -> None:
        self.version = max(self.version, message.get("version", 0))
        for listener in tuple(self.listeners):
            with contextlib.suppress(Exception):
                await listener.hear(message)

    async def _beat_for_ever(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            before = self.version
            try:
                read = await database_sync_to_async(self.read_version)()
            except Exception as error:  # noqa: BLE001 - silence is the message: screens say they are not up to date
                log.warning("the version cannot be read", group=self.group, error=repr(error))
                continue
            # A message that overtook the reading is newer; otherwise the database is right, also when it went back.
            self.version = read if self.version == before else max(read, self.version)
            if self._snapshot["version"] > self.version:
                self._snapshot = {"version": -1}  # the database was restored or made anew
            at = timezone.now()
            for listener in tuple(self.listeners):
                with contextlib.suppress(Exception):
                    await listener.beat(self.version, at)

    async def _renew_for_ever(self) -> None:
        """In the layer inside a process membership of a group ends after a day."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            if self.channel:  # made by the listening task alone: one made twice would be filled and never read
                with contextlib.suppress(Exception):
                    await asyncio.wait_for(_layer().group_add(self.group, self.channel), LAYER_SECONDS)


async def _end(task: asyncio.Task[None]) -> None:
    """Cancel until it ends: the client of Redis swallows a cancellation that meets an answer."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=LAYER_SECONDS)


def _layer() -> BaseChannelLayer:
    layer = get_channel_layer()
    assert layer is not None  # noqa: S101 - the settings name one
    return layer
