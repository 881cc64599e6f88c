"""A call screen of the simulated day: keeps the board as its messages say."""

import json
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from eguichet_rdv.demo.simulation.diary import Diary

Call = dict[str, Any]


class ScreenAgent:
    """One socket on one screen; reconnects when it is closed."""

    def __init__(self, slug: str, sockets_url: str, origin: str, diary: Diary) -> None:
        self.slug = slug
        self.address = f"{sockets_url}/ws/screens/{slug}/"
        self.origin = origin
        self.diary = diary
        self.calls: dict[int, Call] = {}
        self.version = -1
        self.snapshots = 0

    async def run(self) -> None:
        """Until cancelled."""
        async for socket in connect(self.address, origin=Origin(self.origin)):
            try:
                async for text in socket:
                    self._take(json.loads(text))
            except ConnectionClosed as closed:
                self.diary.fault(f"{self.slug}: closed, {closed!r}")

    def last_calls(self) -> set[tuple[int, str, str]]:
        """What is on the board: id, number and counter."""
        return {(call["id"], call["number"], call["counter"]) for call in self.calls.values()}

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "snapshot":
            self.snapshots += 1
            self.version = message["version"]
            self.calls = {call["id"]: call for call in message["calls"]}
        elif message["type"] == "call":
            self.version = max(self.version, message["version"])
            call = message["call"]
            if call["kind"] == "withdraw":
                self.calls.pop(call["id"], None)
                return
            self.calls[call["id"]] = call
            if call["kind"] == "call":
                self.diary.show(self.slug, call["id"])
