"""Screens without a browser: they keep the board as the page's script does, and come back when the link breaks."""

import asyncio
import contextlib
import json
import threading
import time
from types import TracebackType
from typing import Any, Self

import websockets

SILENT_SECONDS = 6.0
"""As in screen.js: an open socket silent for so long is half-open."""


class Screen:
    """One screen: what it shows, when it heard of it, and by which kind of message."""

    def __init__(self) -> None:
        self.calls: dict[int, dict[str, Any]] = {}
        self.heard: dict[str, tuple[float, str]] = {}
        self.connections = 0

    @property
    def newest(self) -> str:
        """The number on top."""
        return max(self.calls.values(), key=lambda call: str(call["at"]))["number"] if self.calls else ""

    def take(self, message: dict[str, Any]) -> None:
        """Apply a message of the socket."""
        now = time.monotonic()
        told = (
            message["calls"]
            if message["type"] == "snapshot"
            else [message["call"]]
            if message["type"] == "call"
            else []
        )
        for call in told:  # before it is shown: whoever sees it there finds the time
            self.heard.setdefault(call["number"], (now, message["type"]))
        if message["type"] == "snapshot":
            self.calls = {call["id"]: call for call in message["calls"]}
        elif message["type"] == "call":
            call = message["call"]
            if self.calls.get(call["id"], call)["at"] <= call["at"]:
                self.calls[call["id"]] = call


class Wall:
    """So many screens on one event loop of their own. A context manager."""

    def __init__(self, url: str, origin: str, count: int) -> None:
        self.url = url
        self.origin = origin
        self.screens = [Screen() for _each in range(count)]
        self._loop = asyncio.new_event_loop()
        self._tasks: list[asyncio.Task[None]] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._run, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)

    def all_show(self, number: str) -> bool:
        """Whether this number is on top of every screen."""
        return all(screen.newest == number for screen in self.screens)

    def _run(self) -> None:
        self._tasks = [self._loop.create_task(self._watch(screen)) for screen in self.screens]
        self._loop.run_forever()
        self._loop.close()

    async def _watch(self, screen: Screen) -> None:
        while True:
            with contextlib.suppress(OSError, TimeoutError, websockets.WebSocketException):
                async with websockets.connect(
                    self.url,
                    origin=websockets.Origin(self.origin),
                    proxy=None,
                    open_timeout=SILENT_SECONDS,
                    close_timeout=0.1,
                ) as socket:
                    screen.connections += 1
                    while True:
                        screen.take(json.loads(await asyncio.wait_for(socket.recv(), SILENT_SECONDS)))
            await asyncio.sleep(0.5)

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
