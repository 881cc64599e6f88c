"""Two weeks of free times, for a booking and for a move; further weeks by link."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import Http404
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from eguichet_rdv.common.dates import say_date
from eguichet_rdv.scheduling.domain.availability import find_first, find_starts
from eguichet_rdv.scheduling.domain.refusals import TimeRefused
from eguichet_rdv.scheduling.domain.wanted import Wanted

DAYS_SHOWN = 14
FURTHEST_DAY = 730
MOST_PERSONS_DIGITS = 2
SENSIBLE_YEARS = range(2000, 2101)
"""Beyond, counting days and time zones overflows."""


def read_choice(query: Mapping[str, str], wanted: Wanted, now: datetime) -> dict[str, Any]:
    """The free days from the day asked for on, by default from that of the first free time, with links to others."""
    today = wanted.location.local(now).date()
    first = _read_first_day(query.get("from", ""), wanted, today, now)
    last = first + timedelta(days=DAYS_SHOWN - 1)
    language = get_language() or settings.LANGUAGE_CODE
    procedure = wanted.items[0].procedure
    return {
        "procedure": procedure,
        "persons": wanted.items[0].persons,
        "persons_choices": range(1, procedure.max_persons + 1),
        "days": [
            (day, say_date(day, language), [(start, start.isoformat()) for start in starts])
            for day, starts in find_starts(wanted, first, last, now=now).items()
        ],
        "first": first,
        "last": last,
        "earlier": max(today, first - timedelta(days=DAYS_SHOWN)) if first > today else None,
        "later": last + timedelta(days=1),
        "location": wanted.location,
    }


def read_start(text: str) -> datetime:
    """A time as the pages send it; 404 for anything else."""
    try:
        start = parse_datetime(text)
    except ValueError:
        start = None
    if start is None or start.tzinfo is None or start.year not in SENSIBLE_YEARS:
        raise Http404
    return start


def read_persons(*sent: Mapping[str, str], default: int = 1) -> int:
    """How many come, by what was sent first; a sensible number for nonsense."""
    text = next((query["persons"] for query in sent if query.get("persons")), "")
    return int(text) if text.isdecimal() and len(text) <= MOST_PERSONS_DIGITS else default


def explain(refusal: TimeRefused) -> str:
    """Why, and which times are free instead."""
    others = ", ".join(f"{start:%d/%m %H:%M}" for start in refusal.alternatives)
    return f"{refusal} {_('Free: %(times)s.') % {'times': others}}" if others else str(refusal)


def _read_first_day(text: str, wanted: Wanted, today: date, now: datetime) -> date:
    try:
        asked = parse_date(text)
    except ValueError:
        asked = None
    if asked:
        return max(today, min(asked, today + timedelta(days=FURTHEST_DAY)))
    first = find_first(wanted, now=now)
    return first.date() if first else today
