"""A clerk sits down at a counter, pauses, leaves."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from eguichet_rdv.accounts.models import User
from eguichet_rdv.common.prepared import Prepared
from eguichet_rdv.townhall.models import Counter
from eguichet_rdv.waiting.domain.assistance import end_help
from eguichet_rdv.waiting.domain.board import tell_desks
from eguichet_rdv.waiting.domain.call import lock_turn
from eguichet_rdv.waiting.domain.line import servable_at
from eguichet_rdv.waiting.domain.refusals import CounterBusy, CounterTaken
from eguichet_rdv.waiting.enums import AT_COUNTER, LIVE, SessionState, StopState
from eguichet_rdv.waiting.models import CounterSession, Stop

EXPECTED = (StopState.WAITING, StopState.PARKED, StopState.PLANNED)
SITTING = Prepared(
    lambda clerk: (
        CounterSession.objects.filter(clerk=clerk)
        .exclude(state=SessionState.CLOSED)
        .select_related("counter__location", "counter__zone")
        .order_by()
    ),
    int,
)
"""By the id of a clerk: where they sit now."""


@transaction.atomic
def open_session(counter: Counter, clerk: User, *, now: datetime, take_over: bool = False) -> CounterSession:
    """Sit down at ``counter``; leaving another one first. Raises ``CounterTaken`` unless taking over was agreed to.

    Raises ``CounterBusy`` when the clerk still has somebody at the counter they would leave.
    """
    User.objects.select_for_update(no_key=True).get(pk=clerk.pk)  # one who sits down in two windows at once
    sitting = CounterSession.objects.filter(clerk=clerk).exclude(state=SessionState.CLOSED)
    left = sitting.values_list("counter__location", flat=True)
    for place in sorted({counter.location_id, *left}):  # two who change places at once lock both in the same order
        lock_turn(place)
    mine = sitting.first()
    if mine and mine.counter_id == counter.pk:
        return mine
    theirs = CounterSession.objects.filter(counter=counter).exclude(state=SessionState.CLOSED)
    other = theirs.select_related("clerk").first()
    if other and not take_over:
        raise CounterTaken(other.clerk)
    if mine:
        close_session(mine, now=now)
    if theirs.update(state=SessionState.CLOSED, closed_at=now):
        end_help(counter.pk, counter.location_id, now=now)
    session = CounterSession.objects.create(counter=counter, clerk=clerk, opened_at=now)
    tell_desks(counter.location_id)
    return session


def pause_session(session: CounterSession) -> None:
    """Nobody can be called; the counter no longer counts in estimates."""
    _set_state(session, SessionState.PAUSED)


def announce_last(session: CounterSession) -> None:
    """Whoever is at the counter is the last one: nobody is called any more, and the line is planned without it."""
    _set_state(session, SessionState.LAST)


def resume_session(session: CounterSession) -> None:
    """Go on after a pause, or in spite of the last visitor."""
    _set_state(session, SessionState.OPEN)


@transaction.atomic
def close_session(session: CounterSession, *, now: datetime) -> None:
    """Leave; raises ``CounterBusy`` while somebody is at the counter."""
    lock_turn(session.counter.location_id)  # nobody is called meanwhile, from another window, to a counter that closes
    busy = (
        Stop.objects.filter(counter=session.counter_id, state__in=AT_COUNTER).select_related("ticket__number").first()
    )
    if busy:
        raise CounterBusy(number=str(busy.ticket.number))
    rows = CounterSession.objects.filter(pk=session.pk).exclude(state=SessionState.CLOSED)
    if rows.update(state=SessionState.CLOSED, closed_at=now):
        end_help(session.counter_id, session.counter.location_id, now=now)
        tell_desks(session.counter.location_id)


def find_left_over(session: CounterSession) -> list[Stop]:
    """Whom nobody could call any more if this counter closed: who waits for it, or comes to it after another counter."""
    others = Counter.objects.filter(
        location=session.counter.location_id, sessions__state__in=(SessionState.OPEN, SessionState.PAUSED)
    ).exclude(pk=session.counter_id)
    left = servable_at(session.counter, EXPECTED).select_related("ticket__number")
    for other in others:
        left = left.exclude(pk__in=servable_at(other, EXPECTED).order_by().values("pk"))
    here = Stop.objects.filter(ticket=OuterRef("ticket"), state__in=LIVE)
    return list(left.exclude(~Exists(here), state=StopState.PLANNED))


def _set_state(session: CounterSession, state: SessionState) -> None:
    with transaction.atomic():
        rows = CounterSession.objects.filter(pk=session.pk).exclude(state=SessionState.CLOSED)
        rows.update(state=state)
        tell_desks(session.counter.location_id)


def find_session(clerk: User) -> CounterSession | None:
    """Where the clerk sits now."""
    session = next(iter(SITTING(clerk.pk)), None)
    if session:
        session.clerk = clerk
    return session
