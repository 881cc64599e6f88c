"""What every arrival reported later needs, taken alone or together with others: one turn, an hour, and an end."""

from datetime import datetime, timedelta

from eguichet_rdv.kiosk.messages import Entry
from eguichet_rdv.townhall.models import Kiosk
from eguichet_rdv.waiting.domain.leave import end_visits
from eguichet_rdv.waiting.models import KioskArrival, Ticket

OLDEST = timedelta(days=366)
"""A kiosk keeps what we do not have until we have it; an older hour is a clock that stands wrong."""


def lock_kiosk(kiosk: Kiosk) -> None:
    """One request of a kiosk after the other: sent twice at the same instant, an arrival still counts once."""
    Kiosk.objects.select_for_update(no_key=True).get(pk=kiosk.pk)


def settle_hour(entry: Entry, now: datetime, before: datetime | None) -> datetime:
    """When somebody arrived: the kiosk's clock as corrected, never in the future, never before the one in front."""
    arrived_at = min(entry.server_time, now)
    if arrived_at < now - OLDEST:
        arrived_at = now
    return max(arrived_at, before) if before else arrived_at


def find_hour_before(kiosk: Kiosk, seq: int, now: datetime) -> datetime | None:
    """When the last one before ``seq`` arrived, as far as that hour can be relied on."""
    return (
        KioskArrival.objects.filter(
            # Not that of a ticket which another kiosk gave later than this one: they hold one appointment's arrival.
            ticket__kiosk=kiosk,
            kiosk=kiosk,
            seq__lt=seq,
            ticket__arrived_at__lte=now,
            received_at__gte=now - OLDEST,
        )
        .order_by("-seq")
        .values_list("ticket__arrived_at", flat=True)
        .first()
    )


def hour_of(kiosk: Kiosk, arrival: KioskArrival, now: datetime) -> datetime | None:
    """The hour ``find_hour_before`` would find in a row that is known."""
    ticket = arrival.ticket
    if ticket is None or ticket.kiosk_id != kiosk.pk or arrival.received_at < now - OLDEST:
        return None
    return ticket.arrived_at if ticket.arrived_at <= now else None


def is_of_an_earlier_day(kiosk: Kiosk, arrived_at: datetime, now: datetime) -> bool:
    """Whether the day somebody came on is over."""
    return kiosk.location.local(arrived_at).date() < kiosk.location.local(now).date()


def let_leave(tickets: list[Ticket], now: datetime) -> None:
    """People of an earlier day have come and gone: nobody calls them today, nor counts them as absent."""
    location = tickets[0].location
    end_visits(location, Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets]), at=now)
