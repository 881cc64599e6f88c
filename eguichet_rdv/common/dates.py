"""Days and hours in words, as each language writes them."""

from datetime import date, datetime, time

from django.utils import translation
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.formats import date_format

NO_BREAK = "\N{NO-BREAK SPACE}"
NOON = 12


def say_date(day: date, language: str) -> str:
    """``mardi 1er décembre 2026`` · ``dinsdag 1 december 2026`` · ``Dienstag, 1. Dezember 2026`` · ``Tuesday 1 …``."""
    code = base_of(language)
    with translation.override(code):
        weekday, month = str(WEEKDAYS[day.weekday()]), str(MONTHS[day.month])
    if code == "de":
        return f"{weekday}, {day.day}.{NO_BREAK}{month} {day.year}"
    number = "1er" if code == "fr" and day.day == 1 else str(day.day)
    return f"{weekday} {number}{NO_BREAK}{month} {day.year}"


def say_time(clock: time | datetime, language: str) -> str:
    """``8 h 30`` · ``8.30 uur`` · ``8.30 Uhr`` · ``8.30 am``, with no-break spaces; a datetime must already be local."""
    code = base_of(language)
    hour, minute = clock.hour, clock.minute
    if code == "fr":
        return f"{hour}{NO_BREAK}h" + (f"{NO_BREAK}{minute:02d}" if minute else "")
    if code in {"nl", "de"}:
        return short_clock(hour, minute) + NO_BREAK + ("uur" if code == "nl" else "Uhr")
    if not minute and hour in {0, NOON}:
        return f"12{NO_BREAK}" + ("noon" if hour else "midnight")
    return short_clock(hour % NOON or NOON, minute) + NO_BREAK + ("am" if hour < NOON else "pm")


def say_moment(moment: datetime, language: str) -> str:
    """Day and hour in one phrase: ``mardi 1er décembre 2026 à 8 h 30``; ``moment`` must already be local."""
    link = {"fr": "à", "nl": "om", "de": "um"}.get(base_of(language), "at")
    return f"{say_date(moment.date(), language)} {link}{NO_BREAK}{say_time(moment, language)}"


def say_month(day: date, language: str) -> str:
    """``décembre 2026``, as a heading above a month."""
    with translation.override(base_of(language)):
        return date_format(day, "F Y")


def base_of(language: str) -> str:
    """``fr`` of ``fr-be``."""
    return language.partition("-")[0]


def short_clock(hour: int, minute: int) -> str:
    """``8`` or ``8.30``."""
    return f"{hour}.{minute:02d}" if minute else str(hour)
