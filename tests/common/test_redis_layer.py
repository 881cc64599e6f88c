"""The channel layer on Redis: who hears whom, and a connection that died without a word."""

import asyncio
import errno
import os

import pytest
from channels_redis.pubsub import RedisPubSubChannelLayer
from redis.asyncio.connection import Connection
from redis.exceptions import ConnectionError as ConnectionLost

from eguichet_rdv.common.redis_layer import NoticingConnection, NoticingTlsConnection, describe_layer
from tests.harness.redis_server import RedisServer


def make_layer(url: str, prefix: str = "town") -> RedisPubSubChannelLayer:
    return RedisPubSubChannelLayer(**describe_layer(url, prefix)["CONFIG"])


async def test_installations_that_share_a_redis_do_not_hear_each_other(redis_server: RedisServer) -> None:
    base = redis_server.url.rpartition("/")[0]
    ours = make_layer(f"{base}/1")
    others = (make_layer(f"{base}/2"), make_layer(f"{base}/1", "other"), make_layer(base))
    channel = await ours.new_channel()
    await ours.group_add("screens.1", channel)
    for layer in (*others, ours):
        await layer.group_send("screens.1", {"type": "call", "ours": layer is ours})
    heard = await asyncio.wait_for(ours.receive(channel), 5)
    for layer in (*others, ours):
        await layer.flush()
    assert heard["ours"]


async def give_up(connection: Connection) -> None:
    """As the system does when nobody answered its signs of life."""
    await connection.connect()  # type: ignore[no-untyped-call]
    assert await connection.read_response(timeout=0.01) is None  # nothing came, and nothing is wrong
    assert connection._reader
    connection._reader.set_exception(TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT)))


async def test_a_connection_given_up_by_the_system_is_noticed(redis_server: RedisServer) -> None:
    connection = NoticingConnection(host="127.0.0.1", port=redis_server.port)
    await give_up(connection)
    with pytest.raises(ConnectionLost, match="timed out"):
        await connection.read_response(timeout=0.01)
    await connection.disconnect(nowait=True)


async def test_the_class_of_the_client_does_not_notice_it(redis_server: RedisServer) -> None:
    """Should that change, ours is no longer needed."""
    connection = Connection(host="127.0.0.1", port=redis_server.port)
    await give_up(connection)
    assert await connection.read_response(timeout=0.01) is None
    await connection.disconnect(nowait=True)


def test_each_way_to_redis_notices() -> None:
    def kind(url: str) -> object:
        return describe_layer(url, "town")["CONFIG"]["hosts"][0]["connection_class"]

    assert kind("redis://127.0.0.1:6379/0") is NoticingConnection
    assert kind("rediss://redis.example:6379/0") is NoticingTlsConnection
    assert "path" in describe_layer("unix:///run/redis.sock?db=3", "town")["CONFIG"]["hosts"][0]
    assert describe_layer("unix:///run/redis.sock?db=3", "town")["CONFIG"]["prefix"] == "town.3."
