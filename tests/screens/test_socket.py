"""The socket of the screens, on the layer of this run: in memory, and Redis when the environment names one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.utils import timezone

from eguichet_rdv.screens.consumers import ScreenSocket
from eguichet_rdv.townhall.models import CallScreen
from eguichet_rdv.waiting import relay
from eguichet_rdv.waiting.domain.board import raise_version, screens_group
from eguichet_rdv.waiting.domain.serve import recall
from eguichet_rdv.waiting.models import CounterSession
from eguichet_site.asgi import application
from tests.hall import Hall, make_hall

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.db]
Message = dict[str, Any]


@pytest.fixture(autouse=True)
def quick_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beats longer than the gap a message may leave, and shorter than our patience."""
    monkeypatch.setattr(relay, "BEAT_SECONDS", 0.5)


@pytest.fixture
async def hall() -> Hall:
    return await database_sync_to_async(make_hall)()


@pytest.fixture
async def session(hall: Hall) -> CounterSession:
    return await database_sync_to_async(hall.sit_down)()


@pytest.fixture
async def connect() -> AsyncIterator[Callable[..., Any]]:
    opened: list[WebsocketCommunicator] = []

    async def make(slug: str = "a", origin: str | None = settings.PUBLIC_URL) -> WebsocketCommunicator:
        headers = [(b"origin", origin.encode())] if origin else []
        socket = WebsocketCommunicator(application, f"/ws/screens/{slug}/", headers=headers)
        opened.append(socket)
        accepted, code = await socket.connect(timeout=5)
        if not accepted:
            raise ConnectionRefusedError(code)
        return socket

    yield make
    for socket in opened:
        await socket.disconnect()


async def hear(socket: WebsocketCommunicator, kind: str) -> Message:
    """The next message of this kind."""
    for _message in range(20):  # heartbeats come for ever
        message: Message = await socket.receive_json_from(timeout=6)
        if message["type"] == kind:
            return message
    raise AssertionError(f"no {kind} came")


async def closing_code(socket: WebsocketCommunicator) -> int:
    while True:
        output = await socket.receive_output(timeout=6)
        if output["type"] == "websocket.close":
            return int(output["code"])


async def call_somebody(hall: Hall, session: CounterSession) -> str:
    ticket = await database_sync_to_async(hall.arrive)()
    await database_sync_to_async(hall.call)(session)
    return str(ticket.number)


async def test_first_comes_the_board(hall: Hall, session: CounterSession, connect: Callable[..., Any]) -> None:
    number = await call_somebody(hall, session)
    snapshot = await hear(await connect(), "snapshot")
    assert [call["number"] for call in snapshot["calls"]] == [number]
    assert snapshot["version"] == 1


async def test_a_call_is_pushed(hall: Hall, session: CounterSession, connect: Callable[..., Any]) -> None:
    sockets = [await connect(slug) for slug in ("a", "all", "a")]
    for socket in sockets:
        await hear(socket, "snapshot")
    number = await call_somebody(hall, session)
    for socket in sockets:
        message = await hear(socket, "call")
        assert (message["version"], message["call"]["number"], message["call"]["counter"]) == (1, number, "1")
        assert message["call"]["kind"] == "call"


async def test_calling_again_is_another_moment_of_the_same_call(
    hall: Hall, session: CounterSession, connect: Callable[..., Any]
) -> None:
    socket = await connect()
    await hear(socket, "snapshot")
    await database_sync_to_async(hall.arrive)()
    stop = await database_sync_to_async(hall.call)(session)
    first = (await hear(socket, "call"))["call"]
    await database_sync_to_async(recall)(session, stop, intent=uuid4(), now=timezone.now())
    second = (await hear(socket, "call"))["call"]
    assert (second["id"], second["kind"]) == (first["id"], "recall")
    assert second["at"] > first["at"]


async def test_a_lost_message_brings_the_whole_board(hall: Hall, connect: Callable[..., Any]) -> None:
    socket = await connect()
    assert (await hear(socket, "snapshot"))["version"] == 0
    await database_sync_to_async(raise_version)(hall.town.location.pk)  # a call of which nothing was heard
    assert (await hear(socket, "heartbeat"))["version"] == 1
    assert (await hear(socket, "snapshot"))["version"] == 1


