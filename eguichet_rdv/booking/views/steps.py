"""What the pages of the steps show beside their form."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from eguichet_rdv.booking.fields import say_birth_date
from eguichet_rdv.booking.forms import PersonForm, TimeForm
from eguichet_rdv.booking.month import (
    NOON,
    Starts,
    TimeChoice,
    build_month,
    format_start,
    read_day,
    time_choices,
)
from eguichet_rdv.booking.offers import opens_later, walk_in_hours
from eguichet_rdv.booking.paths import active_language
from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.common.dates import say_date, say_moment, say_time
from eguichet_rdv.scheduling.domain.availability import bounds, find_first, find_starts
from eguichet_rdv.scheduling.domain.deadlines import find_late
from eguichet_rdv.scheduling.domain.refusals import NotBookable
from eguichet_rdv.scheduling.domain.wanted import Wanted, read_wanted
from eguichet_rdv.scheduling.enums import Need
from eguichet_rdv.townhall.models import Location

Choices = list[dict[str, Any]]
LIST_DAYS = 5
"""So many days on one page of the list: somebody who reads it aloud wants to reach its end."""
LONG_WAIT = timedelta(days=14)

__all__ = ["format_start"]


def visit_context(procedure: Procedure) -> dict[str, Any]:
    """What one must know before booking."""
    return {"bring": procedure.things_to_bring()}


def chosen_context(wanted: Wanted, start: datetime | None) -> dict[str, Any]:
    """What was chosen so far."""
    language = active_language()
    context: dict[str, Any] = {"wanted": wanted, "place": wanted.location}
    context["minutes"] = int(wanted.duration / timedelta(minutes=1))
    if start is not None:
        local = wanted.location.local(start)
        context |= {"day": say_date(local.date(), language), "hour": say_time(local, language), "start_local": local}
    return context


def time_context(
    wanted: Wanted, form: TimeForm, query: Mapping[str, str], kept: Mapping[str, Any], *, now: datetime
) -> dict[str, Any]:
    """The month, the times of the chosen day and, after a refusal, the nearest free ones."""
    alternatives = form.alternatives or [datetime.fromisoformat(text) for text in kept.get("alternatives", ())]
    context = choice_context(wanted, str(form["start"].value() or ""), query, alternatives, now=now)
    return context | {"refused": "" if form.errors else kept.get("refused", "")}


def choice_context(
    wanted: Wanted, chosen: str, query: Mapping[str, str], alternatives: list[datetime], *, now: datetime
) -> dict[str, Any]:
    """Everything from which a day and a time are chosen, for a booking or a move."""
    language = active_language()
    today = wanted.location.local(now).date()
    starts = find_starts(wanted, today, bounds(wanted, now)[1], now=now)
    day = read_day(query.get("day") or chosen[:10], starts)
    first = starts[min(starts)][0] if starts else None
    late = find_late(wanted, first, now)
    context: dict[str, Any] = {"as_list": query.get("view") == "list", "late": late, "opens": opens_later(wanted, now)}
    context["near"] = near_choices(alternatives, wanted, chosen)
    context["waits_long"] = waits_long(wanted, first, now)
    if late or first is None:
        hours = [(item.procedure, walk_in_hours(item.procedure, wanted.location)) for item in wanted.items]
        context["walk_in"] = [pair for pair in hours if pair[1]]
    if day is None or first is None:
        return context | {"nothing_free": True}
    days = [day]
    if context["as_list"]:
        days, context["earlier_days"], context["later_days"] = turn_list(list(starts), day)
    return context | {
        "month": build_month(starts, day, language),
        "blocks": build_blocks(starts, days, chosen, number=len(alternatives)),
        "first_free": {
            "day": first.date(),
            "words": say_date(first.date(), language),
            "hour": say_time(first, language),
            "moment": first,
        },
    }


def waits_long(wanted: Wanted, first: datetime | None, now: datetime) -> bool:
    """Whether a message about an earlier time is worth offering: nothing is free, or the first time is far away."""
    return first is None or first - now > LONG_WAIT or bool(find_late(wanted, first, now))


def earlier_elsewhere(
    wanted: Wanted, first_free: Mapping[str, Any] | None, places: Iterable[Location], now: datetime
) -> list[dict[str, str]]:
    """Other places with an earlier first time than here, each with that time in words."""
    language = active_language()
    found = []
    wishes = [(item.procedure.service.code, item.procedure.code, item.persons) for item in wanted.items]
    for place in places:
        if place == wanted.location:
            continue
        try:
            first = find_first(read_wanted(wishes, location=place.slug), now=now)
        except NotBookable:
            continue
        if first is not None and (first_free is None or first < first_free["moment"]):
            found.append({"slug": place.slug, "name": place.name, "when": say_moment(first, language)})
    return found


def near_choices(alternatives: Iterable[datetime], wanted: Wanted, chosen: str) -> list[tuple[str, TimeChoice]]:
    """The nearest free times, each with its day in words."""
    language = active_language()
    near = [wanted.location.local(moment) for moment in alternatives]
    choices = time_choices(near, language, chosen=chosen)
    return [(say_date(moment.date(), language), choice) for moment, choice in zip(near, choices, strict=True)]


def turn_list(days: list[date], day: date) -> tuple[list[date], str, str]:
    """The days of the list from ``day`` on, and the first days of the pages before and after, as text."""
    at = days.index(day)
    before, after = days[max(at - LIST_DAYS, 0) : at], days[at + LIST_DAYS :]
    shown = days[at : at + LIST_DAYS]
    return shown, before[0].isoformat() if before else "", after[0].isoformat() if after else ""


def build_blocks(starts: Starts, days: Iterable[date], chosen: str, *, number: int) -> Choices:
    """The times of each day in the morning and in the afternoon; their ids are counted from ``number``."""
    language = active_language()
    blocks: Choices = []
    for listed in days:
        times = starts[listed]
        choices = time_choices(times, language, chosen=chosen, number=number)
        number += len(times)
        morning = [choice for choice, moment in zip(choices, times, strict=True) if moment.hour < NOON]
        blocks.append({"day": say_date(listed, language), "morning": morning, "afternoon": choices[len(morning) :]})
    return blocks


def check_context(person: PersonForm, language: str) -> dict[str, Any]:
    """The answers in words, for a last look."""
    data = person.cleaned_data
    labels = dict(Need.choices)
    return {
        "person": person.read_person(),
        "birth_date": say_birth_date(data["birth_date"], lambda day: say_date(day, language)),
        "spoken_language": dict(person.fields["language"].choices)[data["language"]],  # type: ignore[attr-defined]
        "needs": [labels[need] for need in data["needs"]],
        "answers": [(field.label, data[field.name]) for field in person.question_fields if data[field.name]],
    }
