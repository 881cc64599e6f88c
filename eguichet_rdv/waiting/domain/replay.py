"""A day that has been, under other rules of calling: who would have waited how long. Nothing is written."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from eguichet_rdv.townhall.models import Counter, Location
from eguichet_rdv.waiting.domain.handling import read_handling
from eguichet_rdv.waiting.domain.order import Rules
from eguichet_rdv.waiting.domain.past_calls import read_calls, read_returns
from eguichet_rdv.waiting.domain.play import Desk, Person, play
from eguichet_rdv.waiting.domain.service_level import Visit
from eguichet_rdv.waiting.enums import StopState
from eguichet_rdv.waiting.models import CounterSession, Stop, StopEvent

LONGEST_SERVICE = timedelta(hours=3)
"""Beyond, somebody forgot to press « finish »."""
SHORTEST_SERVICE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Came:
    """Somebody's wait at one counter as it really was: from ``since``, when they came into this line, to their first call.

    ``took`` is how long they were at the counter after their last call: neither put aside nor absent before.
    """

    stop: Stop
    since: datetime
    called_at: datetime
    took: timedelta
    minutes: int
    counters: frozenset[int]
    booked_at_counters: frozenset[int]


@dataclass(frozen=True, slots=True)
class Past:
    """A day as it was. ``left_out`` counts those who were never called."""

    location: Location
    came: list[Came] = field(default_factory=list)
    desks: list[Desk] = field(default_factory=list)
    left_out: int = 0

    def visits(self) -> list[Visit]:
        """The waits as they were."""
        tolerance = self.location.tolerance
        return [Visit(one.since, one.called_at, one.stop.booked_at, tolerance) for one in self.came]


def read_day(location: Location, day: date) -> Past:
    """Everybody who was called on ``day`` and the hours in which counters were open."""
    events = StopEvent.objects.filter(location=location, stop__ticket__date=day)
    calls, returns = read_calls(events, "at", "counter_id"), read_returns(events)
    handling = read_handling(Counter.objects.filter(location=location).values_list("pk", flat=True))
    past = Past(location)
    ended: dict[int, datetime] = {}
    left_out = 0
    stops = Stop.objects.filter(location=location, ticket__date=day).exclude(state=StopState.PLANNED)
    rows = stops.select_related("ticket").prefetch_related("items", "ticket__appointment__reservations")
    # Who was sent on is served there before the counters planned after this one.
    for stop in sorted(rows, key=lambda one: (one.pk not in calls, calls.get(one.pk, [(one.arrived_at,)])[0][0])):
        if stop.pk not in calls:
            left_out += 1
            continue
        since = returns.get(stop.pk, ended.get(stop.ticket_id, stop.arrived_at))
        if stop.ended_at:
            ended[stop.ticket_id] = stop.ended_at
        procedures = {item.procedure_id: item.minutes for item in stop.items.all()}
        at, where = calls[stop.pk][0]
        last_at, _where = calls[stop.pk][-1]
        # Who really served them could: the counters may have been given other procedures since.
        counters = handling.able(stop.service_id, procedures, stop.only_counter_id) | ({where} if where else set())
        booked = {row.counter_id for row in _reservations_of(stop)}
        took = min(max((stop.ended_at or last_at) - last_at, SHORTEST_SERVICE), LONGEST_SERVICE)
        past.came.append(Came(stop, since, at, took, sum(procedures.values()), counters, frozenset(booked)))
    return Past(location, past.came, _list_desks(location, day), left_out)


def replay(past: Past, rules: Rules) -> list[Visit]:
    """The waits of the same people, served as fast by the same counters, called in the order of ``rules``.

    Counters call at once when they are free, so compare two replays rather than a replay with the day itself. Somebody
    sent on to a second counter gets there when they really did.
    """
    people = [_person(one, rules) for one in past.came]
    took = {one.stop.pk: one.took.total_seconds() for one in past.came}
    called = play(people, past.desks, takes=lambda person: took[person.key], patience=rules.patience.total_seconds())
    return [
        Visit(one.since, datetime.fromtimestamp(called[one.stop.pk], UTC), one.stop.booked_at, rules.tolerance)
        for one in past.came
        if one.stop.pk in called
    ]


def _person(one: Came, rules: Rules) -> Person:
    stop = one.stop
    due = rules.due_at(stop.booked_at, stop.arrived_at) - timedelta(minutes=stop.priority)
    return Person(
        stop.pk,
        due.timestamp(),
        one.since.timestamp(),
        stop.booked_at.timestamp() if stop.booked_at else None,
        one.minutes * 60,
        one.counters,
        one.booked_at_counters,
    )


def _list_desks(location: Location, day: date) -> list[Desk]:
    """The sessions of the day; one nobody closed ends with the last thing done at its counter."""
    last: dict[int, datetime] = {}
    events = StopEvent.objects.filter(location=location, stop__ticket__date=day, counter__isnull=False)
    for counter, at in events.order_by("at").values_list("counter_id", "at"):
        last[counter or 0] = at
    desks = []
    for session in CounterSession.objects.filter(counter__location=location).order_by("opened_at"):
        if location.local(session.opened_at).date() != day:
            continue
        closed = session.closed_at
        if closed is None or location.local(closed).date() != day:
            closed = last.get(session.counter_id, session.opened_at) + timedelta(minutes=1)
        desks.append(Desk(session.counter_id, session.opened_at.timestamp(), closed.timestamp()))
    return desks


def _reservations_of(stop: Stop) -> list[Any]:
    appointment = stop.ticket.appointment
    return list(appointment.reservations.all()) if appointment else []