async def test_a_hole_between_messages_brings_the_whole_board(hall: Hall, connect: Callable[..., Any]) -> None:
    socket = await connect()
    await hear(socket, "snapshot")
    for _call in range(3):
        await database_sync_to_async(raise_version)(hall.town.location.pk)
    layer = get_channel_layer()
    assert layer is not None
    call = {"type": "call", "version": 3, "call": {"id": 1}}
    await layer.group_send(screens_group(hall.town.location.pk), {"type": "hall.message", "message": call})
    assert (await hear(socket, "call"))["version"] == 3
    assert (await hear(socket, "snapshot"))["version"] == 3


async def test_messages_that_overtake_each_other_are_no_hole(hall: Hall, connect: Callable[..., Any]) -> None:
    socket = await connect()
    await hear(socket, "snapshot")
    layer = get_channel_layer()
    assert layer is not None
    for _call in range(2):
        await database_sync_to_async(raise_version)(hall.town.location.pk)
    for version in (2, 1):
        call = {"type": "call", "version": version, "call": {"id": version}}
        await layer.group_send(screens_group(hall.town.location.pk), {"type": "hall.message", "message": call})
    heard = [(await socket.receive_json_from(timeout=6))["type"] for _message in range(3)]
    assert heard == ["call", "call", "heartbeat"]


async def test_the_screen_shows_that_it_lives(hall: Hall, connect: Callable[..., Any]) -> None:
    socket = await connect()
    await hear(socket, "heartbeat")
    await hear(socket, "heartbeat")
    seen = await database_sync_to_async(CallScreen.objects.get)(slug="a")
    assert seen.seen_at is not None


async def test_one_relay_for_all_screens_and_none_after_them(hall: Hall, connect: Callable[..., Any]) -> None:
    sockets = [await connect("a"), await connect("all")]
    for socket in sockets:
        await hear(socket, "snapshot")
    assert len(relay.Relay._open) == 1
    for socket in sockets:
        await socket.disconnect()
    assert relay.Relay._open == {}


async def test_screens_outlive_a_layer_that_fails(
    hall: Hall, session: CounterSession, connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        async def new_channel(self) -> str:
            raise ConnectionError

        group_add = group_discard = receive = group_send = new_channel

    monkeypatch.setattr(relay, "_layer", Broken)
    socket = await connect()
    await hear(socket, "snapshot")
    number = await call_somebody(hall, session)
    snapshot = await hear(socket, "snapshot")
    assert [call["number"] for call in snapshot["calls"]] == [number]


@pytest.mark.parametrize(
    "origin", [None, "https://elsewhere.example", f"{settings.PUBLIC_URL}.evil.example", "http://["]
)
async def test_other_origins_are_refused(hall: Hall, connect: Callable[..., Any], origin: str | None) -> None:
    with pytest.raises(ConnectionRefusedError):
        await connect(origin=origin)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"text_data": '{"type": "snapshot", "version": 99}'}, 1008),
        ({"text_data": "not JSON"}, 1008),
        ({"bytes_data": b"\x00"}, 1003),
        ({"text_data": "x" * 65_537}, 1009),
        ({"bytes_data": b"x" * 65_537}, 1009),
    ],
)
async def test_whatever_a_client_sends_closes_its_socket_only(
    hall: Hall, session: CounterSession, connect: Callable[..., Any], sent: dict[str, Any], code: int
) -> None:
    loud, quiet = await connect(), await connect()
    await hear(loud, "snapshot")
    await loud.send_to(**sent)
    assert await closing_code(loud) == code
    number = await call_somebody(hall, session)
    assert (await hear(quiet, "call"))["call"]["number"] == number


async def test_an_unknown_screen_is_closed_as_not_found(hall: Hall, connect: Callable[..., Any]) -> None:
    assert await closing_code(await connect("nowhere")) == 4404


async def test_one_address_opens_so_many_and_no_more(
    hall: Hall, connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eguichet_rdv.screens.consumers.SOCKETS_PER_ADDRESS", 1)
    first = await connect()
    await hear(first, "snapshot")
    second = await connect()
    assert await closing_code(second) == 4429
    await second.disconnect()
    await first.disconnect()
    assert not ScreenSocket.addresses
    await asyncio.wait_for(hear(await connect(), "snapshot"), 5)
