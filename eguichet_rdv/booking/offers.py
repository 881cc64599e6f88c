"""What a page shows about a procedure: where it can be had, with what else, and how without an appointment."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import Q

from eguichet_rdv.catalogue.enums import BookingMode
from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.scheduling.domain.lanes import applies
from eguichet_rdv.scheduling.domain.wanted import Wanted
from eguichet_rdv.townhall.enums import Weekday
from eguichet_rdv.townhall.models import Location, OpeningPeriod


@dataclass(frozen=True)
class DayHours:
    """Hours of one weekday; ``spans`` are merged and in order."""

    weekday: Weekday
    spans: list[tuple[time, time]]


def find_procedure(service: str, procedure: str) -> Procedure | None:
    """A procedure of the catalogue that is not retired."""
    return (
        Procedure.objects.select_related("service")
        .filter(service__code=service, code=procedure, retired_at=None, service__retired_at=None)
        .first()
    )


def places_of(procedure: Procedure) -> list[Location]:
    """Where a counter handles the procedure."""
    return list(Location.objects.filter(counters__procedures=procedure, counters__active=True).distinct())


def companions_of(procedure: Procedure, places: Iterable[Location]) -> list[Procedure]:
    """Other procedures that can be booked online at these places, for the same visit."""
    online = Q(mode_override=BookingMode.ONLINE) | Q(mode_override=None, mode_declared=BookingMode.ONLINE)
    return list(
        Procedure.objects.select_related("service")
        .filter(online, retired_at=None, service__retired_at=None, service__takes_appointments=True)
        .filter(counters__location__in=list(places), counters__active=True)
        .exclude(pk=procedure.pk)
        .distinct()
    )


def walk_in_hours(procedure: Procedure, place: Location) -> list[DayHours]:
    """When people are received without appointment for this procedure."""
    periods = OpeningPeriod.objects.filter(
        Q(procedures=None) | Q(procedures=procedure),
        counter__location=place,
        counter__active=True,
        counter__procedures=procedure,
        for_walk_in=True,
    )
    days: dict[int, set[tuple[time, time]]] = defaultdict(set)
    for weekday, opens, closes in periods.values_list("weekday", "opens", "closes"):
        days[weekday].add((opens, closes))
    return [DayHours(Weekday(weekday), _merge(spans)) for weekday, spans in sorted(days.items())]


def opens_later(wanted: Wanted, now: datetime) -> time | None:
    """At what hour further times of today open for everybody, if that is still to come."""
    local = wanted.location.local(now)
    periods = OpeningPeriod.objects.filter(
        Q(procedures=None) | Q(procedures__in=wanted.procedure_ids),
        counter__location=wanted.location,
        counter__active=True,
        counter__procedures__in=wanted.procedure_ids,
        for_online=True,
        weekday=local.weekday(),
        releases_at__gt=local.time(),
    )
    opening = [period.releases_at for period in periods.distinct() if applies(period, local.date())]
    return min((hour for hour in opening if hour), default=None)


def ways_in(procedure: Procedure) -> list[tuple[Location, list[DayHours]]]:
    """The places to turn to, with their hours without appointment."""
    return [(place, walk_in_hours(procedure, place)) for place in places_of(procedure) or Location.objects.all()]


def _merge(spans: Iterable[tuple[time, time]]) -> list[tuple[time, time]]:
    merged: list[tuple[time, time]] = []
    for opens, closes in sorted(spans):
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
        else:
            merged.append((opens, closes))
    return merged
