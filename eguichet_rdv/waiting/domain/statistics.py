"""The days of a place in figures: waits by kind of visitor, absences, and how near the forecasts came."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from eguichet_rdv.townhall.models import Location
from eguichet_rdv.waiting.domain.forecast_error import ForecastError, measure_errors
from eguichet_rdv.waiting.domain.past_calls import read_calls, read_returns
from eguichet_rdv.waiting.domain.presence import find_peaks
from eguichet_rdv.waiting.domain.service_level import GOAL, Kind, Level, Visit, measure_level
from eguichet_rdv.waiting.enums import StopEventKind, StopState
from eguichet_rdv.waiting.models import Stop, StopEvent


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One day. ``levels`` has the kinds of visitors that came, ``error`` is None when nobody was told a wait.

    ``absent`` were called, ``left`` were not; ``peak`` is the most persons present at once.
    """

    date: date
    called: int
    absent: int
    left: int
    peak: int
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


@dataclass(frozen=True, slots=True)
class _History:
    """By stop: ``calls``, ``returns`` into the line before them, and in which state somebody was who left."""

    calls: dict[int, list[tuple[Any, ...]]]
    returns: dict[int, datetime]
    leaving: dict[int, str]


def measure_days(location: Location, first: date, last: date, *, now: datetime) -> list[DayFigures]:
    """One entry per day on which somebody was called, waited in vain or left, the latest first; in six queries.

    Only the first counter of a visit counts: what comes after it is not a wait for the hour.
    """
    days: dict[date, list[Stop]] = defaultdict(list)
    stops = Stop.objects.filter(location=location, position=0, ticket__date__range=(first, last))
    facts = ("state", "arrived_at", "booked_at", "ended_at", "ticket__date")
    for stop in stops.select_related("ticket").only(*facts).order_by():
        days[stop.ticket.date].append(stop)
    events = StopEvent.objects.filter(location=location, stop__position=0, stop__ticket__date__range=(first, last))
    history = _History(read_calls(events, "at"), read_returns(events), _read_leaving(events))
    peaks = find_peaks(location, first, last)
    errors = {error.date: error for error in measure_errors(location, first, last)}
    found = []
    for day, came in sorted(days.items(), reverse=True):
        visits = _list_visits(location, day, came, history, now)
        left = sum(stop.state == StopState.LEFT and stop.pk not in history.calls for stop in came)
        if visits or left:
            levels = {level.kind: level for level in measure_level(visits)}
            absent = sum(stop.state == StopState.NO_SHOW for stop in came)
            called = sum(visit.called for visit in visits)
            found.append(DayFigures(day, called, absent, left, peaks[day], levels, errors.get(day)))
    return found


def _list_visits(location: Location, day: date, came: list[Stop], history: _History, now: datetime) -> list[Visit]:
    """The waits of a day; who waits still counts once that is longer than the goal."""
    calls = {stop.pk: history.calls[stop.pk][0][0] for stop in came if stop.pk in history.calls}
    # Whoever left without a word, and was found missing at night, may have waited so long.
    last = now if day == location.local(now).date() else max(calls.values(), default=None)
    visits = []
    for stop in came:
        since = history.returns.get(stop.pk, stop.arrived_at)
        # Who was put aside and never called waited for the rest of their own party.
        left = stop.state == StopState.LEFT and history.leaving.get(stop.pk) != StopState.PARKED
        until = calls.get(stop.pk) or _noted(location, day, stop.ended_at) or last or since
        visit = Visit(since, until, stop.booked_at, location.tolerance, called=stop.pk in calls)
        if visit.called or left or (stop.state == StopState.WAITING and visit.wait > GOAL):
            visits.append(visit)
    return visits


def _noted(location: Location, day: date, at: datetime | None) -> datetime | None:
    return at if at and location.local(at).date() == day else None


def _read_leaving(events: QuerySet[StopEvent]) -> dict[int, str]:
    return dict(events.filter(kind=StopEventKind.LEFT).order_by("pk").values_list("stop_id", "reason"))
