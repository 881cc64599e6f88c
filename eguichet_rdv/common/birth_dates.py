"""Dates of birth as people type them.

The result is ISO text in which an unknown month or day is ``00``: such birth dates exist on identity cards.
"""

import re
import unicodedata
from datetime import date

from django.utils.translation import gettext_lazy as _

from eguichet_rdv.common.refusals import Refusal

OLDEST_YEARS = 125
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier januari januar january jan",
            "fevrier februari februar february fevr fev feb",
            "mars maart marz maerz march mrt mar",
            "avril april avr apr",
            "mai mei may",
            "juin juni june jun",
            "juillet juli july juil jul",
            "aout augustus august aug",
            "septembre september sept sep",
            "octobre oktober october oct okt",
            "novembre november nov",
            "decembre december dezember dec dez",
        ),
        start=1,
    )
    for name in names.split()
}


class BadBirthDate(Refusal):
    """Not a date in any usual way of typing."""

    code = "bad_birth_date"
    sentence = _("Write the date of birth as day, month and year, for example 1 2 1990.")


class BirthDateInFuture(BadBirthDate):
    """Nobody is born tomorrow."""

    code = "birth_date_in_future"
    sentence = _("This date of birth lies in the future. Please check the year.")


class BirthDateTooOld(BadBirthDate):
    """More than 125 years ago."""

    code = "birth_date_too_old"
    sentence = _("This date of birth is too long ago. Please check the year.")


class NoSuchDay(BadBirthDate):
    """31 February and the like."""

    code = "no_such_day"
    sentence = _("This day does not exist in the calendar. Please check day and month.")


def parse_birth_date(text: str, *, today: date) -> str:
    """``1/2/90``, ``01021990``, ``1 février 1990``, ``1990-02-01`` → ``"1990-02-01"``; raises ``BadBirthDate``.

    A year of two digits is the latest one not in the future. Day and month may be ``00``, unknown.
    """
    plain = "".join(
        sign for sign in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(sign)
    ).strip()
    if iso := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", plain):
        year, month, day = iso.groups()
    elif packed := re.fullmatch(r"(\d{2})(\d{2})(\d{4}|\d{2})", plain):
        day, month, year = packed.groups()
    elif written := re.fullmatch(r"(\d{1,2})(?:er|e|st|nd|rd|th)?[\s./-]+([a-z]+)[\s./-]+(\d{4}|\d{2})", plain):
        day, name, year = written.groups()
        month = str(MONTHS.get(name, 99))
    elif parts := re.fullmatch(r"(\d{1,2})[\s./-]+(\d{1,2})[\s./-]+(\d{4}|\d{2})", plain):
        day, month, year = parts.groups()
    else:
        raise BadBirthDate
    return check_birth_date(_full_year(year, today), int(month), int(day), today=today)


def check_birth_date(year: int, month: int, day: int, *, today: date) -> str:
    """The ISO text of a possible date of birth; raises ``BadBirthDate``."""
    if year < today.year - OLDEST_YEARS:
        raise BirthDateTooOld
    if year > today.year:
        raise BirthDateInFuture
    if not 0 <= month <= 12 or not 0 <= day <= 31 or (month == 0 and day != 0):  # noqa: PLR2004 - a calendar
        raise NoSuchDay
    if month and day:
        try:
            born = date(year, month, day)
        except ValueError as error:
            raise NoSuchDay from error
        if born > today:
            raise BirthDateInFuture
    return f"{year:04d}-{month:02d}-{day:02d}"


def _full_year(text: str, today: date) -> int:
    year = int(text)
    if len(text) == 4:  # noqa: PLR2004 - digits
        return year
    century = today.year // 100 * 100
    return century + year if century + year <= today.year else century - 100 + year
