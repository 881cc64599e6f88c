"""Keep a time for somebody who is still typing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from eguichet_rdv.common.cells import time_of
from eguichet_rdv.scheduling.domain.agenda import sweep_holds
from eguichet_rdv.scheduling.domain.availability import find_alternatives, refuse_untimely
from eguichet_rdv.scheduling.domain.placing import Owner, Visit, free_reservations, place
from eguichet_rdv.scheduling.domain.refusals import HoldEnded, TimeRefused
from eguichet_rdv.scheduling.domain.wanted import Wanted, refuse_unbookable
from eguichet_rdv.scheduling.enums import ReservationKind
from eguichet_rdv.scheduling.models import Reservation


@dataclass(frozen=True, slots=True)
class Hold:
    """A time kept until ``expires_at`` (UTC)."""

    start: datetime
    end: datetime
    expires_at: datetime
    extensions_left: int


def hold(wanted: Wanted, start: datetime, *, holder: str, now: datetime) -> Hold:
    """Keep ``start`` for ``holder``, who gives up an earlier time only when this one is sure.

    Raises ``TimeTaken`` or ``TimeNotOffered`` with alternatives, ``NotBookable``, ``TooManyPersons``.
    """
    refuse_unbookable(wanted.items, wanted.channel)
    sweep_holds(now)
    ends = now + timedelta(minutes=settings.EGUICHET_HOLD_MINUTES)
    try:
        refuse_untimely(wanted, start, now=now)
        with transaction.atomic():
            own = lock_hold(holder)
            extensions = max((row.extensions for row in own), default=0)
            made = place(
                Visit(wanted, start, now),
                Owner(ReservationKind.HOLD, holder=holder, expires_at=ends, extensions=extensions),
                replacing=own,
            )
    except TimeRefused as refusal:
        refusal.alternatives = find_alternatives(wanted, start, now=now)
        raise
    return _describe(made)


def extend_hold(holder: str, *, now: datetime) -> Hold:
    """Keep the time longer, ten times at most; raises ``HoldEnded`` when nothing is kept or it was enough."""
    with transaction.atomic():
        rows = [row for row in lock_hold(holder) if row.expires_at and row.expires_at > now]
        if not rows or rows[0].extensions >= settings.EGUICHET_HOLD_EXTENSIONS:
            raise HoldEnded
        for row in rows:
            row.extensions += 1
            row.expires_at = now + timedelta(minutes=settings.EGUICHET_HOLD_MINUTES)
        Reservation.objects.bulk_update(rows, ["extensions", "expires_at"])
    return _describe(rows)


def release_hold(holder: str) -> None:
    """Give the time back at once."""
    with transaction.atomic():
        free_reservations(lock_hold(holder))


def find_hold(holder: str, *, now: datetime) -> Hold | None:
    """What is kept for ``holder``, unless it has ended."""
    rows = list(Reservation.objects.filter(holder=holder, kind=ReservationKind.HOLD, expires_at__gt=now))
    return _describe(rows) if rows else None


def lock_hold(holder: str) -> list[Reservation]:
    """The rows of a hold, ended or not, locked; empty when it was swept. Must run inside a transaction."""
    if not holder:
        return []
    rows = Reservation.objects.filter(holder=holder, kind=ReservationKind.HOLD).select_related("counter__location")
    return list(rows.order_by("pk").select_for_update(of=("self",)))


def _describe(rows: list[Reservation]) -> Hold:
    first = min(row.first_cell for row in rows)
    end = max(row.first_cell + row.cells for row in rows)
    expires_at = rows[0].expires_at
    assert expires_at is not None  # noqa: S101 - the constraint « holds_end »
    return Hold(time_of(first), time_of(end), expires_at, settings.EGUICHET_HOLD_EXTENSIONS - rows[0].extensions)
