"""The socket of the screens, on the layer of this run: in memory, and Redis when the environment names one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import DatabaseError, connection, connections
from django.utils import timezone

from eguichet_rdv.screens.consumers import ScreenSocket
from eguichet_rdv.townhall.models import CallScreen
from eguichet_rdv.waiting import relay
from eguichet_rdv.waiting.domain.board import raise_version, screens_group
from eguichet_rdv.waiting.domain.serve import park, recall
from eguichet_rdv.waiting.enums import StopState
from eguichet_rdv.waiting.models import CounterSession, Stop
from eguichet_site.asgi import application
from tests.hall import Hall, make_hall

pytestmark = pytest.mark.db
rows = pytest.mark.django_db(transaction=True)
"""Asked for by name: emptying all tables takes a second, and not every test needs it."""
Message = dict[str, Any]
CALL = {"id": 1, "kind": "call", "number": "P001", "counter": "1", "languages": ["fr"]}


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


@rows
async def test_the_board_then_each_call_and_each_recall(
    hall: Hall, session: CounterSession, connect: Callable[..., Any]
) -> None:
    known = await call_somebody(hall, session)
    sockets = [await connect(slug) for slug in ("a", "all", "a")]
    for socket in sockets:
        snapshot = await hear(socket, "snapshot")
        assert ([call["number"] for call in snapshot["calls"]], snapshot["version"]) == ([known], 1)
    await database_sync_to_async(session.counter.stops.update)(state=StopState.DONE)
    number = await call_somebody(hall, session)
    for socket in sockets:
        message = await hear(socket, "call")
        first = message["call"]
        assert (message["version"], first["number"], first["counter"], first["kind"]) == (2, number, "1", "call")
    stop = await database_sync_to_async(Stop.objects.get)(state=StopState.CALLED)
    await database_sync_to_async(recall)(session, stop, intent=uuid4(), now=timezone.now())
    for socket in sockets:
        second = (await hear(socket, "call"))["call"]
        assert (second["id"], second["kind"]) == (first["id"], "recall")
        assert second["at"] > first["at"]
    await database_sync_to_async(park)(session, stop, intent=uuid4(), now=timezone.now())
    for socket in sockets:
        gone = (await hear(socket, "call"))["call"]
        assert (gone["id"], gone["kind"]) == (first["id"], "withdraw")
        assert gone["at"] > second["at"]


@rows
async def test_a_lost_message_brings_the_whole_board(hall: Hall, connect: Callable[..., Any]) -> None:
    socket = await connect()
    assert (await hear(socket, "snapshot"))["version"] == 0
    await database_sync_to_async(raise_version)(hall.town.location.pk)  # a call of which nothing was heard
    assert (await hear(socket, "heartbeat"))["version"] == 1
    assert (await hear(socket, "snapshot"))["version"] == 1


@rows
async def test_the_calls_of_yesterday_are_gone_in_the_morning_also_when_the_worker_is_late(
    hall: Hall, session: CounterSession, connect: Callable[..., Any]
) -> None:
    number = await call_somebody(hall, session)
    await database_sync_to_async(session.counter.stops.update)(state=StopState.DONE)
    evening = await connect()
    assert [call["number"] for call in (await hear(evening, "snapshot"))["calls"]] == [number]
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        again = await connect()
        for socket in (again, evening):
            assert (await hear(socket, "snapshot"))["calls"] == []


@rows
async def test_a_hole_between_messages_brings_the_whole_board(hall: Hall, connect: Callable[..., Any]) -> None:
    socket = await connect()
    await hear(socket, "snapshot")
    for _call in range(3):
        await database_sync_to_async(raise_version)(hall.town.location.pk)
    layer = get_channel_layer()
    assert layer is not None
    call = {"type": "call", "version": 3, "call": CALL}
    await layer.group_send(screens_group(hall.town.location.pk), {"type": "hall.message", "message": call})
    assert (await hear(socket, "call"))["version"] == 3
    assert (await hear(socket, "snapshot"))["version"] == 3


@rows
async def test_messages_that_overtake_each_other_are_no_hole(
    hall: Hall, connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # No heartbeat meanwhile: one that falls between the two would rightly bring the whole board.
    monkeypatch.setattr(relay, "BEAT_SECONDS", 60)
    socket = await connect()
    await hear(socket, "snapshot")
    (line,) = relay.Relay._open.values()
    (listener,) = line.listeners
    assert isinstance(listener, ScreenSocket)
    for version in (2, 1):
        await line._tell({"type": "call", "version": version, "call": CALL})
    await asyncio.gather(*listener._tasks)  # it looked for the missing one, and there it was
    heard = [await socket.receive_json_from(timeout=6) for _message in range(2)]
    assert [message["version"] for message in heard] == [2, 1]
    assert await socket.receive_nothing(timeout=0)


@rows
async def test_the_screen_shows_that_it_lives(hall: Hall, connect: Callable[..., Any]) -> None:
    socket = await connect()
    await hear(socket, "heartbeat")
    await hear(socket, "heartbeat")
    seen = await database_sync_to_async(CallScreen.objects.get)(slug="a")
    assert seen.seen_at is not None


@rows
async def test_the_screens_of_a_hall_write_together_that_they_live(
    hall: Hall, connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "BEAT_SECONDS", 60)
    for slug in ("a", "all", "a"):
        await hear(await connect(slug), "snapshot")
    (line,) = relay.Relay._open.values()
    written: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, *more: Any) -> Any:
        if sql.startswith("UPDATE"):
            written.append(sql)
        return execute(sql, *more)

    database = await database_sync_to_async(connections.__getitem__)("default")
    monkeypatch.setattr(database, "execute_wrappers", [watch])
    for _beat in range(2):
        for screen in tuple(line.listeners):
            assert isinstance(screen, ScreenSocket)
            await screen.beat(0, timezone.now())
            await asyncio.gather(*screen._tasks)
    assert len(written) == 1
    assert not await database_sync_to_async(CallScreen.objects.filter(seen_at=None).exists)()


@rows
@pytest.mark.parametrize("table", ["townhall_callscreen", "waiting_stop"])
async def test_a_database_that_failed_keeps_nobody_out(
    hall: Hall, connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    monkeypatch.setattr("eguichet_rdv.screens.consumers.SOCKETS_PER_ADDRESS", 1)
    headers = [(b"origin", settings.PUBLIC_URL.encode())]
    socket = WebsocketCommunicator(application, "/ws/screens/a/", headers=headers)
    await rename(table, "away")
    try:
        await socket.send_input({"type": "websocket.connect"})
        with pytest.raises(DatabaseError):
            await socket.wait(timeout=5)
    finally:
        await rename("away", table)
    assert relay.Relay._open == {}
    await hear(await connect(), "snapshot")


@database_sync_to_async
def rename(table: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {name}")


@rows
async def test_one_relay_for_all_screens_and_none_after_them(hall: Hall, connect: Callable[..., Any]) -> None:
    sockets = [await connect("a"), await connect("all")]
    for socket in sockets:
        await hear(socket, "snapshot")
    assert len(relay.Relay._open) == 1
    for socket in sockets:
        await socket.disconnect()
    assert relay.Relay._open == {}


@rows
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
async def test_other_origins_are_refused(connect: Callable[..., Any], origin: str | None) -> None:
    with pytest.raises(ConnectionRefusedError):
        await connect(origin=origin)


@rows
async def test_whatever_a_client_sends_closes_its_socket_only(
    hall: Hall, session: CounterSession, connect: Callable[..., Any]
) -> None:
    quiet = await connect()
    for sent, code in (
        ({"text_data": '{"type": "snapshot", "version": 99}'}, 1008),
        ({"text_data": "not JSON"}, 1008),
        ({"bytes_data": b"\x00"}, 1003),
        ({"text_data": "x" * 65_537}, 1009),
        ({"bytes_data": b"x" * 65_537}, 1009),
    ):
        loud = await connect()
        await hear(loud, "snapshot")
        await loud.send_to(**sent)
        assert await closing_code(loud) == code
    number = await call_somebody(hall, session)
    assert (await hear(quiet, "call"))["call"]["number"] == number


@rows
async def test_an_unknown_screen_is_closed_as_not_found(hall: Hall, connect: Callable[..., Any]) -> None:
    assert await closing_code(await connect("nowhere")) == 4404


@rows
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
