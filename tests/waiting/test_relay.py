"""The relay between a hall's database and its sockets."""

import asyncio
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from eguichet_rdv.waiting import relay

pytestmark = pytest.mark.db
PATIENCE_SECONDS = 10


class Ear:
    """Keeps the versions of the heartbeats."""

    def __init__(self) -> None:
        self.beats: asyncio.Queue[int] = asyncio.Queue()

    async def hear(self, message: Mapping[str, Any]) -> None:
        """Not of interest here."""

    async def beat(self, version: int, at: datetime) -> None:
        """Keep it."""
        await self.beats.put(version)


async def test_a_message_that_overtakes_the_reading_is_newer_but_a_restored_database_goes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "BEAT_SECONDS", 0.01)
    versions = [5, 5, 3]
    reading, told = threading.Event(), threading.Event()

    def read() -> int:
        if len(versions) == 2:
            reading.set()
            told.wait(PATIENCE_SECONDS)
        return versions.pop(0) if len(versions) > 1 else versions[0]

    ear = Ear()
    line = await relay.Relay.join(ear, "hall", read, dict)
    assert await asyncio.to_thread(reading.wait, PATIENCE_SECONDS)
    await line._tell({"version": 6})
    told.set()
    assert [await asyncio.wait_for(ear.beats.get(), PATIENCE_SECONDS) for _beat in range(2)] == [6, 3]
    await line.leave(ear)
