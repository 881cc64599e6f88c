"""A ticket as kiosks, phones and paper show it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from eguichet_rdv.waiting.domain.board import iso
from eguichet_rdv.waiting.domain.tokens import follow_token
from eguichet_rdv.waiting.enums import LIVE, SessionState, StopState
from eguichet_rdv.waiting.models import CounterSession, Stop, StopItem, Ticket


@dataclass(frozen=True, slots=True)
class Wait:
    """A range of minutes, in steps of five."""

    low: int
    high: int


def live_stop(ticket: Ticket) -> Stop | None:
    """The stop at which the visit is now, wherever somebody was sent meanwhile; the last one when it is over."""
    rows = Stop.objects.filter(ticket=ticket).exclude(state=StopState.PLANNED)
    stops = list(rows.select_related("counter", "zone", "location", "service").order_by("-position"))
    return next((stop for stop in stops if stop.state in LIVE), stops[0] if stops else None)


def before(stop: Stop) -> int:
    """How many people waiting for the same service are called before."""
    return _ahead(stop).count()


def estimate_wait(stop: Stop) -> Wait | None:
    """The minutes until the call, from the planned minutes of those before and the open counters; ``None`` if none."""
    open_counters = CounterSession.objects.filter(
        counter__location=stop.location_id,
        counter__procedures__service=stop.service_id,
        state__in=(SessionState.OPEN, SessionState.LAST),
    ).aggregate(open=Count("counter", distinct=True))["open"]
    if not open_counters:
        return None
    minutes = StopItem.objects.filter(stop__in=_ahead(stop)).aggregate(total=Sum("minutes"))["total"] or 0
    expected = minutes / open_counters
    return Wait(low=int(expected * 0.6) // 5 * 5, high=int(expected * 1.3) // 5 * 5 + 10)


def _ahead(stop: Stop) -> QuerySet[Stop]:
    same_hour = Q(arrived_at__lt=stop.arrived_at) | Q(arrived_at=stop.arrived_at, pk__lt=stop.pk)
    earlier = Q(due_at__lt=stop.due_at) | (Q(due_at=stop.due_at) & same_hour)
    return Stop.objects.filter(earlier, location=stop.location_id, service=stop.service_id, state=StopState.WAITING)


def follow_url(ticket: Ticket) -> str:
    """The address of « my ticket on my phone »."""
    return f"{settings.PUBLIC_URL}/t/{follow_token(ticket)}/"


def describe_ticket(
    ticket: Ticket, language: str, *, now: datetime | None = None, stop: Stop | None = None
) -> dict[str, Any]:
    """The ticket of the kiosk protocol: number, zone, hour, estimated wait; nothing about the person.

    ``stop``, where the visit is now, is read when it is not given.
    """
    location = ticket.location
    stop = stop or live_stop(ticket)
    wait = estimate_wait(stop) if stop and stop.state == StopState.WAITING else None
    booked = ticket.appointment.start if ticket.appointment else None
    return {
        "number": str(ticket.number),
        "zone": ticket.zone.code,
        "zone_name": ticket.zone.name,
        "hour": f"{location.local(booked):%H:%M}" if booked else None,
        "date": ticket.date.isoformat(),
        "place": location.name,
        "issued_at": iso(now or timezone.now()),
        "follow_url": follow_url(ticket),
        "wait": {"low": wait.low, "high": wait.high} if wait else None,
        "language": language,
    }
