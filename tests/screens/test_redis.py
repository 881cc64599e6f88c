"""Redis is a bell: when it is away the screens are right all the same, and when it is back they hear it again."""

from collections.abc import AsyncIterator, Iterator

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from channels.layers import channel_layers
from channels.testing import WebsocketCommunicator
from channels_redis.pubsub import RedisPubSubChannelLayer
from django.conf import settings

from eguichet_rdv.common.redis_layer import describe_layer
from eguichet_rdv.waiting import relay
from eguichet_site.asgi import application
from tests.hall import Hall, make_hall
from tests.harness.redis_server import RedisServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.db]


@pytest.fixture(autouse=True)
def redis_layer(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(relay, "BEAT_SECONDS", 0.5)
    before = channel_layers["default"]
    config = describe_layer(redis_server.url, "town")["CONFIG"]
    channel_layers.set("default", RedisPubSubChannelLayer(**config))
    yield
    channel_layers.set("default", before)


@pytest.fixture
async def screen() -> AsyncIterator[WebsocketCommunicator]:
    headers = [(b"origin", settings.PUBLIC_URL.encode())]
    socket = WebsocketCommunicator(application, "/ws/screens/all/", headers=headers)
    yield socket
    await socket.disconnect()


async def hear(socket: WebsocketCommunicator, *kinds: str) -> tuple[str, list[str]]:
    """The next message of these kinds: its kind and the numbers in it, the newest first."""
    for _message in range(30):  # heartbeats come for ever
        message = await socket.receive_json_from(timeout=10)
        if message["type"] in kinds:
            calls = message.get("calls") or [message["call"]] if message["type"] != "heartbeat" else []
            return message["type"], [call["number"] for call in calls]
    raise AssertionError(f"none of {kinds} came")


async def test_redis_stops_and_comes_back(redis_server: RedisServer, screen: WebsocketCommunicator) -> None:
    hall: Hall = await database_sync_to_async(make_hall)()
    one = await database_sync_to_async(hall.sit_down)(hall.town.counters[0])

    async def call() -> str:
        await database_sync_to_async(one.counter.stops.update)(state="done")
        ticket = await database_sync_to_async(hall.arrive)()
        await database_sync_to_async(hall.call)(one)
        return str(ticket.number)

    await screen.connect(timeout=5)
    assert (await screen.receive_json_from(timeout=5))["type"] == "snapshot"
    number = await call()
    assert await hear(screen, "call") == ("call", [number])

    await sync_to_async(redis_server.stop)()
    number = await call()
    kind, numbers = await hear(screen, "snapshot", "call")
    assert (kind, numbers[0]) == ("snapshot", number)

    await sync_to_async(redis_server.start)()
    for _attempt in range(10):  # the relay subscribes again by itself
        number = await call()
        kind, numbers = await hear(screen, "snapshot", "call")
        assert numbers[0] == number
        if kind == "call":
            break
    assert kind == "call"
