"""The socket of a phone: it only says that something changed; the page then fetches where it stands."""

import time
from collections import Counter as Tally
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from random import random
from typing import Any, ClassVar

from channels.db import database_sync_to_async

from eguichet_rdv.common.sockets import NOT_FOUND, TOO_MANY, SpeakingSocket, count_one
from eguichet_rdv.follow.place import find_ticket
from eguichet_rdv.waiting.domain import board
from eguichet_rdv.waiting.models import Ticket
from eguichet_rdv.waiting.relay import Relay

QUIET_SECONDS = 10.0
"""Other people's calls are told this often at most: two hundred phones must not all ask at each of them."""
SOCKETS_PER_TICKET = 8
"""A family may follow one ticket; the phones of a whole hall share one address, so that is no measure."""


class TicketSocket(SpeakingSocket):
    """For whoever holds the cookie of a ticket; read-only."""

    open_for: ClassVar[Tally[int]] = Tally()

    async def connect(self) -> None:
        """Listen to the hall of the ticket."""
        self.version = 0
        self.moved = False
        self.ticket = await database_sync_to_async(find_ticket)(self.scope["cookies"])
        await self.accept()
        if self.ticket is None:
            await self.close(NOT_FOUND)
            return
        self.ending.enter_context(count_one(self.open_for, self.ticket.pk))
        if self.open_for[self.ticket.pk] > SOCKETS_PER_TICKET:
            await self.close(TOO_MANY)
            return
        # Each phone has its own rhythm.
        self.speaks_at = time.monotonic() + QUIET_SECONDS * random()  # noqa: S311 - no secret
        await self._join(self.ticket)

    async def hear(self, message: Mapping[str, Any]) -> None:
        """What happens to one's own ticket is told at once, the calls of others at the next turn."""
        self.version = max(self.version, message.get("version", 0))
        if self.ticket and message.get("ticket") == self.ticket.pk:
            await self._say_changed()
        elif "version" in message:
            self.moved = True

    async def beat(self, version: int, at: datetime) -> None:
        """A version not heard of may have been our call."""
        if version != self.version:
            self.version = version
            await self._say_changed()
        elif time.monotonic() >= self.speaks_at:
            if self.moved:
                await self._say_changed()
            else:
                await self._say({"type": "heartbeat", "at": at.isoformat()})

    async def _join(self, ticket: Ticket) -> None:
        location = ticket.location
        relay = await Relay.join(
            self,
            board.desks_group(location.pk),
            partial(board.board_version, location.pk),
            partial(board.snapshot, location),
        )
        self.ending.push_async_callback(relay.leave, self)
        self.version = max(self.version, relay.version)
        # What happened between the page and this moment.
        await self._say_changed()

    async def _say_changed(self) -> None:
        self.moved = False
        await self._say({"type": "changed"})

    async def _say(self, message: Mapping[str, Any]) -> None:
        self.speaks_at = time.monotonic() + QUIET_SECONDS
        await self.send_json(message)
