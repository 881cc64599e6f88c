"""The socket of the desks says that something changed, and nothing else."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from channels.layers import InMemoryChannelLayer
from channels.testing import WebsocketCommunicator
from channels_redis.pubsub import RedisPubSubChannelLayer
from django.conf import settings
from django.test import Client
from django.utils import timezone

from eguichet_rdv.accounts.models import User
from eguichet_rdv.waiting.domain.assistance import ask_help
from eguichet_site.asgi import application
from tests.hall import Hall, make_hall
from tests.town import make_clerk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.db]
Connect = Callable[[User | None], Awaitable[WebsocketCommunicator]]


@pytest.fixture
async def hall() -> Hall:
    return await database_sync_to_async(make_hall)()


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    opened: list[WebsocketCommunicator] = []

    async def make(user: User | None) -> WebsocketCommunicator:
        headers = [(b"origin", settings.PUBLIC_URL.encode())]
        if user:
            client = Client()
            await sync_to_async(client.force_login)(user)
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={session}".encode()))
        socket = WebsocketCommunicator(application, "/ws/desk/", headers=headers)
        opened.append(socket)
        await socket.connect(timeout=5)
        return socket

    yield make
    for socket in opened:
        await socket.disconnect()


async def closing_code(socket: WebsocketCommunicator) -> int:
    while True:
        output: dict[str, Any] = dict(await socket.receive_output(timeout=6))
        if output["type"] == "websocket.close":
            return int(output["code"])


async def test_an_arrival_is_heard(hall: Hall, connect: Connect) -> None:
    socket = await connect(hall.clerk)
    assert await socket.receive_json_from(timeout=6) == {"type": "changed"}
    await database_sync_to_async(hall.arrive)()
    heard = await socket.receive_json_from(timeout=6)
    while heard["type"] == "heartbeat":
        heard = await socket.receive_json_from(timeout=6)
    assert heard == {"type": "changed"}


async def test_what_the_bell_lost_is_noticed_at_the_next_beat(
    hall: Hall, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arrivals and calls for help leave the board's version as it is."""
    sockets = [await connect(hall.clerk) for _window in range(2)]
    session = await database_sync_to_async(hall.sit_down)()
    monkeypatch.setattr(InMemoryChannelLayer, "group_send", lose)
    monkeypatch.setattr(RedisPubSubChannelLayer, "group_send", lose, raising=False)
    for change in (hall.arrive, partial(ask_help, session, now=timezone.now())):
        for socket in sockets:
            await silence(socket)
        await database_sync_to_async(change)()
        for socket in sockets:
            assert await socket.receive_json_from(timeout=6) == {"type": "changed"}


async def test_a_ring_is_heard_once(hall: Hall, connect: Connect) -> None:
    socket = await connect(hall.clerk)
    await silence(socket)
    await database_sync_to_async(hall.arrive)()
    assert await socket.receive_json_from(timeout=6) == {"type": "changed"}
    assert (await socket.receive_json_from(timeout=6))["type"] == "heartbeat"


async def lose(_layer: object, _group: str, _message: object) -> None:
    """A layer that drops everything, as both do when they are full."""


async def silence(socket: WebsocketCommunicator) -> None:
    """All that was said before has been heard: the next beat has nothing new."""
    while (await socket.receive_json_from(timeout=6))["type"] != "heartbeat":
        pass


async def test_strangers_are_closed_out(hall: Hall, connect: Connect) -> None:
    assert await closing_code(await connect(None)) == 4401


async def test_staff_without_the_role_are_closed_out(hall: Hall, connect: Connect) -> None:
    somebody = await database_sync_to_async(make_clerk)("somebody")
    assert await closing_code(await connect(somebody)) == 4403


async def test_orders_do_not_come_this_way(hall: Hall, connect: Connect) -> None:
    socket = await connect(hall.clerk)
    await socket.send_to(text_data='{"type": "call"}')
    assert await closing_code(socket) == 1008
