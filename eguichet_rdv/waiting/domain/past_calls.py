"""Calls as they stand in the history: one taken back within seconds was none, and why they were made is forgotten."""

from collections import Counter as Tally
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.waiting.enums import StopEventKind
from eguichet_rdv.waiting.models import Stop, StopEvent, Ticket


def read_calls(events: QuerySet[StopEvent], *fields: str) -> dict[int, list[tuple[Any, ...]]]:
    """Stop → ``fields`` of each of its calls among ``events``, in the order in which they were made."""
    rows = events.filter(kind__in=(StopEventKind.CALLED, StopEventKind.WITHDRAWN)).order_by("pk")
    calls: dict[int, list[tuple[Any, ...]]] = {}
    for stop, kind, *facts in rows.values_list("stop_id", "kind", *fields):
        if kind == StopEventKind.CALLED:
            calls.setdefault(stop, []).append(tuple(facts))
        else:
            calls[stop].pop()
    return {stop: made for stop, made in calls.items() if made}


def read_returns(events: QuerySet[StopEvent]) -> dict[int, datetime]:
    """Stop → since when its visitor could be called, if not since the arrival: their party was complete, or they were back.

    Nothing that came after a first call counts: who was put aside, or absent, had been called in time or not.
    """
    kinds = (StopEventKind.CALLED, StopEventKind.WITHDRAWN, StopEventKind.RESUMED, StopEventKind.CAME_BACK)
    calls: Tally[int] = Tally()
    returns: dict[int, datetime] = {}
    for stop, kind, at in events.filter(kind__in=kinds).order_by("pk").values_list("stop_id", "kind", "at"):
        if kind == StopEventKind.CALLED:
            calls[stop] += 1
        elif kind == StopEventKind.WITHDRAWN:
            calls[stop] -= 1
        elif not calls[stop]:
            returns[stop] = at
    return returns


def forget_words(appointment: Appointment) -> None:
    """Erase what was told or typed about the visitor during the visit; that somebody came stays."""
    Ticket.objects.filter(appointment=appointment).update(needs=[])
    Stop.objects.filter(ticket__appointment=appointment).update(note="", brought=[])
    forget_reasons(StopEvent.objects.filter(stop__ticket__appointment=appointment))


def forget_reasons(events: QuerySet[StopEvent]) -> None:
    """Erase why somebody was called: for a call before their turn a clerk has typed it, and may have named somebody."""
    events.filter(kind=StopEventKind.CALLED).exclude(reason="").update(reason="")
