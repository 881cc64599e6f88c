"""The socket of a call screen: what is on the board, each call as it comes, and a sign of life."""

import asyncio
import json
import time
from collections import Counter as Tally
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from channels.db import database_sync_to_async
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from eguichet_rdv.common.sockets import NOT_FOUND, TOO_MANY, SpeakingSocket, count_one
from eguichet_rdv.screens.clips import add_audio, give_voice
from eguichet_rdv.screens.trail import Trail
from eguichet_rdv.screens.voice import list_voices
from eguichet_rdv.townhall.models import CallScreen
from eguichet_rdv.waiting.domain import board
from eguichet_rdv.waiting.relay import Relay

GAP_SECONDS = 0.3
"""Messages may overtake each other; what is still missing after this long is fetched."""

SEEN_SECONDS = 30
SOCKETS_PER_ADDRESS = 100


class ScreenSocket(SpeakingSocket):
    """Public and read-only."""

    addresses: ClassVar[Tally[str]] = Tally()
    told: ClassVar[tuple[Mapping[str, Any], str]] = ({}, "")

    async def connect(self) -> None:
        """Accept, then show the board as it is."""
        self.relay: Relay | None = None
        self.trail = Trail()
        self.day: date | None = None
        self.early: list[Mapping[str, Any]] | None = []
        self.seen = 0.0
        self.screen = await find_screen(self.scope["url_route"]["kwargs"]["slug"])
        address = str((self.scope.get("client") or ("",))[0])
        self.ending.enter_context(count_one(self.addresses, address))
        # A refusal needs an open socket: before that a browser only learns « failed ».
        await self.accept()
        if self.addresses[address] > SOCKETS_PER_ADDRESS:
            await self.close(TOO_MANY)
        elif self.screen is None:
            await self.close(NOT_FOUND)
        else:
            await self._begin(self.screen)

    async def hear(self, message: Mapping[str, Any]) -> None:
        """Pass a call on; before the first snapshot it is kept."""
        if self.early is not None:
            self.early.append(message)
            return
        await self.send(self._write_call(message))
        self.trail.note(message["version"])
        if self.trail.broken:
            self.later(self._close_gap())

    async def beat(self, version: int, at: datetime) -> None:
        """Pass the sign of life on; a version that is not ours is a gap, and so is a new day: nothing of it has been shown."""
        await self.send_json({"type": "heartbeat", "version": version, "at": at.isoformat()})
        if (version != self.trail.version or self.day != self._today()) and self.early is None:
            self.later(self._close_gap())
        if time.monotonic() - self.seen > SEEN_SECONDS:
            self._note_all_seen()

    def _note_all_seen(self) -> None:
        """Together, by whoever is due first: fifty screens of a hall cost one statement and keep one rhythm."""
        listeners = self.relay.listeners if self.relay else ()
        screens = [one for one in listeners if isinstance(one, ScreenSocket)]
        for screen in screens:
            screen.seen = time.monotonic()
        self.later(note_seen({screen.screen.pk for screen in screens if screen.screen}))

    @classmethod
    def _write_call(cls, message: Mapping[str, Any]) -> str:
        """Made once for all screens: they hear the same object one after the other."""
        if cls.told[0] is not message:
            cls.told = (message, json.dumps({**message, "call": add_audio(message["call"])}))
        return cls.told[1]

    async def _begin(self, screen: CallScreen) -> None:
        location = screen.location
        self.relay = await Relay.join(
            self,
            board.screens_group(location.pk),
            partial(board.board_version, location.pk),
            partial(board.snapshot, location),
        )
        self.ending.push_async_callback(self.relay.leave, self)
        # A program is asked for its voices: not while a call is on its way.
        await asyncio.to_thread(list_voices, settings.LANGUAGE_CODE)
        await self._show_board(self.relay.version)
        early, self.early = self.early or [], None
        for message in early:
            if message["version"] > self.trail.version:
                await self.hear(message)

    async def _close_gap(self) -> None:
        await asyncio.sleep(GAP_SECONDS)
        if not self.relay:
            return
        if self.trail.broken or self.trail.version != self.relay.version or self.day != self._today():
            await self._show_board(self.trail.newest if self.trail.broken else self.relay.version)

    async def _show_board(self, at_least: int) -> None:
        if self.relay:
            day = self._today()
            snapshot = await self.relay.snapshot(at_least, day)
            self.day = day
            self.trail.restart(snapshot["version"])
            await self.send_json({**give_voice(snapshot), "at": timezone.now().isoformat()})

    def _today(self) -> date | None:
        return self.screen.location.local(timezone.now()).date() if self.screen else None


@database_sync_to_async
def find_screen(slug: str) -> CallScreen | None:
    """The screen at this address, with its location."""
    return CallScreen.objects.select_related("location", "zone").filter(slug=slug).first()


@database_sync_to_async
def note_seen(screens: Collection[int]) -> None:
    """Write the sign of life down, at most every 30 s whatever the number of browsers that show a screen."""
    now = timezone.now()
    stale = Q(seen_at=None) | Q(seen_at__lt=now - timedelta(seconds=SEEN_SECONDS))
    CallScreen.objects.filter(stale, pk__in=screens).update(seen_at=now)
