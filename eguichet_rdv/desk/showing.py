"""What a clerk sees: the person at the counter, and who waits."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

from django.conf import settings
from django.utils.functional import cached_property
from django.utils.translation import get_language

from eguichet_rdv.common.localized import Localized
from eguichet_rdv.scheduling.enums import Need
from eguichet_rdv.scheduling.questions import name_answers
from eguichet_rdv.waiting.domain.assistance import read_help_calls
from eguichet_rdv.waiting.domain.line import current_stop, describe_waiting, standing_here
from eguichet_rdv.waiting.domain.serve import absent_from, count_calls, list_calls
from eguichet_rdv.waiting.domain.undo import OFFERED, find_undoable
from eguichet_rdv.waiting.domain.visit import name_thing
from eguichet_rdv.waiting.enums import SessionState, StopEventKind, StopState
from eguichet_rdv.waiting.models import CounterSession, HelpCall, Stop, StopEvent, StopItem


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that should have been brought; ``name`` is what a tick sends."""

    name: str
    label: Localized
    ticked: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """One procedure somebody comes for, and what should have been brought."""

    label: Localized
    persons: int
    bring: list[Thing]


@dataclass(frozen=True, slots=True)
class Person:
    """The person at the counter.

    ``calls`` are those that count for being absent, which may be said from ``absent_from`` on; None while more are needed.
    """

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
    calls: int
    absent_from: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody in the line; ``incomplete``: the rest of the party is not here yet."""

    stop: Stop
    number: str
    zone: str
    procedures: list[str]
    booked: datetime | None
    minutes: int
    light: str
    reason: str
    needs: list[str]
    incomplete: bool


@dataclass(frozen=True, slots=True)
class LastOrder:
    """What may still be taken back, and for how many seconds that is offered."""

    event: StopEvent
    number: str
    seconds: int


@dataclass(frozen=True)
class DeskState:
    """All that changes on the desk's page. ``key`` changes with what the clerk can do, not with the line.

    ``line_follows``: the line was not read, the page keeps the one it shows until it has fetched the new one.
    """

    session: CounterSession
    person: Person | None
    line: list[Row]
    parked: list[Row]
    last_order: LastOrder | None
    help_calls: list[HelpCall]
    now: datetime
    line_follows: bool = False

    @property
    def key(self) -> str:
        """Equal for two looks at the same person in the same state; behind the bars ticks and note, which move no button."""
        # No blank at its end: a header loses it on its way, and the page would take every look for news.
        head = f"{self.session.pk} {self.session.state}" + ("-asked" if self.asked else "")
        if self.person is None:
            return head
        stop = self.person.stop
        ticks, note = "+".join(stop.brought), f"{crc32(stop.note.encode()):x}"
        return f"{head} {stop.pk} {stop.state} {stop.calls}|{ticks}|{note}"

    @property
    def open(self) -> bool:
        """Whether somebody may be called to the counter."""
        return self.session.state == SessionState.OPEN

    @property
    def asked(self) -> HelpCall | None:
        """The clerk's own call for help."""
        return next((call for call in self.help_calls if call.counter_id == self.session.counter_id), None)

    @property
    def others_ask(self) -> list[HelpCall]:
        """Colleagues who need somebody."""
        return [call for call in self.help_calls if call.counter_id != self.session.counter_id]

    @cached_property
    def before(self) -> Stop | None:
        """Who was served last here, for a follow-up booked after the person has gone."""
        rows = Stop.objects.filter(
            counter=self.session.counter_id, state=StopState.DONE, ended_at__gte=self.session.opened_at
        )
        return rows.select_related("ticket__number").order_by("-ended_at").first()


def describe_desk(
    session: CounterSession, now: datetime, *, person_first: bool = False, called: Stop | None = None
) -> DeskState:
    """The state of ``session`` as the page shows it.

    ``person_first``: while somebody is at the counter the line, which may be long, is not read. ``called``: who has
    just been called, as read after it.
    """
    counter = session.counter
    stop = current_stop(session, called)
    line_follows = person_first and stop is not None
    line, parked = ([], []) if line_follows else standing_here(counter, now)
    last = find_undoable(session, now, stop)
    return DeskState(
        session=session,
        person=describe_person(stop, last) if stop else None,
        line=[describe_row(one, now) for one in line],
        parked=[describe_row(one, now) for one in parked],
        last_order=_describe_order(last, now),
        help_calls=read_help_calls(counter.location_id),
        now=now,
        line_follows=line_follows,
    )


def describe_person(stop: Stop, last: StopEvent | None = None) -> Person:
    """Everything the clerk needs to know of the person called; ``last``: the clerk's last order, if it was read."""
    ticket = stop.ticket
    appointment = ticket.appointment
    local = stop.location.local
    calls = [last] if last and _is_last_call(last, stop) else list_calls(stop)
    visitor = appointment.visitor if appointment else None
    absent = absent_from(stop, calls)
    return Person(
        stop=stop,
        number=str(ticket.number),
        name=str(visitor or ""),
        reference=appointment.reference if appointment else "",
        wishes=[describe_wish(stop, item) for item in stop.items.all()],
        persons=ticket.persons,
        language=str(dict(settings.LANGUAGES).get(ticket.language, ticket.language)),
        needs=name_needs(ticket.needs),
        answers=name_answers(appointment, get_language() or settings.LANGUAGE_CODE) if appointment else [],
        booked=local(stop.booked_at) if stop.booked_at else None,
        arrived=local(stop.arrived_at),
        reason=calls[0].reason if calls else "",
        calls=count_calls(stop, calls),
        absent_from=local(absent) if absent else None,
    )


def describe_wish(stop: Stop, item: StopItem) -> Wish:
    """A procedure with its things to bring, ticked or not."""
    things = enumerate(item.procedure.things_to_bring())
    named = [(name_thing(item, position), label) for position, label in things]
    return Wish(item.procedure.label(), item.persons, [Thing(name, one, name in stop.brought) for name, one in named])


def describe_row(stop: Stop, now: datetime) -> Row:
    """One line of the list; without a name, others may look over the clerk's shoulder."""
    waiting = describe_waiting(stop, now)
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
        incomplete=stop.awaits_party,
    )


def name_needs(needs: list[str]) -> list[str]:
    """Needs in words."""
    known = dict(Need.choices)
    return [str(known[need]) for need in needs if need in known]


def _is_last_call(event: StopEvent, stop: Stop) -> bool:
    return event.kind == StopEventKind.CALLED and event.stop_id == stop.pk and event.at == stop.called_at


def _describe_order(event: StopEvent | None, now: datetime) -> LastOrder | None:
    if event is None:
        return None
    left = event.at + OFFERED - now
    return LastOrder(event, str(event.stop.ticket.number), max(1, int(left / timedelta(seconds=1))))
