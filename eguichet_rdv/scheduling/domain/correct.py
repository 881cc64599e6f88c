"""Put right who comes, or how to reach them. Online both are frozen once confirmed; staff may correct them."""

from dataclasses import asdict
from datetime import datetime

from django.db import IntegrityError, transaction

from eguichet_rdv.accounts.models import User
from eguichet_rdv.common.announcing import announce
from eguichet_rdv.scheduling.domain.cancel import lock_changeable
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.refusals import NotCancellable, PersonHasOne
from eguichet_rdv.scheduling.enums import AppointmentEventKind
from eguichet_rdv.scheduling.models import Appointment, AppointmentEvent, PersonGuard


@transaction.atomic
def correct(appointment: Appointment, person: Person, *, now: datetime, user: User | None = None) -> Appointment:
    """Write ``person`` over who was entered; the same once more changes nothing.

    ``version`` rises by one, so what still waits in the outbox is dropped and told anew, to the new address. Raises
    ``NotCancellable`` when the appointment is over, ``PersonHasOne`` when the corrected person has another one online.
    """
    locked = lock_changeable(appointment, now)
    visitor = locked.visitor
    if visitor is None:
        raise NotCancellable
    facts = asdict(person)
    if all(getattr(visitor, name) == value for name, value in facts.items()):
        return locked
    for name, value in facts.items():
        setattr(visitor, name, value)
    visitor.save(update_fields=list(facts))
    _guard_anew(locked, person)
    locked.version += 1
    locked.save(update_fields=["version"])
    AppointmentEvent.objects.create(
        appointment=locked,
        kind=AppointmentEventKind.CORRECTED,
        at=now,
        version=locked.version,
        start=locked.start,
        by=user,
    )
    announce(locked, "corrected", now=now)
    return locked


def _guard_anew(appointment: Appointment, person: Person) -> None:
    """Guard the person as now known, where one was guarded before."""
    guards = PersonGuard.objects.filter(appointment=appointment)
    digest = person.guard_digest()
    try:
        with transaction.atomic():
            guards.update(digest=digest) if digest else guards.delete()
    except IntegrityError as error:
        raise PersonHasOne from error
