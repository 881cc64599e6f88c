"""Make an appointment."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from eguichet_rdv.accounts.models import User
from eguichet_rdv.common.announcing import announce
from eguichet_rdv.common.cells import time_of
from eguichet_rdv.ledger.domain.intents import finish_intent, open_intent
from eguichet_rdv.scheduling.domain.agenda import sweep_holds
from eguichet_rdv.scheduling.domain.availability import find_alternatives, refuse_untimely
from eguichet_rdv.scheduling.domain.hold import lock_hold
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.placing import Owner, Visit, place
from eguichet_rdv.scheduling.domain.refusals import AlreadyBooked, EmailNeeded, TimeRefused
from eguichet_rdv.scheduling.domain.tokens import seal
from eguichet_rdv.scheduling.domain.wanted import Wanted, refuse_unbookable
from eguichet_rdv.scheduling.enums import AppointmentEventKind, AppointmentState, Channel, ReservationKind
from eguichet_rdv.scheduling.models import Appointment, AppointmentEvent, AppointmentItem, PersonGuard, Visitor

REFERENCE_SIGNS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
REFERENCE_LENGTH = 6


def book(
    wanted: Wanted,
    start: datetime,
    person: Person,
    *,
    language: str,
    now: datetime,
    intent: UUID,
    needs: Iterable[str] = (),
    answers: Mapping[str, str] | None = None,
    holder: str = "",
    booked_by: User | None = None,
    owner: str = "",
) -> Appointment:
    """Book ``start`` for ``person``; the same ``intent`` again gives the same appointment.

    The hold of ``holder`` is used up, even one that has ended if nobody has taken its time. Where a procedure asks for
    it and no member of staff or helper stands behind the booking, it awaits the confirmation of the address. Raises
    ``TimeTaken`` or ``TimeNotOffered`` with alternatives, ``NotBookable``, ``TooManyPersons``, ``EmailNeeded``,
    ``AlreadyBooked``, ``IntentMismatch``.
    """
    refuse_unbookable(wanted.items, wanted.channel)
    minutes = None if booked_by else confirmation_minutes(wanted)
    if minutes and not person.email:
        raise EmailNeeded
    sweep_holds(now)
    try:
        with transaction.atomic():
            opened = open_intent(intent, "book", _content(wanted, start, person, language if owner else ""))
            if opened.result:
                return Appointment.objects.get(uid=opened.result)
            own = lock_hold(holder)
            if start != min((time_of(row.first_cell) for row in own), default=None):
                refuse_untimely(wanted, start, now=now)
            visit = Visit(wanted, start, now)
            appointment = _write(visit, person, language=language, owner=owner, minutes=minutes)
            appointment.needs = sorted(needs)
            appointment.answers = dict(answers or {})
            appointment.booked_by = booked_by
            appointment.save()
            place(visit, Owner(ReservationKind.APPOINTMENT, appointment=appointment), replacing=own)
            _complete(appointment, wanted, person, now=now, intent=intent)
            finish_intent(opened, str(appointment.uid))
    except TimeRefused as refusal:
        refusal.alternatives = find_alternatives(wanted, start, now=now)
        raise
    return appointment


def confirmation_minutes(wanted: Wanted) -> int | None:
    """Within how many minutes an address has to be confirmed for this wish; ``None`` = nobody is asked."""
    if wanted.channel != Channel.ONLINE:
        return None
    return min((item.procedure.email_minutes for item in wanted.items if item.procedure.email_minutes), default=None)


def _content(wanted: Wanted, start: datetime, person: Person, language: str) -> dict[str, object]:
    return {
        "items": [[item.procedure.pk, item.persons] for item in wanted.items],
        "location": wanted.location.pk,
        "start": start.timestamp(),
        "person": [person.last_name, person.first_name, person.birth_date, person.email, person.phone],
        # Another program sends everything at once; on our own pages the language may change between two tries.
        "language": language,
    }


def _write(visit: Visit, person: Person, *, language: str, owner: str, minutes: int | None) -> Appointment:
    visitor = Visitor.objects.create(
        last_name=person.last_name,
        first_name=person.first_name,
        birth_date=person.birth_date,
        email=person.email,
        phone=person.phone,
    )
    appointment = Appointment(
        reference=draw_reference(),
        location=visit.wanted.location,
        channel=visit.wanted.channel,
        owner=owner,
        language=language,
        visitor=visitor,
        start=time_of(visit.first),
        end=visit.end,
        date=visit.day,
    )
    if minutes:
        appointment.state = AppointmentState.AWAITING_EMAIL
        appointment.confirm_by = min(visit.now + timedelta(minutes=minutes), appointment.start)
    seal(appointment)
    return appointment


def _complete(appointment: Appointment, wanted: Wanted, person: Person, *, now: datetime, intent: UUID) -> None:
    AppointmentItem.objects.bulk_create(
        AppointmentItem(
            appointment=appointment,
            procedure=item.procedure,
            persons=item.persons,
            minutes=int(item.duration.total_seconds()) // 60,
        )
        for item in wanted.items
    )
    guard_person(appointment, wanted, person)
    AppointmentEvent.objects.create(
        appointment=appointment,
        kind=AppointmentEventKind.BOOKED,
        at=now,
        version=appointment.version,
        start=appointment.start,
        by=appointment.booked_by,
        intent=intent,
    )
    announce(appointment, "booked", now=now)


def guard_person(appointment: Appointment, wanted: Wanted, person: Person) -> None:
    """Refuse a second future appointment of the same person for the same procedure online."""
    digest = person.guard_digest()
    if wanted.channel != Channel.ONLINE or not digest:
        return
    try:
        with transaction.atomic():
            PersonGuard.objects.bulk_create(
                PersonGuard(procedure=item.procedure, digest=digest, appointment=appointment) for item in wanted.items
            )
    except IntegrityError as error:
        known = PersonGuard.objects.filter(procedure__in=wanted.procedure_ids, digest=digest).first()
        raise AlreadyBooked(known.appointment if known else None) from error


def draw_reference() -> str:
    """Six unambiguous characters that no appointment has.

    There are 887 million, but among ten thousand drawn blindly two are the same once in twenty times.
    """
    while True:
        drawn = "".join(secrets.choice(REFERENCE_SIGNS) for _ in range(REFERENCE_LENGTH))
        if not Appointment.objects.filter(reference=drawn).exists():
            return drawn
