"""What a clerk does with somebody who was called: recall, serve, finish, park, transfer, absent."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from eguichet_rdv.catalogue.models import Service
from eguichet_rdv.ledger.domain.intents import finish_intent, open_intent
from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.scheduling.models import Appointment, PersonGuard
from eguichet_rdv.townhall.models import Counter, WaitingZone
from eguichet_rdv.waiting.domain.board import show_call, tell_desks
from eguichet_rdv.waiting.domain.refusals import NotYetAbsent, StopChanged
from eguichet_rdv.waiting.enums import AT_COUNTER, StopEventKind, StopState
from eguichet_rdv.waiting.models import CounterSession, Stop, StopEvent, StopItem


def recall(session: CounterSession, stop: Stop, *, intent: UUID, now: datetime) -> Stop:
    """Call the same person again."""
    with transaction.atomic():
        if not _begin(
            session, stop, "recall", intent, (StopState.CALLED,), changes={"calls": F("calls") + 1, "called_at": now}
        ):
            return _read(stop)
        _record(session, stop, StopEventKind.RECALLED, intent, now)
        fresh = _read(stop)
        show_call(fresh, "recall")
        return fresh


def start_serving(session: CounterSession, stop: Stop, *, intent: UUID, now: datetime) -> Stop:
    """The person has come to the counter."""
    with transaction.atomic():
        changes = {"state": StopState.SERVING, "serving_at": now}
        if _begin(session, stop, "serve", intent, (StopState.CALLED,), changes=changes):
            _record(session, stop, StopEventKind.SERVED, intent, now)
            tell_desks(stop.location_id)
        return _read(stop)


def finish(session: CounterSession, stop: Stop, *, intent: UUID, now: datetime) -> Stop:
    """The person has been served here; their next counter, if any, gets them into its line."""
    with transaction.atomic():
        if _begin(session, stop, "finish", intent, AT_COUNTER, changes={"state": StopState.DONE, "ended_at": now}):
            _record(session, stop, StopEventKind.FINISHED, intent, now)
            StopItem.objects.filter(stop=stop, done__isnull=True).update(done=True)
            _go_on(stop, now)
            tell_desks(stop.location_id)
        return _read(stop)


def park(session: CounterSession, stop: Stop, *, intent: UUID, now: datetime, note: str = "") -> Stop:
    """Put somebody aside (they fetch a photo); number and place are kept."""
    with transaction.atomic():
        changes = {"state": StopState.PARKED, "counter": None, "called_at": None, "note": note[:300]}
        if _begin(session, stop, "park", intent, AT_COUNTER, changes=changes):
            _record(session, stop, StopEventKind.PARKED, intent, now, reason=note)
            show_call(_read(stop), "withdraw")
        return _read(stop)


def resume(session: CounterSession, stop: Stop, *, intent: UUID, now: datetime) -> Stop:
    """Back in the line with the place they had."""
    with transaction.atomic():
        if _begin(
            session, stop, "resume", intent, (StopState.PARKED,), changes={"state": StopState.WAITING}, at_counter=False
        ):
            _record(session, stop, StopEventKind.RESUMED, intent, now)
            tell_desks(stop.location_id)
        return _read(stop)


def withdraw(session: CounterSession, stop: Stop, *, intent: UUID, now: datetime) -> Stop:
    """Undo a call: the person waits again at the place they had."""
    with transaction.atomic():
        changes = {"state": StopState.WAITING, "counter": None, "called_at": None, "calls": 0}
        if _begin(session, stop, "withdraw", intent, (StopState.CALLED,), changes=changes):
            _record(session, stop, StopEventKind.WITHDRAWN, intent, now)
            show_call(_read(stop), "withdraw")
        return _read(stop)


def mark_no_show(session: CounterSession, stop: Stop, *, intent: UUID, now: datetime) -> Stop:
    """Nobody came; raises ``NotYetAbsent`` before the calls the place asks for and the minutes after the last."""
    with transaction.atomic():
        fresh = _read(stop)
        most = fresh.location.no_show_calls
        minutes = fresh.location.recall_minutes
        too_soon = fresh.called_at is not None and now < fresh.called_at + timedelta(minutes=minutes)
        if fresh.state == StopState.CALLED and (fresh.calls < most or too_soon):
            raise NotYetAbsent(number=str(fresh.ticket.number), calls=most, minutes=minutes)
        if _begin(
            session, stop, "no_show", intent, (StopState.CALLED,), changes={"state": StopState.NO_SHOW, "ended_at": now}
        ):
            _record(session, stop, StopEventKind.NO_SHOW, intent, now)
            show_call(_read(stop), "withdraw")
        return _read(stop)


def transfer(
    session: CounterSession,
    stop: Stop,
    *,
    service: Service,
    intent: UUID,
    now: datetime,
    counter: Counter | None = None,
    note: str = "",
) -> Stop:
    """Send somebody on to another service or counter; number and place in the line are kept. Returns the new stop."""
    with transaction.atomic():
        if not _begin(
            session, stop, "transfer", intent, AT_COUNTER, changes={"state": StopState.DONE, "ended_at": now}
        ):
            return stop.ticket.stops.order_by("-position")[0]
        _record(session, stop, StopEventKind.TRANSFERRED, intent, now, reason=note)
        old = _read(stop)
        last = old.ticket.stops.order_by("-position").values_list("position", flat=True)[0]
        new = Stop.objects.create(
            ticket=old.ticket,
            location=old.location,
            position=last + 1,
            service=service,
            zone=_zone_for(old, service, counter),
            due_at=old.due_at,
            arrived_at=old.arrived_at,
            booked_at=old.booked_at,
            only_counter=counter,
            note=note[:300],
        )
        if service.pk == old.service_id:
            StopItem.objects.bulk_create(
                StopItem(stop=new, procedure=item.procedure, persons=item.persons, minutes=item.minutes)
                for item in old.items.select_related("procedure")
            )
        tell_desks(stop.location_id)
        return new


def _begin(
    session: CounterSession,
    stop: Stop,
    command: str,
    intent: UUID,
    states: tuple[StopState, ...],
    *,
    changes: Mapping[str, object],
    at_counter: bool = True,
) -> bool:
    """Change the row once per intent; raises ``StopChanged`` when it is no longer in one of ``states`` here.

    Returns whether this call was the first with this intent.
    """
    opened = open_intent(intent, command, {"session": session.pk, "stop": stop.pk})
    if opened.result:
        return False
    rows = Stop.objects.filter(pk=stop.pk, state__in=states)
    if at_counter:
        rows = rows.filter(counter=session.counter_id)
    if not rows.update(**changes):
        raise StopChanged(number=str(stop.ticket.number))
    finish_intent(opened, str(stop.pk))
    return True


def _go_on(stop: Stop, now: datetime) -> None:
    """The next planned stop begins to wait; after the last one the appointment is honoured."""
    planned = Stop.objects.filter(ticket=stop.ticket_id, state=StopState.PLANNED).order_by("position").first()
    if planned:
        planned.state = StopState.WAITING
        planned.save(update_fields=["state"])
        return
    honoured = Appointment.objects.filter(ticket=stop.ticket_id, state=AppointmentState.CONFIRMED)
    if honoured.update(state=AppointmentState.HONOURED):
        PersonGuard.objects.filter(appointment__ticket=stop.ticket_id).delete()


def _zone_for(stop: Stop, service: Service, counter: Counter | None) -> WaitingZone:
    if counter:
        return counter.zone
    serving = Counter.objects.filter(location=stop.location_id, active=True, procedures__service=service)
    found = serving.select_related("zone").order_by("position").first()
    return found.zone if found else stop.zone


def _record(
    session: CounterSession, stop: Stop, kind: StopEventKind, intent: UUID, now: datetime, *, reason: str = ""
) -> None:
    StopEvent.objects.create(
        stop=stop,
        location_id=stop.location_id,
        kind=kind,
        at=now,
        counter_id=session.counter_id,
        clerk_id=session.clerk_id,
        intent=intent,
        reason=reason[:200],
    )


def _read(stop: Stop) -> Stop:
    return Stop.objects.select_related("ticket__number", "ticket__appointment", "zone", "counter", "location").get(
        pk=stop.pk
    )
