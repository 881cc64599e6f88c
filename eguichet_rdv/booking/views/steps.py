"""What the pages of the steps show beside their form."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from eguichet_rdv.booking.fields import say_birth_date
from eguichet_rdv.booking.forms import PersonForm, TimeForm
from eguichet_rdv.booking.month import NOON, build_month, format_start, read_day, time_choices
from eguichet_rdv.booking.offers import walk_in_hours
from eguichet_rdv.booking.paths import active_language
from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.common.dates import say_date, say_time
from eguichet_rdv.scheduling.domain.availability import bounds, find_starts
from eguichet_rdv.scheduling.domain.wanted import Wanted
from eguichet_rdv.scheduling.enums import Need

Choices = list[dict[str, Any]]

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
    tz = wanted.location.tz
    today = wanted.location.local(now).date()
    starts = find_starts(wanted, today, bounds(wanted, now)[1], now=now)
    day = read_day(query.get("day") or chosen[:10], starts)
    near = [moment.astimezone(tz) for moment in alternatives]
    near_choices = [
        (say_date(moment.date(), language), choice)
        for moment, choice in zip(near, time_choices(near, language, chosen=chosen), strict=True)
    ]
    context: dict[str, Any] = {"near": near_choices, "as_list": query.get("view") == "list"}
    if day is None:
        hours = [(item.procedure, walk_in_hours(item.procedure, wanted.location)) for item in wanted.items]
        return context | {"nothing_free": True, "walk_in": [pair for pair in hours if pair[1]]}
    days = list(starts) if context["as_list"] else [day]
    number = len(near)
    blocks: Choices = []
    for listed in days:
        times = starts[listed]
        choices = time_choices(times, language, chosen=chosen, number=number)
        number += len(times)
        morning = [choice for choice, moment in zip(choices, times, strict=True) if moment.hour < NOON]
        blocks.append({"day": say_date(listed, language), "morning": morning, "afternoon": choices[len(morning) :]})
    first = starts[min(starts)][0]
    return context | {
        "month": build_month(starts, day, language),
        "blocks": blocks,
        "first_free": {
            "day": first.date(),
            "words": say_date(first.date(), language),
            "hour": say_time(first, language),
        },
        "late": is_late(wanted, first, now),
    }


def is_late(wanted: Wanted, first: datetime, now: datetime) -> bool:
    """Whether the first free time lies beyond what the law allows for one of the procedures."""
    limits = [item.procedure.legal_deadline_days for item in wanted.items]
    days = [limit for limit in limits if limit is not None]
    return bool(days) and first - now > timedelta(days=min(days))


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
