"""What a clerk sees: the person at the counter, and who waits."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import get_language

from eguichet_rdv.catalogue.models import Service
from eguichet_rdv.common.localized import Localized
from eguichet_rdv.scheduling.enums import Need
from eguichet_rdv.scheduling.questions import name_answers
from eguichet_rdv.townhall.models import Counter
from eguichet_rdv.waiting.domain.line import Waiting, current_stop, waiting_line
from eguichet_rdv.waiting.enums import SessionState, StopEventKind, StopState
from eguichet_rdv.waiting.models import CounterSession, Stop


@dataclass(frozen=True, slots=True)
class Wish:
    """One procedure somebody comes for, and what should have been brought."""

    label: Localized
    persons: int
    bring: list[Localized]


@dataclass(frozen=True, slots=True)
class Person:
    """The person at the counter."""

    stop: Stop
    number: str
    name: str
    reference: str
    wishes: list[Wish]
    persons: int
    language: str
    needs: list[str]
    answers: list[tuple[Localized, str]]
    booked: datetime | None
    arrived: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody in the line."""

    stop: Stop
    number: str
    zone: str
    procedures: list[str]
    booked: datetime | None
    minutes: int
    light: str
    reason: str
    needs: list[str]


@dataclass(frozen=True, slots=True)
class DeskState:
    """All that changes on the desk's page. ``key`` changes with what the clerk can do, not with the line."""

    session: CounterSession
    person: Person | None
    line: list[Row]
    parked: list[Row]
    services: list[Service]
    now: datetime

    @property
    def key(self) -> str:
        """Equal for two looks at the same person in the same state."""
        stop = self.person.stop if self.person else None
        return f"{self.session.state} {stop.pk} {stop.state} {stop.calls}" if stop else str(self.session.state)

    @property
    def open(self) -> bool:
        """Whether somebody may be called to the counter."""
        return self.session.state == SessionState.OPEN


def describe_desk(session: CounterSession, now: datetime) -> DeskState:
    """The state of ``session`` as the page shows it."""
    counter = session.counter
    stop = current_stop(session)
    return DeskState(
        session=session,
        person=describe_person(stop) if stop else None,
        line=[describe_row(waiting) for waiting in waiting_line(counter, now=now)],
        parked=[describe_row(Waiting(stop, now - stop.arrived_at, "", "")) for stop in _parked_for(counter)],
        services=list(Service.objects.filter(retired_at=None, takes_appointments=True)),
        now=now,
    )


def describe_person(stop: Stop) -> Person:
    """Everything the clerk needs to know of the person called."""
    ticket = stop.ticket
    appointment = ticket.appointment
    local = stop.location.local
    called = stop.events.filter(kind=StopEventKind.CALLED).last()
    visitor = appointment.visitor if appointment else None
    return Person(
        stop=stop,
        number=str(ticket.number),
        name=str(visitor or ""),
        reference=appointment.reference if appointment else "",
        wishes=[
            Wish(item.procedure.label(), item.persons, item.procedure.things_to_bring()) for item in stop.items.all()
        ],
        persons=ticket.persons,
        language=str(dict(settings.LANGUAGES).get(ticket.language, ticket.language)),
        needs=name_needs(ticket.needs),
        answers=name_answers(appointment, get_language() or settings.LANGUAGE_CODE) if appointment else [],
        booked=local(stop.booked_at) if stop.booked_at else None,
        arrived=local(stop.arrived_at),
        reason=called.reason if called else "",
    )


def describe_row(waiting: Waiting) -> Row:
    """One line of the list; without a name, others may look over the clerk's shoulder."""
    stop = waiting.stop
    return Row(
        stop=stop,
        number=str(stop.ticket.number),
        zone=stop.zone.code,
        procedures=[str(item.procedure.public_label()) for item in stop.items.all()] or [str(stop.service.label())],
        booked=stop.location.local(stop.booked_at) if stop.booked_at else None,
        minutes=max(0, int(waiting.wait.total_seconds() // 60)),
        light=waiting.light,
        reason=waiting.reason,
        needs=name_needs(stop.ticket.needs),
    )


def name_needs(needs: list[str]) -> list[str]:
    """Needs in words."""
    known = dict(Need.choices)
    return [str(known[need]) for need in needs if need in known]


def _parked_for(counter: Counter) -> list[Stop]:
    return list(
        Stop.objects.filter(location=counter.location_id, state=StopState.PARKED, service__procedures__counters=counter)
        .distinct()
        .select_related("ticket__number", "zone", "location", "service")
        .prefetch_related("items__procedure__service")
    )
