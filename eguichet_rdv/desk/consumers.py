"""The socket of a desk: it only says that something changed; the page then fetches what it may see."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from channels.db import database_sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.db import Error

from eguichet_rdv.accounts.models import User
from eguichet_rdv.common.sockets import FORBIDDEN, SIGN_IN_FIRST, SpeakingSocket
from eguichet_rdv.townhall.domain.roles import locations_for, may
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Location
from eguichet_rdv.waiting.domain import board
from eguichet_rdv.waiting.domain.sessions import find_session
from eguichet_rdv.waiting.relay import Relay

Sign = tuple[object, ...]


class DeskSocket(SpeakingSocket):
    """For clerks and the reception, read-only; ``?place=`` names the place where the reception receives.

    Rings may be lost: with every heartbeat the sign of the hall is compared, read once for all sockets of a place.
    """

    signs: ClassVar[dict[int, tuple[object, Sign]]] = {}

    async def connect(self) -> None:
        """Listen to the place where one sits."""
        user = self.scope.get("user") or AnonymousUser()
        await self.accept()
        if not user.is_authenticated:
            await self.close(SIGN_IN_FIRST)
            return
        location = await find_place(user.pk, self.scope["query_string"].decode("latin-1").removeprefix("place="))
        if location is None:
            await self.close(FORBIDDEN)
            return
        self.place = location.pk
        self.sign = await self._read_sign(object())
        relay = await Relay.join(
            self,
            board.desks_group(location.pk),
            partial(board.board_version, location.pk),
            partial(board.snapshot, location),
        )
        self.ending.push_async_callback(relay.leave, self)
        await self.send_json({"type": "changed"})

    async def hear(self, message: Mapping[str, Any]) -> None:
        """Something changed in the hall."""
        with suppress(Error):
            self.sign = await self._read_sign(message)  # what the page then fetches is not older
        await self.send_json({"type": "changed"})

    async def beat(self, version: int, at: datetime) -> None:
        """The line is alive; a change not heard of is told now."""
        sign = await self._read_sign(at)
        if sign == self.sign:
            await self.send_json({"type": "heartbeat", "at": at.isoformat()})
        else:
            self.sign = sign
            await self.send_json({"type": "changed"})

    async def _read_sign(self, occasion: object) -> Sign:
        """Once for an occasion: the sockets of a place hear the same message, or of the same beat, one after the other."""
        known = self.signs.get(self.place)
        if known is None or known[0] is not occasion:
            known = self.signs[self.place] = (occasion, await database_sync_to_async(board.read_sign)(self.place))
        return known[1]


@database_sync_to_async
def find_place(member: int, slug: str = "") -> Location | None:
    """The place named, or of the counter where this user sits, else the first where they may receive people."""
    user = User.objects.get(pk=member)
    places = locations_for(user, Role.RECEPTION)  # clerks receive too
    if slug:
        return places.filter(slug=slug).first()
    session = find_session(user)
    if session and may(user, Role.CLERK, session.counter.location):
        return session.counter.location
    return places.first()
