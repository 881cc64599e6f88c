"""Sockets that only speak: whatever a client sends closes them, with the code that says why."""

import asyncio
import contextlib
from collections import Counter as Tally
from collections.abc import Coroutine, Hashable, Iterator
from typing import Any

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.utils import await_many_dispatch

LARGEST_MESSAGE = 65_536
"""Bytes; more is refused as too big, unread."""

NOT_UNDERSTOOD = 1003
NOT_ALLOWED = 1008
TOO_BIG = 1009
SIGN_IN_FIRST = 4401
FORBIDDEN = 4403
NOT_FOUND = 4404
TOO_MANY = 4429


class ExactOrigin:
    """Lets in only pages of this site: the header must be there and say exactly ``origin``."""

    def __init__(self, application: Any, origin: str) -> None:
        self.application = application
        self.origin = origin.lower().encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve, or refuse before the socket is open."""
        origins = [value for name, value in scope["headers"] if name == b"origin"]
        if origins == [self.origin]:
            await self.application(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close"})


@contextlib.contextmanager
def count_one(tally: Tally[Any], key: Hashable) -> Iterator[None]:
    """One more of ``key`` for as long as this lasts."""
    tally[key] += 1
    try:
        yield
    finally:
        tally[key] -= 1
        if not tally[key]:
            del tally[key]


class SpeakingSocket(AsyncJsonWebsocketConsumer):
    """A read-only socket. It has no channel of its own in the layer: a relay listens for all of them.

    What is entered into ``ending`` is undone however the socket ends: a database that fails while it opens dispatches
    no « disconnect ».
    """

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection."""
        self.scope = scope
        self.channel_layer = None  # type: ignore[assignment]
        self.base_send = send
        self._tasks: set[asyncio.Task[None]] = set()
        async with contextlib.AsyncExitStack() as self.ending:
            try:
                with contextlib.suppress(StopConsumer):
                    await await_many_dispatch([receive], self.dispatch)
            finally:
                for task in tuple(self._tasks):
                    task.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """Refuse: binary is not understood, too long is too big, anything else is not allowed."""
        if bytes_data is not None:
            await self.close(TOO_BIG if len(bytes_data) > LARGEST_MESSAGE else NOT_UNDERSTOOD)
        else:
            await self.close(TOO_BIG if len((text_data or "").encode()) > LARGEST_MESSAGE else NOT_ALLOWED)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do ``work`` beside; it ends with the socket."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
