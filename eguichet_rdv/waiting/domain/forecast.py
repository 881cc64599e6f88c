"""How long somebody will wait: the open counters serve the line on paper, many times, with recent durations."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from django.core.cache import cache
from django.db.models import Sum

from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.scheduling.models import AppointmentItem
from eguichet_rdv.townhall.models import Counter, Location
from eguichet_rdv.waiting.domain.handling import Handling, read_handling
from eguichet_rdv.waiting.domain.order import Rules
from eguichet_rdv.waiting.domain.pace import USUAL_PACE, Pace, read_pace
from eguichet_rdv.waiting.domain.play import Desk, Person, play
from eguichet_rdv.waiting.enums import AT_COUNTER, SessionState, StopState
from eguichet_rdv.waiting.models import CounterSession, Stop, StopItem

RUNS = 24
LOW, HIGH = 0.15, 0.85
"""Of the runs, so many give less than the range shown, and so many no more than its end."""
STEP = 5
KEPT_SECONDS = 10
"""A look at the hall serves all questions of so many seconds in one process."""
USUALLY_EARLY = 300.0
"""Seconds before their hour at which people with an appointment are expected."""
LOOK_AHEAD = timedelta(hours=2)
NOBODY = 2**62
"""Key of somebody who has none yet: of two with the same hours, after whoever is here."""
DEFAULT_LENGTH = 600.0
"""Seconds for somebody sent on without a procedure."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A range of minutes until the call, in steps of five."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Hall:
    """What decides the waits at a place: the line, who is expected, the counters that call, how fast they are."""

    at: float
    people: tuple[Person, ...]
    expected: tuple[Person, ...]
    services: Mapping[int, int]
    """Key of a person → service."""
    desks: tuple[Desk, ...]
    handling: Handling
    """Of the open counters."""
    pace: Pace
    patience: float
    """Seconds, as ``order.in_turn`` wants it."""


def estimate_wait(stop: Stop, *, now: datetime) -> Wait | None:
    """How long until somebody in the line is called; None while no open counter can serve them."""
    hall = see_hall(stop.location, now)
    return _estimate(hall, _find(hall, stop), stop.service_id, now)


def count_ahead(stop: Stop, *, now: datetime) -> int:
    """How many people with a smaller place wait for a counter that can serve somebody in the line too.

    A closed counter counts only for whom no open one can serve.
    """
    hall = see_hall(stop.location, now)
    calling = {desk.counter for desk in hall.desks}
    # The line is read anew: a phone asks at the very instant somebody is called, and not again if nothing happens.
    hall = replace(
        hall, handling=read_handling(Counter.objects.filter(location=stop.location_id).values_list("pk", flat=True))
    )
    hall = replace(hall, people=_list_people(hall, stop.location)[0])
    person = _find(hall, stop)
    counters = (person.counters & calling) or person.counters
    return sum(not counters.isdisjoint(one.counters) for one in _list_ahead(hall, person))


def estimate_arrival(stop: Stop, items: Mapping[int, int], *, now: datetime) -> Wait | None:
    """The same for a stop not yet written; ``items`` says procedure → minutes."""
    hall = see_hall(stop.location, now)
    return _estimate(hall, _describe(hall, stop, items), stop.service_id, now)


def estimate_services(location: Location, *, now: datetime) -> dict[int, Wait]:
    """Service → how long somebody without appointment who came now would wait; services no counter serves left out."""
    hall = see_hall(location, now)
    due = Rules.of(location).due_at(None, now).timestamp()
    found: dict[int, Wait] = {}
    for service, counters in hall.handling.services.items():
        person = Person(NOBODY, due, now.timestamp(), None, DEFAULT_LENGTH, counters)
        wait = _estimate(hall, person, service, now)
        if wait:
            found[service] = wait
    return found


def _find(hall: Hall, stop: Stop) -> Person:
    known = next((person for person in hall.people if person.key == stop.pk), None)
    if known is None:  # came a moment after the last look
        items = StopItem.objects.filter(stop=stop).values_list("procedure_id", "minutes")
        known = _describe(hall, stop, dict(items))
    return known


def _list_ahead(hall: Hall, person: Person) -> list[Person]:
    return [one for one in hall.people if one.place < person.place and one.key != person.key]


def see_hall(location: Location, now: datetime) -> Hall:
    """The place as it is, or was a few seconds ago."""
    key = f"hall-{location.pk}"
    kept: Hall | None = cache.get(key)
    if kept is not None and 0 <= now.timestamp() - kept.at <= KEPT_SECONDS:
        return kept
    hall = _look(location, now)
    cache.set(key, hall, KEPT_SECONDS)
    return hall


def _look(location: Location, now: datetime) -> Hall:
    sitting = CounterSession.objects.filter(counter__location=location, state=SessionState.OPEN)
    counters = frozenset(sitting.values_list("counter_id", flat=True))
    patience = Rules.of(location).patience.total_seconds()
    if not counters:
        return Hall(now.timestamp(), (), (), {}, (), Handling(), USUAL_PACE, patience)
    pace = read_pace(location)
    desks = _list_desks(counters, pace, now)
    hall = Hall(now.timestamp(), (), (), {}, desks, read_handling(counters), pace, patience)
    people, services = _list_people(hall, location)
    expected, of_expected = _list_expected(hall, location, now)
    return replace(hall, people=people, expected=expected, services={**services, **of_expected})


