"""What must be true after the day, whatever happened; each broken promise is one sentence."""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from django.db.models import Sum

from eguichet_rdv.demo.simulation.diary import Diary
from eguichet_rdv.scheduling.domain.agenda import check_agenda, orphans
from eguichet_rdv.townhall.models import Counter, Location
from eguichet_rdv.waiting.domain.handling import read_handling
from eguichet_rdv.waiting.domain.order import Rules, in_turn
from eguichet_rdv.waiting.enums import StopEventKind, StopState
from eguichet_rdv.waiting.models import Stop, StopEvent, Ticket


@dataclass(frozen=True, slots=True)
class Waited:
    """One stop with what decides its place. ``call`` is the number of its first call's event, growing in the order of the calls."""

    pk: int
    number: str
    due_at: datetime
    arrived_at: datetime
    booked_at: datetime | None
    length: timedelta
    counters: frozenset[int]
    booked_at_counters: frozenset[int]
    call: int
    called_at: datetime
    counter: int


def judge_day(location: Location, day: date, diary: Diary, *, blur: timedelta) -> list[str]:
    """Everything broken.

    ``blur`` is how long the slowest request took on the simulated clock: of an arrival and a call so near each other
    either may have come first, whatever hour their requests began at.
    """
    waited = list_waited(location, day)
    return [
        *diary.faults,
        *judge_arrivals(location, day, diary),
        *judge_ends(location, day),
        *judge_calls(location, day, blur=blur),
        *judge_order(waited, patience=Rules.of(location).patience, blur=blur),
        *judge_agenda(),
    ]


def judge_arrivals(location: Location, day: date, diary: Diary) -> Iterator[str]:
    """Every number told to somebody is one ticket, of the appointment they came for; there are no others."""
    tickets = Ticket.objects.filter(location=location, date=day).select_related("number", "appointment")
    known = {str(ticket.number): ticket.appointment.reference if ticket.appointment else "" for ticket in tickets}
    for number, reference in diary.tickets.items():
        if number not in known:
            yield f"{number} was acknowledged and is lost"
        elif known[number] != reference:
            yield f"{number} was given for {reference} and belongs to {known[number]}"
    for number in known.keys() - diary.tickets.keys():
        yield f"{number} exists and was never acknowledged"


def judge_ends(location: Location, day: date) -> Iterator[str]:
    """Nobody is left in the house."""
    over = (StopState.DONE, StopState.NO_SHOW)
    for stop in Stop.objects.filter(location=location, ticket__date=day).exclude(state__in=over):
        yield f"stop {stop.pk} ended as {stop.state}"


def judge_calls(location: Location, day: date, *, blur: timedelta) -> Iterator[str]:
    """Nobody is called twice, before they came, or to a counter where somebody still is."""
    events = StopEvent.objects.filter(location=location, stop__ticket__date=day)
    calls = Tally(events.filter(kind=StopEventKind.CALLED).values_list("stop_id", flat=True))
    for stop, count in calls.items():
        if count > 1:
            yield f"stop {stop} was called {count} times"
    first_calls = dict(events.filter(kind=StopEventKind.CALLED).order_by("-pk").values_list("stop_id", "at"))
    at_counter: dict[int, list[tuple[datetime, datetime, int]]] = defaultdict(list)
    for row in Stop.objects.filter(location=location, ticket__date=day, counter__isnull=False):
        called = first_calls.get(row.pk)
        if called and called < row.arrived_at - blur:
            yield f"stop {row.pk} was called before they came"
        if called and row.ended_at and row.counter_id:
            at_counter[row.counter_id].append((called, row.ended_at, row.pk))
    for visits in at_counter.values():
        for (_called, ended, pk), (next_called, _ended, next_pk) in pairwise(sorted(visits)):
            if next_called < ended:
                yield f"stop {next_pk} was called while stop {pk} was at the counter"


def judge_order(waited: Sequence[Waited], *, patience: timedelta, blur: timedelta) -> Iterator[str]:
    """At each call nobody who had the right to it was passed by, as ``order.in_turn`` says with this ``patience``.

    Calls of one place come one after the other, so the numbers of their events tell their order exactly.
    """
    by_place = sorted(waited, key=lambda one: (one.due_at, one.arrived_at, one.pk))
    for chosen in sorted(waited, key=lambda one: one.call):
        line = [
            one
            for one in by_place
            if one.call >= chosen.call and one.arrived_at <= chosen.called_at + blur and chosen.counter in one.counters
        ]
        seen = [one for one in line if one.arrived_at <= chosen.called_at - blur or one is chosen]
        passed = _first(seen, chosen, patience)
        if chosen not in {passed, _first(line, chosen, patience)}:
            yield f"{chosen.number} was called before {passed.number if passed else 'nobody'}"


def judge_agenda() -> Iterator[str]:
    """The projection is right and every reservation owns its cells."""
    # The day is in the future of the real clock.
    for difference in check_agenda(datetime.now().astimezone()):
        yield f"agenda of counter {difference.counter} on {difference.date}: {difference.what}"
    if lost := orphans():
        yield f"{lost} reservations do not own exactly their cells"


def judge_boards(boards: Iterable[tuple[str, set[tuple[int, str, str]], set[tuple[int, str, str]]]]) -> Iterator[str]:
    """Every screen ended with the calls of its last snapshot; each entry is a screen, what it shows, what is right."""
    for slug, shown, right in boards:
        if not right <= shown:
            yield f"{slug} does not show {sorted(right - shown)}"


def list_waited(location: Location, day: date) -> list[Waited]:
    """Everybody who was called."""
    handling = read_handling(Counter.objects.filter(location=location).values_list("pk", flat=True))
    calls = {
        stop: (pk, at, counter)
        for pk, stop, at, counter in StopEvent.objects.filter(
            location=location, stop__ticket__date=day, kind=StopEventKind.CALLED
        )
        .order_by("-pk")
        .values_list("pk", "stop_id", "at", "counter_id")
    }
    rows = Stop.objects.filter(location=location, pk__in=calls).select_related("ticket__number", "ticket__appointment")
    rows = rows.prefetch_related("items", "ticket__appointment__reservations")
    found = []
    for stop in rows.annotate(minutes=Sum("items__minutes", default=0)):
        pk, at, counter = calls[stop.pk]
        appointment = stop.ticket.appointment
        found.append(
            Waited(
                stop.pk,
                str(stop.ticket.number),
                stop.due_at,
                stop.arrived_at,
                stop.booked_at,
                timedelta(minutes=stop.minutes),
                handling.able(stop.service_id, [item.procedure_id for item in stop.items.all()]),
                frozenset(row.counter_id for row in appointment.reservations.all()) if appointment else frozenset(),
                pk,
                at,
                counter or 0,
            )
        )
    return found


def _first(line: Sequence[Waited], chosen: Waited, patience: timedelta) -> Waited | None:
    here = [one for one in line if chosen.counter in one.booked_at_counters and one.booked_at is not None]
    next_due = here[0].due_at if here else None
    turns = in_turn(line, now=chosen.called_at, next_due=next_due, length=lambda one: one.length, patience=patience)
    return next(turns, None)
