"""Whose ticket a phone holds, and where the visit stands.

The ticket is kept in a signed cookie of its own, not in the session: that of somebody who booked on the same phone
ends soon, and following a ticket must not stretch it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpResponse
from django.utils import timezone

from eguichet_rdv.waiting.domain.forecast import Wait, count_ahead, estimate_wait
from eguichet_rdv.waiting.domain.tickets import live_stop
from eguichet_rdv.waiting.enums import StopState
from eguichet_rdv.waiting.models import Stop, Ticket

COOKIE = "eguichet_ticket"
COOKIE_SECONDS = 12 * 3600
"""A visit lasts a day at most."""
OVER = (StopState.DONE, StopState.LEFT)

_signer = TimestampSigner(salt="eguichet.follow")


@dataclass(frozen=True)
class Place:
    """Where a visit stands; ``ahead`` and ``wait`` only while waiting."""

    ticket: Ticket
    stop: Stop | None
    ahead: int
    wait: Wait | None

    @property
    def state(self) -> str:
        """One word for the page and its script."""
        return self.stop.state if self.stop else StopState.WAITING

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in OVER

    @property
    def calls(self) -> int:
        """How often the person has been called; the phone makes itself felt each time."""
        return self.stop.calls if self.stop else 0


def hand_over(response: HttpResponse, ticket: Ticket) -> None:
    """Let this phone follow the ticket for the day."""
    response.set_cookie(
        COOKIE,
        _signer.sign(f"{ticket.uid}:{ticket.generation}"),
        max_age=COOKIE_SECONDS,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )


def find_ticket(cookies: Mapping[str, str]) -> Ticket | None:
    """The ticket that these cookies hold; None if there is none or it was revoked."""
    try:
        uid, _colon, generation = _signer.unsign(cookies.get(COOKIE, ""), max_age=COOKIE_SECONDS).partition(":")
    except BadSignature:
        return None
    rows = Ticket.objects.select_related("location", "zone", "number", "appointment")
    return rows.filter(uid=uid, generation=int(generation)).first()


def find_place(cookies: Mapping[str, str]) -> Place | None:
    """Where the ticket of this phone stands."""
    ticket = find_ticket(cookies)
    if ticket is None:
        return None
    stop = live_stop(ticket)
    waiting = stop is not None and stop.state == StopState.WAITING
    now = timezone.now()
    return Place(
        ticket,
        stop,
        count_ahead(stop, now=now) if stop and waiting else 0,
        estimate_wait(stop, now=now) if stop and waiting else None,
    )
