"""How many persons are in the waiting zones, and whether there is room for more.

The limit of a zone is about comfort: of two arrivals at the same instant both may get the last place, so nothing is locked.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate

from django.db.models import Count, Max, Q, Sum

from eguichet_rdv.townhall.models import Location, WaitingZone
from eguichet_rdv.waiting.enums import LIVE
from eguichet_rdv.waiting.models import Stop

NEARLY = 0.9
"""From this part of its limit on a zone is nearly full."""


@dataclass(frozen=True, slots=True)
class Presence:
    """The persons in one zone."""

    zone: WaitingZone
    persons: int

    @property
    def full(self) -> bool:
        """Whether there is room for nobody else."""
        return self.zone.limit is not None and self.persons >= self.zone.limit

    @property
    def nearly_full(self) -> bool:
        """Whether there is room for few."""
        return self.zone.limit is not None and NEARLY * self.zone.limit <= self.persons < self.zone.limit


def list_presences(location: Location, now: datetime) -> list[Presence]:
    """All zones of a place, by letter; in two queries, however many zones and people."""
    persons = _persons_by_zone(location.local(now).date())
    return [Presence(zone, persons.get(zone.pk, 0)) for zone in location.zones.order_by("code")]


def has_room(zone: WaitingZone, persons: int, day: date) -> bool:
    """Whether so many more may come without passing the limit of a zone; asks nothing where there is no limit."""
    return zone.limit is None or _persons_by_zone(day).get(zone.pk, 0) + persons <= zone.limit


def find_peaks(location: Location, first: date, last: date) -> dict[date, int]:
    """The most persons at once at a place, of each day on which somebody came; in one query.

    Everybody counts from their arrival to the end of their visit, also while they were absent for a moment; who left
    without a word counts until that was noted.
    """
    changes: dict[date, list[tuple[datetime, int]]] = defaultdict(list)
    visits = Stop.objects.filter(location=location, ticket__date__range=(first, last)).order_by().values("ticket")
    ends = visits.annotate(ended=Max("ended_at"), live=Count("pk", filter=Q(state__in=LIVE)))
    facts = ("ticket__date", "ticket__persons", "ticket__arrived_at", "ended", "live")
    for day, persons, came, went, live in ends.values_list(*facts):
        changes[day].append((came, persons))
        if went and not live:
            changes[day].append((went, -persons))
    # Sorted, who goes makes room for who comes at the same instant.
    return {day: max(accumulate(by for _at, by in sorted(found))) for day, found in changes.items()}


def _persons_by_zone(day: date) -> dict[int, int]:
    """By the id of the zone of the stop where they wait, are called, served or put aside: one each.

    A party counts as a whole, also while the rest of it is awaited. Of all places: the index of the day leads to the few
    rows of today, that of a place or zone through all its past.
    """
    today = Stop.objects.filter(ticket__date=day, state__in=LIVE).order_by()
    return dict(today.values_list("zone").annotate(Sum("ticket__persons")))
