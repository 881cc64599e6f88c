"""The channel layer on Redis: published messages, heard by those who are connected."""

from typing import Any

from redis.asyncio.connection import Connection, SSLConnection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionLost

CONNECT_SECONDS = 2


class _Noticing:
    """Notices that the system has given its connection up.

    The client takes the system's « timed out » about a dead connection for its own « nothing came yet »: it would read on
    without end, and nothing else in its process would run.
    """

    async def _read_response_from_parser(self, *args: Any, **options: Any) -> Any:
        try:
            return await super()._read_response_from_parser(*args, **options)  # type: ignore[misc]
        except TimeoutError as error:  # the client's own limit ends the reading from outside
            raise ConnectionLost(str(error)) from error


class NoticingConnection(_Noticing, Connection):
    """To ``redis://``."""


class NoticingTlsConnection(_Noticing, SSLConnection):
    """To ``rediss://``."""


NOTICING = {Connection: NoticingConnection, SSLConnection: NoticingTlsConnection}
"""A socket file needs none: it does not die without a word."""


def describe_layer(url: str, prefix: str) -> dict[str, Any]:
    """The entry of ``CHANNEL_LAYERS`` for a Redis; installations are apart by ``prefix`` or by the number of the database.

    What is published is heard in all databases of a Redis, so the number is part of what the groups are called.
    """
    options: dict[str, Any] = {**parse_url(url)}
    kind = options.pop("connection_class", Connection)
    host = {
        **options,
        "connection_class": NOTICING.get(kind, kind),
        "socket_connect_timeout": CONNECT_SECONDS,
        # A connection that was closed is made anew at once, for the very message that found it closed.
        "retry": Retry(NoBackoff(), 1),
    }
    return {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [host], "prefix": f"{prefix}.{options.get('db', 0)}."},
    }
