"""Take back what was pressed by mistake, for ten seconds."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from eguichet_rdv.common.prepared import Prepared
from eguichet_rdv.ledger.domain.intents import finish_intent, open_intent
from eguichet_rdv.scheduling.enums import AppointmentEventKind, AppointmentState
from eguichet_rdv.waiting.domain.board import show_call, tell_desks
from eguichet_rdv.waiting.domain.call import lock_turn
from eguichet_rdv.waiting.domain.orders import read_stop, record_order
from eguichet_rdv.waiting.domain.refusals import StopChanged, TooLateToUndo
from eguichet_rdv.waiting.domain.serve import change_state, write_history
from eguichet_rdv.waiting.enums import SessionState, StopEventKind, StopState
from eguichet_rdv.waiting.models import CounterSession, Stop, StopEvent, StopItem

OFFERED = timedelta(seconds=10)
ON_THE_WAY = timedelta(seconds=3)
"""A press in the last second must still arrive in time."""

LAST_ORDER = Prepared(
    lambda location, clerk, counter, since: StopEvent.objects.filter(
        location=location, clerk=clerk, counter=counter, at__gte=since
    ).order_by("-id")[:1],
    int,
    int,
    int,
    datetime,
)
NUMBERED = Prepared(lambda stop: Stop.objects.filter(pk=stop).select_related("ticket__number").order_by(), int)


def find_undoable(session: CounterSession, now: datetime, known: Stop | None = None) -> StopEvent | None:
    """The last thing this clerk did here, if it may be taken back at ``now``; ``known`` is not read once more."""
    last = _last_order(session, now - OFFERED)
    if last:
        last.stop = known if known and known.pk == last.stop_id else NUMBERED(last.stop_id)[0]
    return last


def undo(session: CounterSession, event: int, *, intent: UUID, now: datetime) -> Stop:
    """Take back the order that wrote ``event`` (an id); returns the person as they are again.

    Raises ``TooLateToUndo`` after ten seconds, when it was not the clerk's last order or they have left the counter,
    ``StopChanged`` when somebody else has gone on with the person meanwhile.
    """
    with transaction.atomic():
        opened = open_intent(intent, "undo", {"session": session.pk, "event": event})
        if opened.result:
            return Stop.objects.get(pk=opened.result)
        lock_turn(session.counter.location_id)  # nobody comes back to a counter that closes at this instant
        still_here = CounterSession.objects.filter(pk=session.pk).exclude(state=SessionState.CLOSED).exists()
        last = _last_order(session, now - OFFERED - ON_THE_WAY)
        if not still_here or last is None or last.pk != event:
            raise TooLateToUndo
        stop = read_stop(last.stop)
        try:
            with transaction.atomic():
                _TAKE_BACK[StopEventKind(last.kind)](session, stop, last, intent, now)
        except IntegrityError as error:  # the place in the line, or at the counter, is somebody else's by now
            raise StopChanged(number=str(stop.ticket.number)) from error
        finish_intent(opened, str(stop.pk))
        return read_stop(stop)


def _last_order(session: CounterSession, since: datetime) -> StopEvent | None:
    counter = session.counter
    last = next(iter(LAST_ORDER(counter.location_id, session.clerk_id, counter.pk, since)), None)
    return last if last and last.kind in _TAKE_BACK else None


def _take_back_call(session: CounterSession, stop: Stop, _order: StopEvent, intent: UUID, now: datetime) -> None:
    _change(stop, StopState.CALLED, state=StopState.WAITING, counter=None, called_at=None, calls=0)
    record_order(session, stop, StopEventKind.WITHDRAWN, intent, now)
    show_call(read_stop(stop), "withdraw", at=now)


def _take_back_end(session: CounterSession, stop: Stop, _order: StopEvent, intent: UUID, now: datetime) -> None:
    """At the counter again: the next counter of the visit waits again, the appointment is not over."""
    ticket = stop.ticket
    # A visit waits at one place only: whoever of it waits now began to when this stop ended.
    Stop.objects.filter(ticket=ticket, state=StopState.WAITING).update(state=StopState.PLANNED)
    _back_to_counter(stop, stop.counter_id)
    # What nobody had planned was written down when they finished.
    items = StopItem.objects.filter(stop=stop)
    items.filter(minutes=0).delete()
    items.update(done=None)
    appointment = ticket.appointment
    if appointment and change_state(appointment, AppointmentState.HONOURED, AppointmentState.CONFIRMED):
        # Its guard stays deleted: nobody who is being served needs to be kept from booking the next visit.
        write_history(session, appointment, AppointmentEventKind.CORRECTED, intent, now)
    record_order(session, stop, StopEventKind.UNDONE, intent, now)
    tell_desks(stop.location_id, stop.ticket_id)


def _take_back_transfer(session: CounterSession, stop: Stop, order: StopEvent, intent: UUID, now: datetime) -> None:
    # As long as nobody has called them there, nothing has happened at the new place. Locked first: a call at the same
    # instant has them already, or finds nobody.
    following = Stop.objects.filter(ticket=stop.ticket_id, position__gt=stop.position, state=StopState.WAITING, calls=0)
    uncalled = list(following.select_for_update().values_list("pk", flat=True))
    Stop.objects.filter(pk__in=uncalled, events=None).delete()
    _back_to_counter(stop, order.counter_id)
    record_order(session, stop, StopEventKind.UNDONE, intent, now)
    tell_desks(stop.location_id, stop.ticket_id)


def _take_back_absence(session: CounterSession, stop: Stop, _order: StopEvent, intent: UUID, now: datetime) -> None:
    _change(stop, StopState.NO_SHOW, state=StopState.CALLED, ended_at=None)
    record_order(session, stop, StopEventKind.UNDONE, intent, now)
    # Under its old hour: screens show it again, without the gong.
    show_call(read_stop(stop), "recall")


def _take_back_leaving(session: CounterSession, stop: Stop, order: StopEvent, intent: UUID, now: datetime) -> None:
    _change(stop, StopState.LEFT, state=StopState(order.reason), ended_at=None)
    record_order(session, stop, StopEventKind.UNDONE, intent, now)
    tell_desks(stop.location_id, stop.ticket_id)


def _back_to_counter(stop: Stop, counter: int | None) -> None:
    state = StopState.SERVING if stop.serving_at else StopState.CALLED
    _change(stop, StopState.DONE, state=state, counter=counter, ended_at=None)


def _change(stop: Stop, before: StopState, **changes: object) -> None:
    if not Stop.objects.filter(pk=stop.pk, state=before).update(**changes):
        raise StopChanged(number=str(stop.ticket.number))


_TAKE_BACK: Mapping[StopEventKind, Callable[[CounterSession, Stop, StopEvent, UUID, datetime], None]] = {
    StopEventKind.CALLED: _take_back_call,
    StopEventKind.FINISHED: _take_back_end,
    StopEventKind.NOT_SERVED: _take_back_end,
    StopEventKind.TRANSFERRED: _take_back_transfer,
    StopEventKind.NO_SHOW: _take_back_absence,
    StopEventKind.LEFT: _take_back_leaving,
}
