"""What a clerk can order, by the name in the address."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from eguichet_rdv.catalogue.models import Procedure, Service
from eguichet_rdv.common.free_text import clean_answer
from eguichet_rdv.ledger.domain.access import log_access
from eguichet_rdv.townhall.models import Counter, Location
from eguichet_rdv.waiting.domain import assistance, call, priority, serve, sessions, undo, visit
from eguichet_rdv.waiting.domain.refusals import LeftOver, ReasonMissing, StopChanged
from eguichet_rdv.waiting.enums import PriorityReason, UnservedReason
from eguichet_rdv.waiting.models import CounterSession, Stop

LONGEST_KEY = 18
WHY = "desk"
"""What the access log says of a person called to a counter."""

Choice = TypeVar("Choice", UnservedReason, PriorityReason)
Form = Mapping[str, str]
Command = Callable[[CounterSession, Form, UUID, datetime], str | Stop | None]
"""Carries the order out; returns a sentence for the clerk, whom it called, or nothing. Refusals are raised.

What a form says several times (ticks) comes as one text with the values separated by blanks.
"""


def call_next(session: CounterSession, _form: Form, intent: UUID, now: datetime) -> str | Stop:
    """Call the next person; says why when there is none."""
    called = call.call_next(session, intent=intent, now=now)
    if called.stop is None:
        return called.reason
    log_visitor(session, called.stop)
    return called.stop


def call_one(session: CounterSession, form: Form, intent: UUID, now: datetime) -> None:
    """Call a chosen person before their turn."""
    reason = clean_answer(form.get("reason", ""))
    if not reason:
        raise ReasonMissing
    called = call.call_stop(session, find_stop(form, session.counter.location), reason, intent=intent, now=now)
    if called.stop:
        log_visitor(session, called.stop)


def recall(session: CounterSession, form: Form, intent: UUID, now: datetime) -> None:
    """Call the same person again."""
    serve.recall(session, find_stop(form, session.counter.location), intent=intent, now=now)


def start_serving(session: CounterSession, form: Form, intent: UUID, now: datetime) -> None:
    """The person has come to the counter."""
    serve.start_serving(session, find_stop(form, session.counter.location), intent=intent, now=now)


def finish(session: CounterSession, form: Form, intent: UUID, now: datetime) -> None:
    """All they came for is done."""
    serve.finish(session, find_stop(form, session.counter.location), intent=intent, now=now)


def finish_with(session: CounterSession, form: Form, intent: UUID, now: datetime) -> None:
    """What was really done: some of it, something else, something more."""
    keys = [int(key) for key in form.get("done", "").split() if key.isdecimal() and len(key) <= LONGEST_KEY]
    done = list(Procedure.objects.filter(pk__in=keys, counters__location=session.counter.location).distinct())
    serve.finish(session, find_stop(form, session.counter.location), intent=intent, now=now, done=done)


def finish_unserved(session: CounterSession, form: Form, intent: UUID, now: datetime) -> None:
    """The person was here, but nothing could be done."""
    reason = read_choice(UnservedReason, form)
    serve.finish_unserved(session, find_stop(form, session.counter.location), reason, intent=intent, now=now)


def park(session: CounterSession, form: Form, intent: UUID, now: datetime) -> None:
    """The person fetches something and comes back."""
    serve.park(session, find_stop(form, session.counter.location), intent=intent, now=now)


def resume(session: CounterSession, form: Form, intent: UUID, now: datetime) -> None:
    """Somebody put aside is back in the line."""
    serve.resume(session, find_stop(form, session.counter.location), intent=intent, now=now)


def mark_no_show(session: CounterSession, form: Form, intent: UUID, now: datetime) -> None:
    """The person did not come after being called."""
    serve.mark_no_show(session, find_stop(form, session.counter.location), intent=intent, now=now)


def mark_left(session: CounterSession, form: Form, intent: UUID, now: datetime) -> None:
    """Somebody who waits is not there any more."""
    serve.mark_left(session, find_stop(form, session.counter.location), intent=intent, now=now)


def give_priority(session: CounterSession, form: Form, intent: UUID, now: datetime) -> None:
    """Somebody who waits is called sooner."""
    reason = read_choice(PriorityReason, form)
    priority.give_priority(session, find_stop(form, session.counter.location), reason, intent=intent, now=now)


def transfer(session: CounterSession, form: Form, intent: UUID, now: datetime) -> str:
    """Send the person on to another service or counter (``to``: code, or code/counter), under the same number."""
    code, _slash, chosen = form.get("to", "").partition("/")
    service = get_object_or_404(Service, code=code, retired_at=None)
    place = session.counter.location
    counter = get_object_or_404(Counter, pk=read_key({"to": chosen}, "to"), location=place) if chosen else None
    stop = find_stop(form, place)
    note = clean_answer(form["note"]) if "note" in form else None
    serve.transfer(session, stop, service=service, counter=counter, note=note, intent=intent, now=now)
    facts = {"number": stop.ticket.number, "service": service.label(), "counter": counter}
    if counter:
        return _("%(number)s now waits for counter %(counter)s.") % facts
    return _("%(number)s now waits for %(service)s.") % facts


def take_back(session: CounterSession, form: Form, intent: UUID, now: datetime) -> None:
    """The last order was a mistake."""
    undo.undo(session, read_key(form, "event"), intent=intent, now=now)


def write_note(session: CounterSession, form: Form, _intent: UUID, _now: datetime) -> None:
    """A line for colleagues."""
    visit.write_note(find_stop(form, session.counter.location), form.get("note", ""))


def keep_typed(session: CounterSession, form: Form) -> None:
    """What stood unsaved in the note field goes with every order; about somebody who has gone nothing is noted."""
    if "typed" in form:
        with suppress(StopChanged):
            visit.write_note(find_stop({"stop": form.get("typed_for", "")}, session.counter.location), form["typed"])


def tick_brought(session: CounterSession, form: Form, _intent: UUID, _now: datetime) -> None:
    """Which things to bring are there."""
    visit.tick_brought(find_stop(form, session.counter.location), form.get("brought", "").split())


def ask_help(session: CounterSession, _form: Form, _intent: UUID, now: datetime) -> None:
    """Somebody should come to this counter."""
    assistance.ask_help(session, now=now)


def end_help(session: CounterSession, _form: Form, _intent: UUID, now: datetime) -> None:
    """Nobody needs to come any more."""
    assistance.end_help(session.counter_id, session.counter.location_id, now=now)


def come_to_help(session: CounterSession, form: Form, _intent: UUID, now: datetime) -> None:
    """This clerk goes to the colleague who asked."""
    asked = get_object_or_404(assistance.open_help_calls(session.counter.location), pk=read_key(form, "call"))
    assistance.come_to_help(asked, session.clerk, now=now)


def pause(session: CounterSession, _form: Form, _intent: UUID, _now: datetime) -> None:
    """Nobody is called to this counter for a while."""
    sessions.pause_session(session)


def announce_last(session: CounterSession, _form: Form, _intent: UUID, _now: datetime) -> None:
    """Whoever is here is the last one."""
    sessions.announce_last(session)


def go_on(session: CounterSession, _form: Form, _intent: UUID, _now: datetime) -> None:
    """Back from the pause."""
    sessions.resume_session(session)


def close(session: CounterSession, form: Form, _intent: UUID, now: datetime) -> str:
    """Leave the counter; first told whom nobody could call any more."""
    left = [] if form.get("sure") == "yes" else sessions.find_left_over(session)
    if left:
        raise LeftOver(numbers=", ".join(str(stop.ticket.number) for stop in left))
    sessions.close_session(session, now=now)
    return _("Counter %(counter)s is closed.") % {"counter": session.counter.name}


def log_visitor(session: CounterSession, stop: Stop) -> None:
    """One line for a person whose name the clerk now sees; without appointment there is no name."""
    appointment = stop.ticket.appointment
    if appointment:
        log_access(session.clerk, "view", f"appointment:{appointment.reference}", WHY)


def find_stop(form: Form, location: Location) -> Stop:
    """The person the button stands for, at this place only."""
    stops = Stop.objects.select_related("ticket__number", "ticket__appointment")
    return get_object_or_404(stops, pk=read_key(form, "stop"), location=location)


def read_key(form: Form, name: str) -> int:
    """The number of a row as a button sends it; 0, which no row has, for anything else."""
    text = form.get(name, "")
    return int(text) if text.isdecimal() and len(text) <= LONGEST_KEY else 0


def read_choice(choices: type[Choice], form: Form) -> Choice:
    """The reason chosen from a list; 404 for one that is not on it."""
    try:
        return choices(form.get("reason", ""))
    except ValueError as error:
        raise Http404 from error


COMMANDS: Mapping[str, Command] = {
    "call": call_next,
    "call-one": call_one,
    "recall": recall,
    "serve": start_serving,
    "finish": finish,
    "finish-with": finish_with,
    "unserved": finish_unserved,
    "park": park,
    "resume": resume,
    "no-show": mark_no_show,
    "left": mark_left,
    "priority": give_priority,
    "transfer": transfer,
    "undo": take_back,
    "note": write_note,
    "brought": tick_brought,
    "help": ask_help,
    "help-over": end_help,
    "come": come_to_help,
    "pause": pause,
    "last": announce_last,
    "continue": go_on,
    "close": close,
}
