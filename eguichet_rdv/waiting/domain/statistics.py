"""The days of a place in figures: waits by kind of visitor, absences, and how near the forecasts came."""

from collections import Counter as Tally
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from eguichet_rdv.townhall.models import Location
from eguichet_rdv.waiting.domain.forecast_error import ForecastError, measure_errors
from eguichet_rdv.waiting.domain.past_calls import read_calls
from eguichet_rdv.waiting.domain.service_level import Kind, Level, Visit, measure_level
from eguichet_rdv.waiting.enums import StopState
from eguichet_rdv.waiting.models import Stop, StopEvent


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One day. ``levels`` has the kinds of visitors that came, ``error`` is None when nobody was told a wait."""

    date: date
    called: int
    absent: int
    levels: dict[Kind, Level]
    error: ForecastError | None

    @property
    def on_time(self) -> Level | None:
        """People with an appointment who came on time."""
        return self.levels.get(Kind.ON_TIME)

    @property
    def walk_in(self) -> Level | None:
        """People without appointment."""
        return self.levels.get(Kind.WALK_IN)


def measure_days(location: Location, first: date, last: date) -> list[DayFigures]:
    """One entry per day on which somebody was called, the latest first; in three queries.

    Only the first counter of a visit counts: what comes after it is not a wait for the hour.
    """
    visits = _list_visits(location, first, last)
    absent = Tally(
        Stop.objects.filter(
            location=location, position=0, state=StopState.NO_SHOW, ticket__date__range=(first, last)
        ).values_list("ticket__date", flat=True)
    )
    errors = {error.date: error for error in measure_errors(location, first, last)}
    return [
        DayFigures(
            day,
            len(found),
            absent[day],
            {level.kind: level for level in measure_level(found)},
            errors.get(day),
        )
        for day, found in sorted(visits.items(), reverse=True)
    ]


def _list_visits(location: Location, first: date, last: date) -> dict[date, list[Visit]]:
    events = StopEvent.objects.filter(location=location, stop__position=0, stop__ticket__date__range=(first, last))
    calls = read_calls(events, "at", "stop__arrived_at", "stop__booked_at", "stop__ticket__date")
    found: dict[date, list[Visit]] = defaultdict(list)
    for (at, arrived, booked, day), *_later in calls.values():
        found[day].append(Visit(arrived, at, booked, location.tolerance))
    return found
