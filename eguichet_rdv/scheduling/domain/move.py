"""Give an appointment another time; the old one is kept until the new one is sure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from eguichet_rdv.accounts.models import User
from eguichet_rdv.common.announcing import announce
from eguichet_rdv.common.cells import time_of
from eguichet_rdv.ledger.domain.intents import finish_intent, open_intent
from eguichet_rdv.scheduling.domain.agenda import sweep_holds
from eguichet_rdv.scheduling.domain.availability import find_alternatives, refuse_untimely
from eguichet_rdv.scheduling.domain.cancel import lock_changeable
from eguichet_rdv.scheduling.domain.cooling import cooling_until, keep_what_is_left
from eguichet_rdv.scheduling.domain.placing import Owner, Visit, place
from eguichet_rdv.scheduling.domain.refusals import TimeRefused
from eguichet_rdv.scheduling.domain.wanted import Item, Wanted, refuse_party
from eguichet_rdv.scheduling.enums import AppointmentEventKind, Channel, ReservationKind
from eguichet_rdv.scheduling.models import Appointment, AppointmentEvent, AppointmentItem


def wanted_of(appointment: Appointment, channel: Channel = Channel.ONLINE) -> Wanted:
    """The wish an appointment came from, through the channel of whoever asks now."""
    items = AppointmentItem.objects.filter(appointment=appointment).select_related("procedure__service")
    return Wanted(
        appointment.location,
        tuple(Item(item.procedure, item.persons) for item in items),
        channel,
    )


def with_persons(wanted: Wanted, persons: Mapping[int, int]) -> Wanted:
    """The same wish for other numbers of persons, given by the id of the procedure; who is not named stays as many."""
    items = (replace(item, persons=persons.get(item.procedure.pk, item.persons)) for item in wanted.items)
    return replace(wanted, items=tuple(items))


def move(
    appointment: Appointment,
    start: datetime,
    *,
    now: datetime,
    intent: UUID,
    user: User | None = None,
    persons: Mapping[int, int] | None = None,
) -> Appointment:
    """Move to ``start``, keeping row, reference, tokens and calendar uid; ``version`` rises by one.

    ``persons`` (procedure id → number) brings more or fewer people than were booked. A ``start`` that is the one of
    ``appointment`` as it was read keeps the time, also one to which somebody else has moved it since.
    Its own cells count as free. Whoever booked it, the rules are those of who moves it: ``user`` is a clerk, nobody the
    citizen. Raises ``TimeTaken``, ``TimeNotOffered`` (with alternatives), ``TooManyPersons``, ``NotCancellable``.
    """
    sweep_holds(now)
    channel = Channel.CLERK if user else Channel.ONLINE
    try:
        with transaction.atomic():
            opened = open_intent(intent, "move", _content(appointment, start, persons))
            locked = lock_changeable(appointment, now)
            if opened.result:
                return locked
            # Only now is it certain who comes and when: both may have been changed since ``appointment`` was read.
            wanted = with_persons(wanted_of(locked, channel), persons or {})
            if persons:
                refuse_party(wanted.items)
            if start == appointment.start:
                start = locked.start
            else:
                refuse_untimely(wanted, start, now=now)
            _exchange(locked, Visit(wanted, start, now))
            AppointmentEvent.objects.create(
                appointment=locked,
                kind=AppointmentEventKind.MOVED,
                at=now,
                version=locked.version,
                start=locked.start,
                by=user,
                intent=intent,
            )
            announce(locked, "moved", now=now)
            finish_intent(opened, str(locked.uid))
    except TimeRefused as refusal:
        wanted = with_persons(wanted_of(appointment, channel), persons or {})
        refusal.alternatives = find_alternatives(wanted, start, now=now)
        raise
    return locked


def _exchange(locked: Appointment, visit: Visit) -> None:
    """Give the cells of ``locked`` for those of ``visit``, and write when and for how many it is."""
    given = list(locked.reservations.select_related("counter__location"))
    until = cooling_until(locked, locked.start, now=visit.now)
    made = place(visit, Owner(ReservationKind.APPOINTMENT, appointment=locked), replacing=given)
    if until:
        keep_what_is_left(given, until)
    _write_items(locked, visit.wanted)
    locked.start = time_of(min(row.first_cell for row in made))
    locked.end = time_of(max(row.first_cell + row.cells for row in made))
    locked.date = locked.location.local(locked.start).date()
    locked.version += 1
    locked.save(update_fields=["start", "end", "date", "version"])


def _content(appointment: Appointment, start: datetime, persons: Mapping[int, int] | None) -> dict[str, object]:
    return {
        "appointment": str(appointment.uid),
        "start": start.timestamp(),
        "persons": sorted((persons or {}).items()),
    }


def _write_items(appointment: Appointment, wanted: Wanted) -> None:
    for row in AppointmentItem.objects.filter(appointment=appointment).select_related("procedure"):
        item = next(item for item in wanted.items if item.procedure.pk == row.procedure_id)
        if row.persons != item.persons:
            row.persons, row.minutes = item.persons, int(item.duration.total_seconds()) // 60
            row.save(update_fields=["persons", "minutes"])