def _list_desks(counters: frozenset[int], pace: Pace, now: datetime) -> tuple[Desk, ...]:
    """When each counter is expected to be free: the middle of what its visitor's service takes, from the call on."""
    free = dict.fromkeys(counters, now.timestamp())
    busy = (
        Stop.objects.filter(counter__in=counters, state__in=AT_COUNTER)
        .annotate(minutes=Sum("items__minutes"))
        .values_list("counter_id", "called_at", "service_id", "minutes")
    )
    for counter, called_at, service, minutes in busy:
        length = minutes * 60 if minutes else DEFAULT_LENGTH
        ends = (called_at or now).timestamp() + length * pace.middle(service)
        free[counter] = max(ends, free[counter] + 60)
    return tuple(Desk(counter, at) for counter, at in free.items())


def _list_people(hall: Hall, location: Location) -> tuple[tuple[Person, ...], dict[int, int]]:
    rows = Stop.objects.filter(location=location, state=StopState.WAITING).values_list(
        *("pk", "service_id", "due_at", "arrived_at", "booked_at", "only_counter_id"),
        *("items__procedure_id", "items__minutes", "ticket__appointment__reservations__counter_id"),
    )
    stops: dict[int, Stop] = {}
    items: dict[int, dict[int, int]] = defaultdict(dict)
    booked: dict[int, set[int]] = defaultdict(set)
    for pk, service, due_at, arrived_at, booked_at, only, procedure, minutes, counter in rows:
        stops[pk] = Stop(
            pk=pk, service_id=service, due_at=due_at, arrived_at=arrived_at, booked_at=booked_at, only_counter_id=only
        )
        if procedure:
            items[pk][procedure] = minutes
        if counter:
            booked[pk].add(counter)
    people = tuple(_describe(hall, stop, items[pk], frozenset(booked[pk])) for pk, stop in stops.items())
    return people, {pk: stop.service_id for pk, stop in stops.items()}


def _describe(
    hall: Hall, stop: Stop, items: Mapping[int, int], booked_at_counters: frozenset[int] = frozenset()
) -> Person:
    return Person(
        stop.pk or NOBODY,
        stop.due_at.timestamp(),
        stop.arrived_at.timestamp(),
        stop.booked_at.timestamp() if stop.booked_at else None,
        sum(items.values()) * 60 if items else DEFAULT_LENGTH,
        hall.handling.able(stop.service_id, items, stop.only_counter_id),
        booked_at_counters,
    )


def _list_expected(hall: Hall, location: Location, now: datetime) -> tuple[tuple[Person, ...], dict[int, int]]:
    """People with an appointment who are not here yet; their keys are above ``NOBODY``."""
    rows = AppointmentItem.objects.filter(
        appointment__location=location,
        appointment__state=AppointmentState.CONFIRMED,
        appointment__ticket=None,
        appointment__start__gte=now - location.tolerance,
        appointment__start__lt=now + LOOK_AHEAD,
    ).values_list("appointment_id", "appointment__start", "procedure_id", "minutes", "procedure__service_id")
    found: dict[int, Person] = {}
    services: dict[int, int] = {}
    for appointment, start, procedure, minutes, service in rows:
        key = NOBODY + appointment
        hour = start.timestamp()
        arrives = max(hour - USUALLY_EARLY, hall.at)
        able = hall.handling.able(service, (procedure,))
        if key in found:
            first = found[key]
            found[key] = Person(key, hour, arrives, hour, first.length + minutes * 60, first.counters & able)
        else:
            found[key] = Person(key, hour, arrives, hour, minutes * 60, able)
            services[key] = service
    return tuple(found.values()), services


def _estimate(hall: Hall, person: Person, service: int, now: datetime) -> Wait | None:
    """The range in which most runs end."""
    if not person.counters:
        return None
    ahead = _list_ahead(hall, person)
    coming = [one for one in hall.expected if one.place < person.place]
    start = now.timestamp()
    # The same question gives the same answer until something has happened: the numbers on a phone do not flicker.
    random = Random(person.key)  # noqa: S311 - no secret
    waits = []
    for _run in range(RUNS):
        shown = [one for one in coming if random.random() >= hall.pace.absent]
        line = [*ahead, *shown, person]
        takes = _draw(hall, service, random)
        called = play(line, hall.desks, takes=takes, patience=hall.patience, until=person.key)
        waits.append(max(called[person.key] - start, 0.0))
    waits.sort()
    low = int(waits[int(LOW * RUNS)] / 60) // STEP * STEP
    high = -(-int(waits[int(HIGH * RUNS)] / 60 + 1) // STEP) * STEP
    return Wait(low, max(high, low + STEP))


def _draw(hall: Hall, service: int, random: Random) -> Callable[[Person], float]:
    def takes(person: Person) -> float:
        return person.length * hall.pace.draw(hall.services.get(person.key, service), random)

    return takes
