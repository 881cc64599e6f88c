"""How fast the counters of a place really are, compared with what the agenda plans."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from statistics import quantiles

from django.db.models import Count, Q, Sum

from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.models import Location
from eguichet_rdv.waiting.enums import StopEventKind
from eguichet_rdv.waiting.models import PaceRecord, Stop, StopEvent

RECENT = 400
"""The last services finished at a place; about half a busy day."""
ENOUGH = 10
"""Fewer of one service say nothing yet."""
USUAL = (0.5, 0.65, 0.75, 0.85, 0.95, 1.05, 1.15, 1.3, 1.6)
"""Until something was measured: what a service takes, as parts of the minutes planned."""
USUALLY_ABSENT = 0.08
SLOWEST = 6.0
"""Beyond, somebody forgot to press « finish »."""
WEEKS = timedelta(weeks=4)


@dataclass(frozen=True, slots=True)
class Pace:
    """Per service the nine deciles of real over planned duration; ``absent``: the part of appointments nobody comes to."""

    ratios: Mapping[int, tuple[float, ...]]
    absent: float

    def draw(self, service: int, random: Random) -> float:
        """One of the recent ratios."""
        return random.choice(self.ratios.get(service, USUAL))

    def middle(self, service: int) -> float:
        """The ratio half of the services stay below."""
        known = self.ratios.get(service, USUAL)
        return known[len(known) // 2]


USUAL_PACE = Pace({}, USUALLY_ABSENT)


def read_pace(location: Location) -> Pace:
    """What was measured last, else what is usual."""
    row = PaceRecord.objects.filter(pk=location.pk).first()
    if row is None:
        return USUAL_PACE
    return Pace({int(service): tuple(ratios) for service, ratios in row.ratios.items()}, row.absent)


def measure_pace(now: datetime) -> int:
    """Measure all places anew; returns how many. Done every minute, so that a slow morning is known at noon."""
    places = list(Location.objects.order_by("pk"))
    for location in places:
        facts = {"ratios": _measure_ratios(location), "absent": _measure_absent(location, now), "measured_at": now}
        PaceRecord.objects.update_or_create(location=location, defaults=facts)
    return len(places)


def _measure_ratios(location: Location) -> dict[str, list[float]]:
    ended = StopEvent.objects.filter(location=location, kind=StopEventKind.FINISHED).order_by("-pk")[:RECENT]
    stops = (
        Stop.objects.filter(pk__in=[event.stop_id for event in ended.only("stop")])
        .annotate(minutes=Sum("items__minutes"))
        .filter(minutes__gt=0)
    )
    ratios: dict[int, list[float]] = defaultdict(list)
    for stop in stops:
        if stop.called_at and stop.ended_at:
            ratio = (stop.ended_at - stop.called_at).total_seconds() / (stop.minutes * 60)
            if 0 < ratio <= SLOWEST:
                ratios[stop.service_id].append(ratio)
    return {
        str(service): [round(value, 3) for value in quantiles(found, n=10, method="inclusive")]
        for service, found in ratios.items()
        if len(found) >= ENOUGH
    }


def _measure_absent(location: Location, now: datetime) -> float:
    past = Appointment.objects.filter(location=location, start__gte=now - WEEKS, start__lt=now)
    counts = past.aggregate(
        came=Count("pk", filter=Q(state=AppointmentState.HONOURED)),
        absent=Count("pk", filter=Q(state=AppointmentState.NO_SHOW)),
    )
    total = counts["came"] + counts["absent"]
    return counts["absent"] / total if total >= ENOUGH else USUALLY_ABSENT
