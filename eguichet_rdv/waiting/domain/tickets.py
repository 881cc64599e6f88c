"""A ticket as kiosks, phones and paper show it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.townhall.models import Location
from eguichet_rdv.waiting.domain.board import iso
from eguichet_rdv.waiting.domain.forecast import Wait, estimate_wait
from eguichet_rdv.waiting.domain.tokens import follow_token
from eguichet_rdv.waiting.enums import LIVE, StopState
from eguichet_rdv.waiting.models import Stop, Ticket


def live_stop(ticket: Ticket) -> Stop | None:
    """The stop at which the visit is now, wherever somebody was sent meanwhile; the one that ended last when it is over."""
    rows = Stop.objects.filter(ticket=ticket).exclude(state=StopState.PLANNED)
    stops = list(
        rows.select_related("counter", "zone", "location", "service").order_by(
            F("ended_at").desc(nulls_last=True), "-pk"
        )
    )
    return next((stop for stop in stops if stop.state in LIVE), stops[0] if stops else None)


def todays_stop(ticket: Ticket, now: datetime) -> Stop | None:
    """The same, as long as the ticket is worth something: on its day, unless its appointment was cancelled or moved."""
    appointment = ticket.appointment
    if ticket.date != ticket.location.local(now).date():
        return None
    if appointment and appointment.state == AppointmentState.CANCELLED:
        return None
    stop = live_stop(ticket)
    moved = stop is not None and stop.booked_at is not None and appointment is None
    return None if moved else stop


def list_to_clarify(location: Location, now: datetime) -> QuerySet[Ticket]:
    """Tickets with a remark, of people who are still here today."""
    here = Stop.objects.filter(ticket=OuterRef("pk"), state__in=LIVE)
    rows = Ticket.objects.filter(Exists(here), location=location, date=location.local(now).date())
    return rows.exclude(to_clarify="").select_related("number")


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
    moment = now or timezone.now()
    stop = stop or live_stop(ticket)
    wait = _read_wait(stop, moment) if stop and stop.state == StopState.WAITING else None
    booked = ticket.appointment.start if ticket.appointment else None
    zone = (stop or ticket).zone
    return {
        "number": str(ticket.number),
        "zone": zone.code,
        "zone_name": zone.name,
        "hour": f"{location.local(booked):%H:%M}" if booked else None,
        "date": ticket.date.isoformat(),
        "place": location.name,
        "issued_at": iso(moment),
        "follow_url": follow_url(ticket),
        "wait": {"low": wait.low, "high": wait.high} if wait else None,
        "language": language,
    }


def _read_wait(stop: Stop, now: datetime) -> Wait | None:
    """What was told at this very arrival; later, what is to be expected now."""
    if stop.arrived_at == now:
        known = stop.foreseen_low is not None and stop.foreseen_high is not None
        return Wait(stop.foreseen_low or 0, stop.foreseen_high or 0) if known else None
    return estimate_wait(stop, now=now)
