"""Call somebody to a counter: each person once, in order, whatever clerks do at the same instant."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.utils.translation import gettext as _

from eguichet_rdv.common.prepared import Prepared, insert_row, update_row
from eguichet_rdv.ledger.domain.intents import finish_intent, open_intent
from eguichet_rdv.townhall.models import Counter
from eguichet_rdv.waiting.domain.board import show_call
from eguichet_rdv.waiting.domain.line import next_due, order_at, place_at, say_reason, servable_at
from eguichet_rdv.waiting.domain.refusals import CounterBusy, NotHandledHere, SessionNotOpen, StopChanged
from eguichet_rdv.waiting.enums import AT_COUNTER, SessionState, StopEventKind, StopState
from eguichet_rdv.waiting.models import CallTurn, CounterSession, Stop, StopEvent

TURN = Prepared(
    lambda location: CallTurn.objects.filter(pk=location).select_for_update(no_key=True).order_by(),
    int,
)
STILL_OPEN = Prepared(
    lambda session: (
        CounterSession.objects.filter(pk=session, state=SessionState.OPEN)
        .only("pk")
        .annotate(
            standing=Subquery(
                Stop.objects.filter(counter=OuterRef("counter"), state__in=AT_COUNTER).order_by().values("pk")[:1]
            )
        )
        .order_by()
    ),
    int,
)
"""The session unless it was closed, and who stands at its counter."""


def _line_of(counter: int, location: int) -> QuerySet[Stop]:
    return (
        servable_at(Counter(pk=counter, location_id=location))
        .only("location", "due_at", "arrived_at", "booked_at", "back_at", "priority")
        .annotate(minutes=Sum("items__minutes", default=0))
    )


IN_LINE = Prepared(_line_of, int, int)
"""By the ids of a counter and its place: whom it can serve, and for how many minutes."""
HEAD = Prepared(lambda counter, location: _line_of(counter, location)[:1], int, int)
"""The first of them."""
WHOLE_STOP = Prepared(
    lambda pk: (
        Stop.objects.filter(pk=pk).select_related("ticket__number", "ticket__appointment__visitor", "zone").order_by()
    ),
    int,
)


@dataclass(frozen=True, slots=True)
class Called:
    """Who was called and why; nobody when nobody waits whom this counter can serve."""

    stop: Stop | None
    reason: str


@transaction.atomic
def call_next(session: CounterSession, *, intent: UUID, now: datetime) -> Called:
    """Call the person whose turn it is at this counter; the same ``intent`` again gives the same person.

    Raises ``SessionNotOpen``, or ``CounterBusy`` while somebody is at the counter. One call at a time per place: the
    turn is locked, and nobody in the line is skipped because somebody else has their row open.
    """
    opened = open_intent(intent, "call_next", {"session": session.pk})
    if opened.result:
        stop = _read(int(opened.result), session)
        return Called(stop, say_reason(stop, now))
    counter = _take_turn(session)
    for stop, passes in _in_order(session, now):
        reason = say_reason(stop, now)
        if passes:
            reason += " " + _("Whoever waits before without appointment would take too long until then.")
        called = call_to(stop, session, now=now, intent=intent, reason=reason)
        if called:
            finish_intent(opened, str(stop.pk))
            return Called(called, reason)
    return Called(None, _("Nobody is waiting for counter %(counter)s.") % {"counter": counter})


@transaction.atomic
def call_stop(session: CounterSession, stop: Stop, reason: str, *, intent: UUID, now: datetime) -> Called:
    """Call one chosen person, with a reason that stays in the history."""
    opened = open_intent(intent, "call_stop", {"session": session.pk, "stop": stop.pk})
    if opened.result:
        return Called(_read(stop.pk, session), reason)
    _take_turn(session)
    if not servable_at(session.counter).filter(pk=stop.pk).exists():
        fresh = _read(stop.pk, session)
        refusal = NotHandledHere if fresh.state == StopState.WAITING else StopChanged
        raise refusal(number=str(fresh.ticket.number))
    called = call_to(stop, session, now=now, intent=intent, reason=reason)
    if called is None:
        raise StopChanged(number=str(stop.ticket.number))
    finish_intent(opened, str(stop.pk))
    return Called(called, reason)


def call_to(stop: Stop, session: CounterSession, *, now: datetime, intent: UUID, reason: str) -> Stop | None:
    """Write the call and return it; nothing when the person is no longer waiting (they may just have cancelled)."""
    changed = update_row(
        Stop,
        {"id": stop.pk, "state": StopState.WAITING},
        state=StopState.CALLED,
        counter_id=session.counter_id,
        called_at=now,
        serving_at=None,
        calls=1,
    )
    if not changed:
        return None
    insert_row(
        StopEvent(
            stop=stop,
            location_id=stop.location_id,
            kind=StopEventKind.CALLED,
            at=now,
            counter_id=session.counter_id,
            clerk_id=session.clerk_id,
            intent=intent,
            reason=reason[:200],
        )
    )
    called = _read(stop.pk, session)
    show_call(called, "call")
    return called


def lock_turn(location: int) -> None:
    """Until the end of the transaction nobody else at this place calls, sits down, leaves or takes an order back."""
    if not TURN(location):
        CallTurn.objects.bulk_create([CallTurn(location_id=location)], ignore_conflicts=True)
        TURN(location)


def _take_turn(session: CounterSession) -> str:
    """Lock the turn of the place, then look whether this counter may call; returns the counter's name."""
    lock_turn(session.counter.location_id)
    still_open = STILL_OPEN(session.pk)
    if not still_open:
        raise SessionNotOpen
    standing = still_open[0].standing  # type: ignore[attr-defined]
    if standing:
        raise CounterBusy(number=str(WHOLE_STOP(standing)[0].ticket.number))
    return session.counter.name


def _in_order(session: CounterSession, now: datetime) -> Iterator[tuple[Stop, bool]]:
    """The line as this counter calls it, and whether somebody is called before those who would take too long."""
    counter = session.counter
    ids = (counter.pk, counter.location_id)
    head = HEAD(*ids)
    if not head:
        return
    due = next_due(counter) if head[0].booked_at is None else None
    if due is None:  # nobody comes before the first: the rest, which may be long, is read only if they have left
        head[0].location = counter.location
        yield head[0], False
    stops = IN_LINE(*ids)
    if due is None and any(stop.booked_at is None for stop in stops):
        due = next_due(counter)
    minutes = {stop.pk: timedelta(minutes=stop.minutes) for stop in stops}  # type: ignore[attr-defined]
    for stop in order_at(counter, stops, due, now=now, length=lambda one: minutes[one.pk]):
        stop.location = counter.location
        yield stop, stop.booked_at is not None and stop.pk != stops[0].pk and stops[0].booked_at is None


def _read(pk: int, session: CounterSession) -> Stop:
    return place_at(WHOLE_STOP(pk)[0], session)
