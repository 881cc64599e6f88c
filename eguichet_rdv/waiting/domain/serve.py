"""What a clerk does with somebody who was called: recall, serve, finish, park, absent, send on."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from eguichet_rdv.catalogue.models import Procedure, Service
from eguichet_rdv.common.prepared import Prepared
from eguichet_rdv.scheduling.enums import AppointmentEventKind, AppointmentState
from eguichet_rdv.scheduling.models import Appointment, AppointmentEvent, PersonGuard
from eguichet_rdv.townhall.models import Counter, WaitingZone
from eguichet_rdv.waiting.domain.board import show_call, tell_desks
from eguichet_rdv.waiting.domain.orders import LONGEST_NOTE, begin, read_stop, record_order
from eguichet_rdv.waiting.domain.refusals import NotHandledThere, NotYetAbsent
from eguichet_rdv.waiting.enums import AT_COUNTER, StopEventKind, StopState, UnservedReason
from eguichet_rdv.waiting.models import CounterSession, Stop, StopEvent, StopItem

CALLS = Prepared(
    lambda stop: StopEvent.objects.filter(stop=stop, kind__in=(StopEventKind.CALLED, StopEventKind.RECALLED)).order_by(
        "pk"
    ),
    int,
)


def recall(session: CounterSession, stop: Stop, *, intent: UUID, now: datetime) -> None:
    """Call the same person again."""
    with transaction.atomic():
        changes = {"calls": F("calls") + 1, "called_at": now}
        if not begin(session, stop, "recall", intent, (StopState.CALLED,), changes=changes):
            return
        record_order(session, stop, StopEventKind.RECALLED, intent, now)
        show_call(read_stop(stop), "recall")


def start_serving(session: CounterSession, stop: Stop, *, intent: UUID, now: datetime) -> None:
    """The person has come to the counter."""
    with transaction.atomic():
        changes = {"state": StopState.SERVING, "serving_at": now}
        if begin(session, stop, "serve", intent, (StopState.CALLED,), changes=changes):
            record_order(session, stop, StopEventKind.SERVED, intent, now)
            tell_desks(stop.location_id, stop.ticket_id)


def finish(
    session: CounterSession,
    stop: Stop,
    *,
    intent: UUID,
    now: datetime,
    done: Collection[Procedure] | None = None,
) -> None:
    """The person has been served here; their next counter, if any, gets them into its line.

    ``done`` is what was really done, also what they had not come for; without it, all they came for.
    """
    with transaction.atomic():
        if _end(session, stop, "finish", StopEventKind.FINISHED, intent=intent, now=now):
            _write_done(stop, done)


def finish_unserved(
    session: CounterSession, stop: Stop, reason: UnservedReason, *, intent: UUID, now: datetime
) -> None:
    """The person came, but nothing could be done, for ``reason``; a later visit is another appointment."""
    with transaction.atomic():
        if _end(session, stop, "unserved", StopEventKind.NOT_SERVED, intent=intent, now=now, reason=reason):
            _write_done(stop, ())


def park(session: CounterSession, stop: Stop, *, intent: UUID, now: datetime) -> None:
    """Put somebody aside (they fetch a photo); number and place are kept."""
    with transaction.atomic():
        changes = {"state": StopState.PARKED, "counter": None, "called_at": None}
        if begin(session, stop, "park", intent, AT_COUNTER, changes=changes):
            record_order(session, stop, StopEventKind.PARKED, intent, now)
            show_call(read_stop(stop), "withdraw", at=now)


def resume(session: CounterSession, stop: Stop, *, intent: UUID, now: datetime) -> None:
    """Back in the line with the place they had."""
    with transaction.atomic():
        changes = {"state": StopState.WAITING}
        if begin(session, stop, "resume", intent, (StopState.PARKED,), changes=changes, at_counter=False):
            record_order(session, stop, StopEventKind.RESUMED, intent, now)
            tell_desks(stop.location_id, stop.ticket_id)


def list_calls(stop: Stop) -> list[StopEvent]:
    """The call of somebody who is at a counter, and its repetitions."""
    calls: list[StopEvent] = []
    for event in CALLS(stop.pk):
        if event.kind == StopEventKind.CALLED:
            calls.clear()
        calls.append(event)
    return calls


def count_calls(stop: Stop, calls: Iterable[StopEvent]) -> int:
    """How many of ``calls`` count for being absent: one sooner than the minutes between two does not."""
    counted: list[datetime] = []
    for call in calls:
        if not counted or call.at >= counted[-1] + _between_calls(stop):
            counted.append(call.at)
    return len(counted)


def absent_from(stop: Stop, calls: Sequence[StopEvent]) -> datetime | None:
    """From when on somebody with these ``calls`` may be marked absent; nothing while more of them are needed."""
    if not calls or count_calls(stop, calls) < stop.location.no_show_calls:
        return None
    return calls[-1].at + _between_calls(stop)


def _between_calls(stop: Stop) -> timedelta:
    return timedelta(minutes=stop.location.recall_minutes)


def mark_no_show(session: CounterSession, stop: Stop, *, intent: UUID, now: datetime) -> None:
    """Nobody came; raises ``NotYetAbsent`` before the calls the place asks for, with its minutes after each."""
    with transaction.atomic():
        fresh = read_stop(stop)
        since = absent_from(fresh, list_calls(fresh))
        if fresh.state == StopState.CALLED and (since is None or now < since):
            place = fresh.location
            number = str(fresh.ticket.number)
            raise NotYetAbsent(number=number, calls=place.no_show_calls, minutes=place.recall_minutes)
        changes = {"state": StopState.NO_SHOW, "ended_at": now}
        if begin(session, stop, "no_show", intent, (StopState.CALLED,), changes=changes):
            record_order(session, stop, StopEventKind.NO_SHOW, intent, now)
            show_call(read_stop(stop), "withdraw")


def mark_left(session: CounterSession, stop: Stop, *, intent: UUID, now: datetime) -> None:
    """Somebody who waits or was put aside is not there any more; coming back they keep their number."""
    with transaction.atomic():
        before = read_stop(stop).state
        changes = {"state": StopState.LEFT, "ended_at": now}
        waits = (StopState.WAITING, StopState.PARKED)
        if begin(session, stop, "left", intent, waits, changes=changes, at_counter=False):
            record_order(session, stop, StopEventKind.LEFT, intent, now, reason=before)
            tell_desks(stop.location_id, stop.ticket_id)


def transfer(
    session: CounterSession,
    stop: Stop,
    *,
    service: Service,
    intent: UUID,
    now: datetime,
    counter: Counter | None = None,
    note: str | None = None,
) -> Stop:
    """Send somebody on; number, place in the line and ticks are kept, the note too unless ``note`` is another.

    Returns the new stop.
    Raises ``NotHandledThere`` when nobody could ever call them: no counter of the place (or not the one chosen) serves
    this service, or what they came for.
    """
    with transaction.atomic():
        items = list(stop.items.select_related("procedure")) if service.pk == stop.service_id else []
        zone = _find_zone(stop, service, counter, {item.procedure_id for item in items})
        if not begin(session, stop, "transfer", intent, AT_COUNTER, changes={"state": StopState.DONE, "ended_at": now}):
            return stop.ticket.stops.order_by("-position")[0]
        record_order(session, stop, StopEventKind.TRANSFERRED, intent, now)
        old = read_stop(stop)
        last = old.ticket.stops.order_by("-position").values_list("position", flat=True)[0]
        new = Stop.objects.create(
            ticket=old.ticket,
            location=old.location,
            position=last + 1,
            service=service,
            zone=zone,
            due_at=old.due_at,
            arrived_at=old.arrived_at,
            booked_at=old.booked_at,
            back_at=old.back_at,
            priority=old.priority,
            only_counter=counter,
            note=old.note if note is None else note[:LONGEST_NOTE],
        )
        _copy_items(items, old, new)
        tell_desks(stop.location_id, stop.ticket_id)
        return new


def _copy_items(items: Collection[StopItem], old: Stop, new: Stop) -> None:
    """What they came for, with what was ticked: a tick names its item, which is another one now."""
    copies = StopItem.objects.bulk_create(
        StopItem(stop=new, procedure=item.procedure, persons=item.persons, minutes=item.minutes) for item in items
    )
    keys = {str(item.pk): copy.pk for item, copy in zip(items, copies, strict=True)}
    ticks = [tick.partition("-") for tick in old.brought]
    new.brought = sorted(f"{keys[item]}-{thing}" for item, _dash, thing in ticks if item in keys)
    if new.brought:
        new.save(update_fields=["brought"])


def _end(
    session: CounterSession,
    stop: Stop,
    command: str,
    kind: StopEventKind,
    *,
    intent: UUID,
    now: datetime,
    reason: str = "",
) -> bool:
    changes = {"state": StopState.DONE, "ended_at": now}
    if not begin(session, stop, command, intent, AT_COUNTER, changes=changes):
        return False
    record_order(session, stop, kind, intent, now, reason=reason)
    _go_on(session, stop, intent, now)
    tell_desks(stop.location_id, stop.ticket_id)
    return True


def _write_done(stop: Stop, done: Collection[Procedure] | None) -> None:
    items = StopItem.objects.filter(stop=stop)
    if done is None:
        items.filter(done__isnull=True).update(done=True)
        return
    wanted = set(items.values_list("procedure_id", flat=True))
    ids = {procedure.pk for procedure in done}
    items.filter(procedure__in=ids).update(done=True)
    items.exclude(procedure__in=ids).update(done=False)
    # Nobody had planned any time for what comes on top.
    StopItem.objects.bulk_create(
        StopItem(stop=stop, procedure=procedure, minutes=0, done=True)
        for procedure in done
        if procedure.pk not in wanted
    )


def _go_on(session: CounterSession, stop: Stop, intent: UUID, now: datetime) -> None:
    """The next planned stop begins to wait; after the last one the appointment is honoured."""
    planned = Stop.objects.filter(ticket=stop.ticket_id, state=StopState.PLANNED).order_by("position").first()
    if planned:
        planned.state = StopState.WAITING
        planned.save(update_fields=["state"])
        return
    appointment = stop.ticket.appointment
    if appointment and change_state(appointment, AppointmentState.CONFIRMED, AppointmentState.HONOURED):
        write_history(session, appointment, AppointmentEventKind.HONOURED, intent, now)
        PersonGuard.objects.filter(appointment=appointment).delete()


def change_state(appointment: Appointment, before: AppointmentState, after: AppointmentState) -> bool:
    """Change the row if it is still as it was ``before``; whether it was."""
    return bool(Appointment.objects.filter(pk=appointment.pk, state=before).update(state=after))


def write_history(
    session: CounterSession, appointment: Appointment, kind: AppointmentEventKind, intent: UUID, now: datetime
) -> None:
    """Append to the history of an appointment that happens at a counter: nobody moves it any more."""
    AppointmentEvent.objects.create(
        appointment=appointment,
        kind=kind,
        at=now,
        version=appointment.version,
        start=appointment.start,
        by_id=session.clerk_id,
        intent=intent,
    )


def _find_zone(stop: Stop, service: Service, counter: Counter | None, wanted: Collection[int]) -> WaitingZone:
    """The zone of the first counter that can serve them there."""
    serving = Counter.objects.filter(location=stop.location_id, active=True, procedures__service=service)
    if counter:
        serving = serving.filter(pk=counter.pk)
    for procedure in wanted:
        serving = serving.filter(procedures=procedure)
    found = serving.select_related("zone").order_by("position").first()
    if found is None:
        raise NotHandledThere(number=str(stop.ticket.number))
    return found.zone
