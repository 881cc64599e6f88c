"""The only sender to the channel layer. Redis is a bell, never the truth: a bell that cannot ring harms nobody."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from channels.layers import BaseChannelLayer, InMemoryChannelLayer, get_channel_layer
from django.db import transaction

RING_SECONDS = 0.2

log = structlog.get_logger(__name__)
AsgiApplication = Callable[[Any, Any, Any], Awaitable[None]]


class _Loops:
    """Where messages are sent from: the in-process layer only wakes receivers of the server's own loop."""

    server: asyncio.AbstractEventLoop | None = None
    own: asyncio.AbstractEventLoop | None = None
    lock = threading.Lock()


def remember_loop(application: AsgiApplication) -> AsgiApplication:
    """Wrap the ASGI application so that its event loop is known to ``ring``."""

    async def remembering(scope: Any, receive: Any, send: Any) -> None:
        _Loops.server = asyncio.get_running_loop()
        await application(scope, receive, send)

    return remembering


def ring(messages: Mapping[str, Mapping[str, Any]]) -> None:
    """Send each group its message once the transaction is committed; waits 200 ms at most and never raises."""
    transaction.on_commit(lambda: _ring_now(messages), robust=True)


def _ring_now(messages: Mapping[str, Mapping[str, Any]]) -> None:
    layer = get_channel_layer()
    loop = _sending_loop(layer)
    if layer is None or loop is None:
        return
    sent = asyncio.run_coroutine_threadsafe(_send(layer, messages), loop)
    if _on_loop(loop):
        return
    try:
        sent.result(RING_SECONDS)
    except Exception as error:  # noqa: BLE001 - whatever the layer does, the call itself is committed
        sent.cancel()
        log.warning("bell did not ring", groups=list(messages), error=repr(error))


async def _send(layer: BaseChannelLayer, messages: Mapping[str, Mapping[str, Any]]) -> None:
    # One way to the other thread, however many groups; Redis gets them one after the other, the first one first.
    await asyncio.gather(*(layer.group_send(group, dict(message)) for group, message in messages.items()))


def _sending_loop(layer: Any) -> asyncio.AbstractEventLoop | None:
    if isinstance(layer, InMemoryChannelLayer):
        return _Loops.server if _Loops.server and _Loops.server.is_running() else None
    with _Loops.lock:
        if _Loops.own is None:
            _Loops.own = asyncio.new_event_loop()
            threading.Thread(target=_Loops.own.run_forever, name="bell", daemon=True).start()
        return _Loops.own


def _on_loop(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
