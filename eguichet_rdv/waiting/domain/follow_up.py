"""After a visit: the same person books the collection, or comes a second time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.wanted import Item, Wanted
from eguichet_rdv.scheduling.enums import Channel
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.models import Counter
from eguichet_rdv.waiting.domain.refusals import NobodyKnown
from eguichet_rdv.waiting.models import CounterSession, Stop

SAME = "same"
"""The key of « the same once more »."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A later visit that can be booked at once; ``key`` names it in an address."""

    key: str
    items: tuple[Item, ...]


def find_follow_ups(stop: Stop) -> list[FollowUp]:
    """What follows from what somebody came for (a passport is collected), then the same once more.

    From what could not be done nothing follows: that is what they come for again.
    """
    items = list(stop.items.select_related("procedure__service"))
    if not items:
        return []
    persons = {item.procedure_id: item.persons for item in items if item.done is not False}
    handled = Counter.procedures.through.objects.filter(
        counter__location=stop.location_id, counter__active=True
    ).values("procedure")
    follows = Procedure.objects.filter(follows__in=persons, pk__in=handled).select_related("service")
    found = [
        FollowUp(str(procedure.pk), (Item(procedure, min(persons[procedure.follows_id or 0], procedure.max_persons)),))
        for procedure in follows
    ]
    found.append(FollowUp(SAME, tuple(Item(item.procedure, item.persons) for item in items)))
    return [one for one in found if _bookable(one.items)]


def want_follow_up(stop: Stop, follow_up: FollowUp) -> Wanted:
    """The wish, through the clerk, at the place of the visit."""
    return Wanted(stop.location, follow_up.items, Channel.CLERK)


def book_follow_up(
    session: CounterSession, stop: Stop, follow_up: FollowUp, start: datetime, *, intent: UUID, now: datetime
) -> Appointment:
    """Book for the person of ``stop``, in their language and with their needs; they get the usual message.

    Raises ``NobodyKnown`` for somebody without appointment, and all that ``book`` raises.
    """
    appointment = stop.ticket.appointment
    visitor = appointment.visitor if appointment else None
    if appointment is None or visitor is None:
        raise NobodyKnown
    person = Person(visitor.last_name, visitor.first_name, visitor.birth_date, visitor.email, visitor.phone)
    return book(
        want_follow_up(stop, follow_up),
        start,
        person,
        language=appointment.language,
        needs=appointment.needs,
        now=now,
        intent=intent,
        booked_by=session.clerk,
    )


def _bookable(items: Iterable[Item]) -> bool:
    return all(item.procedure.bookable_by_clerk and item.procedure.service.retired_at is None for item in items)
