"""Who waits, in the order of calling, and who can be served where."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.common.prepared import Prepared, attach
from eguichet_rdv.townhall.models import Counter
from eguichet_rdv.waiting.domain.order import ORDER, Rules, in_turn
from eguichet_rdv.waiting.enums import AT_COUNTER, StopState
from eguichet_rdv.waiting.models import CounterSession, Stop, StopItem

AMBER = timedelta(minutes=15)
RED = timedelta(minutes=30)

AT_THIS_COUNTER = Prepared(
    lambda counter: (
        Stop.objects.filter(counter=counter, state__in=AT_COUNTER)
        .select_related("ticket__number", "ticket__appointment__visitor", "zone")
        .order_by()
    ),
    int,
)
ITEMS = Prepared(
    lambda stop: StopItem.objects.filter(stop=stop).select_related("procedure__service").order_by("pk"), int
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody in the line: how long since arrival, and a traffic light (green, amber, red) for how long overdue."""

    stop: Stop
    wait: timedelta
    light: str
    reason: str


def servable_at(counter: Counter, states: Collection[StopState] = (StopState.WAITING,)) -> QuerySet[Stop]:
    """Everybody waiting (or in one of ``states``) whom this counter can serve, in the order of calling.

    The service alone decides for who was sent on without saying for what; among the items of everybody else there is
    one of the stop's service. Asking « has it items? » instead makes PostgreSQL read the items of all past visits.
    """
    handled = Procedure.objects.filter(counters=counter)
    beyond = StopItem.objects.filter(stop=OuterRef("pk")).exclude(procedure__in=handled.values("pk"))
    can = Q(service__in=handled.values("service")) & ~Exists(beyond)
    return (
        Stop.objects.filter(can, location=counter.location_id, state__in=states)
        .filter(Q(only_counter=None) | Q(only_counter=counter.pk))
        .order_by(*ORDER)
    )


STANDING_HERE = Prepared(
    lambda counter, location: (
        servable_at(Counter(pk=counter, location_id=location), (StopState.WAITING, StopState.PARKED))
        .select_related("ticket__number", "zone", "service", "location")
        .prefetch_related("items__procedure__service")
    ),
    int,
    int,
)
"""By the ids of a counter and its place."""


def standing_here(counter: Counter, now: datetime) -> tuple[list[Stop], list[Stop]]:
    """Whom this counter can serve, read once with all a list shows: those who wait as it calls them, those put aside."""
    stops = STANDING_HERE(counter.pk, counter.location_id)
    waiting = [stop for stop in stops if stop.state == StopState.WAITING]
    mixed = any(stop.booked_at for stop in waiting) and not all(stop.booked_at for stop in waiting)
    line = order_at(counter, waiting, next_due(counter) if mixed else None, now=now, length=_planned)
    return list(line), [stop for stop in stops if stop.state == StopState.PARKED]


NEXT_BOOKED = Prepared(
    lambda counter, location: (
        servable_at(Counter(pk=counter, location_id=location))
        .filter(booked_at__isnull=False, ticket__appointment__reservations__counter=counter)
        .only("due_at")[:1]
    ),
    int,
    int,
)
"""By the ids of a counter and its place."""


def next_due(counter: Counter) -> datetime | None:
    """When the next one here with an appointment at this counter is due."""
    return next((stop.due_at for stop in NEXT_BOOKED(counter.pk, counter.location_id)), None)


def order_at(
    counter: Counter, line: Sequence[Stop], due: datetime | None, *, now: datetime, length: Callable[[Stop], timedelta]
) -> Iterator[Stop]:
    """``line``, which is in ``ORDER``, as this counter calls it; ``due`` is its ``next_due``, ``length`` what is planned."""
    patience = Rules.of(counter.location).patience
    return in_turn(line, now=now, next_due=due, length=length, patience=patience)


def _planned(stop: Stop) -> timedelta:
    return timedelta(minutes=sum(item.minutes for item in stop.items.all()))


def describe_waiting(stop: Stop, now: datetime) -> Waiting:
    """How long somebody waits and why it is, or will be, their turn."""
    return Waiting(stop, now - stop.arrived_at, _light(stop, now), say_reason(stop, now))


def place_at(stop: Stop, session: CounterSession) -> Stop:
    """``stop`` with the place, and the counter if it is there, of ``session``: they need no reading."""
    counter = session.counter
    if stop.location_id == counter.location_id:
        stop.location = counter.location
    if stop.counter_id == counter.pk:
        stop.counter = counter
    return stop


def current_stop(session: CounterSession, called: Stop | None = None) -> Stop | None:
    """Who is called to, or served at, this counter; ``called``, who has just been, is not read once more."""
    if called and called.counter_id == session.counter_id and called.state == StopState.CALLED:
        found: Stop | None = called
    else:
        found = next((place_at(stop, session) for stop in AT_THIS_COUNTER(session.counter_id)), None)
    if found:
        attach(found, "items", ITEMS(found.pk))
    return found


def say_reason(stop: Stop, now: datetime) -> str:
    """Why it is this person's turn, in words."""
    reason = _say_turn(stop, now)
    if not stop.priority:
        return reason
    return reason + " " + _("Has priority: %(minutes)s minutes sooner.") % {"minutes": stop.priority}


def _say_turn(stop: Stop, now: datetime) -> str:
    local = stop.location.local
    if stop.back_at:
        back = f"{local(stop.back_at):%H:%M}"
        if stop.booked_at is None:
            return _("Without appointment, came back at %(back)s.") % {"back": back}
        return _("Appointment at %(booked)s, came back at %(back)s.") % {
            "booked": f"{local(stop.booked_at):%H:%M}",
            "back": back,
        }
    arrived = f"{local(stop.arrived_at):%H:%M}"
    if stop.booked_at is None:
        minutes = int((now - stop.arrived_at).total_seconds()) // 60
        return _("Without appointment, here since %(arrived)s (%(minutes)s min).") % {
            "arrived": arrived,
            "minutes": minutes,
        }
    facts = {"booked": f"{local(stop.booked_at):%H:%M}", "arrived": arrived}
    if stop.due_at + timedelta(minutes=stop.priority) > stop.booked_at:
        return _("Appointment at %(booked)s, arrived late at %(arrived)s.") % facts
    if stop.booked_at > now:
        return _("Appointment at %(booked)s, already here since %(arrived)s.") % facts
    return _("Appointment at %(booked)s, arrived at %(arrived)s.") % facts


def _light(stop: Stop, now: datetime) -> str:
    overdue = now - max(stop.due_at, stop.arrived_at)
    if overdue >= RED:
        return "red"
    return "amber" if overdue >= AMBER else "green"
