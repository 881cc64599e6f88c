"""The socket of a phone: at once when it is called, now and then when the line moves."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone

from eguichet_rdv.follow import consumers
from eguichet_rdv.follow.place import COOKIE, hand_over
from eguichet_rdv.waiting import relay
from eguichet_rdv.waiting.domain.board import raise_version
from eguichet_rdv.waiting.domain.serve import finish
from eguichet_rdv.waiting.models import Ticket
from eguichet_site.asgi import application
from tests.hall import make_hall

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.db]


@pytest.fixture(autouse=True)
def quick_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "BEAT_SECONDS", 0.1)


@pytest.fixture
async def connect() -> AsyncIterator[Callable[..., Any]]:
    opened: list[WebsocketCommunicator] = []

    async def make(cookie: str) -> WebsocketCommunicator:
        headers = [(b"origin", settings.PUBLIC_URL.encode()), (b"cookie", f"{COOKIE}={cookie}".encode())]
        socket = WebsocketCommunicator(application, "/ws/ticket/", headers=headers)
        assert (await socket.connect(timeout=5))[0]
        opened.append(socket)
        return socket

    yield make
    for socket in opened:
        await socket.disconnect()


def make_cookie(ticket: Ticket) -> str:
    response = HttpResponse()
    hand_over(response, ticket)
    return response.cookies[COOKIE].value


async def hear(socket: WebsocketCommunicator) -> str:
    return str((await socket.receive_json_from(timeout=6))["type"])


async def closing_code(socket: WebsocketCommunicator) -> int:
    return int((await socket.receive_output(timeout=6))["code"])


async def test_the_phone_of_whom_it_concerns_hears_at_once(
    connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "QUIET_SECONDS", 3600)
    monkeypatch.setattr(relay, "BEAT_SECONDS", 3600)
    hall = await database_sync_to_async(make_hall)()
    session = await database_sync_to_async(hall.sit_down)()
    first = await database_sync_to_async(hall.arrive)()
    second = await database_sync_to_async(hall.arrive)()
    mine, other = await connect(make_cookie(first)), await connect(make_cookie(second))
    assert [await hear(mine), await hear(other)] == ["changed", "changed"]
    stop = await database_sync_to_async(hall.call)(session)
    assert await hear(mine) == "changed"
    await database_sync_to_async(finish)(session, stop, intent=uuid4(), now=timezone.now())
    assert await hear(mine) == "changed"
    assert await other.receive_nothing(timeout=0)
    (line,) = relay.Relay._open.values()
    assert len(line.listeners) == 2
    assert [one.moved for one in line.listeners if one.ticket == second] == [True]  # type: ignore[attr-defined]


async def test_a_call_that_was_not_heard_is_found_by_its_version(connect: Callable[..., Any]) -> None:
    hall = await database_sync_to_async(make_hall)()
    ticket = await database_sync_to_async(hall.arrive)()
    socket = await connect(make_cookie(ticket))
    assert await hear(socket) == "changed"
    await database_sync_to_async(raise_version)(hall.town.location.pk)
    assert await hear(socket) == "changed"


async def test_only_whoever_holds_a_ticket_and_not_too_often(
    connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "SOCKETS_PER_TICKET", 1)
    hall = await database_sync_to_async(make_hall)()
    ticket = await database_sync_to_async(hall.arrive)()
    cookie = make_cookie(ticket)
    assert await closing_code(await connect("forged")) == 4404
    assert await hear(await connect(cookie)) == "changed"
    assert await closing_code(await connect(cookie)) == 4429
    await database_sync_to_async(Ticket.objects.update)(generation=2)  # revoked
    assert await closing_code(await connect(cookie)) == 4404
