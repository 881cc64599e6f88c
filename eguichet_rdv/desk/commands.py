"""What a clerk can order, by the name in the address."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from eguichet_rdv.catalogue.models import Service
from eguichet_rdv.ledger.domain.access import log_access
from eguichet_rdv.townhall.models import Location
from eguichet_rdv.waiting.domain import call, serve, sessions
from eguichet_rdv.waiting.models import CounterSession, Stop

LONGEST_KEY = 18
Form = Mapping[str, str]
Command = Callable[[CounterSession, Form, UUID, datetime], str | None]
"""Carries the order out; returns a sentence for the clerk or nothing. Refusals are raised."""


def call_next(session: CounterSession, _form: Form, intent: UUID, now: datetime) -> str | None:
    """Call the next person; says why when there is none."""
    called = call.call_next(session, intent=intent, now=now)
    if called.stop is None:
        return called.reason or _("Nobody is waiting for this counter.")
    appointment = called.stop.ticket.appointment
    if appointment:
        log_access(session.clerk, "view", f"appointment:{appointment.reference}", "desk")
    return None


def recall(session: CounterSession, form: Form, intent: UUID, now: datetime) -> None:
    """Call the same person again."""
    serve.recall(session, find_stop(form, session.counter.location), intent=intent, now=now)


def start_serving(session: CounterSession, form: Form, intent: UUID, now: datetime) -> None:
    """The person has come to the counter."""
    serve.start_serving(session, find_stop(form, session.counter.location), intent=intent, now=now)


def finish(session: CounterSession, form: Form, intent: UUID, now: datetime) -> None:
    """All is done."""
    serve.finish(session, find_stop(form, session.counter.location), intent=intent, now=now)


def park(session: CounterSession, form: Form, intent: UUID, now: datetime) -> None:
    """The person fetches something and comes back."""
    serve.park(session, find_stop(form, session.counter.location), intent=intent, now=now)


def resume(session: CounterSession, form: Form, intent: UUID, now: datetime) -> None:
    """Somebody put aside is back in the line."""
    serve.resume(session, find_stop(form, session.counter.location), intent=intent, now=now)


def mark_no_show(session: CounterSession, form: Form, intent: UUID, now: datetime) -> None:
    """The person did not come after being called."""
    serve.mark_no_show(session, find_stop(form, session.counter.location), intent=intent, now=now)


def transfer(session: CounterSession, form: Form, intent: UUID, now: datetime) -> str:
    """Send the person on to another service, under the same number."""
    service = get_object_or_404(Service, code=form.get("service", ""), retired_at=None)
    stop = find_stop(form, session.counter.location)
    serve.transfer(session, stop, service=service, intent=intent, now=now)
    return _("%(number)s now waits for %(service)s.") % {"number": stop.ticket.number, "service": service.label()}


def pause(session: CounterSession, _form: Form, _intent: UUID, _now: datetime) -> None:
    """Nobody is called to this counter for a while."""
    sessions.pause_session(session)


def go_on(session: CounterSession, _form: Form, _intent: UUID, _now: datetime) -> None:
    """Back from the pause."""
    sessions.resume_session(session)


def close(session: CounterSession, _form: Form, _intent: UUID, now: datetime) -> str:
    """Leave the counter."""
    sessions.close_session(session, now=now)
    return _("Counter %(counter)s is closed.") % {"counter": session.counter.name}


def find_stop(form: Form, location: Location) -> Stop:
    """The person the button stands for, at this place only."""
    stops = Stop.objects.select_related("ticket__number", "ticket__appointment")
    return get_object_or_404(stops, pk=read_key(form, "stop"), location=location)


def read_key(form: Form, name: str) -> int:
    """The number of a row as a button sends it; 0, which no row has, for anything else."""
    text = form.get(name, "")
    return int(text) if text.isdecimal() and len(text) <= LONGEST_KEY else 0


COMMANDS: Mapping[str, Command] = {
    "call": call_next,
    "recall": recall,
    "serve": start_serving,
    "finish": finish,
    "park": park,
    "resume": resume,
    "no-show": mark_no_show,
    "transfer": transfer,
    "pause": pause,
    "continue": go_on,
    "close": close,
}
