"""Deciding without the server: who is expected, and which number comes next. Pure functions over the last roster."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from eguichet_kiosk_bridge.answers import Json

SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


class Found(Enum):
    """How a search in the roster ends."""

    EXPECTED = "expected"
    OTHER_DAY = "other_day"
    WHICH_HOUR = "which_hour"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Expected:
    """One appointment of the roster, without a name."""

    appointment: str
    hour: str
    number: str
    zone: str
    zone_name: str
    language: str
    persons: int
    arrived: bool

    @classmethod
    def from_entry(cls, entry: Json) -> "Expected":
        """Read one entry as the server sent it."""
        return cls(
            appointment=str(entry["appointment"]),
            hour=str(entry["hour"]),
            number=str(entry["number"]),
            zone=str(entry["zone"]),
            zone_name=str(entry["zone_name"]),
            language=str(entry["language"]),
            persons=int(entry.get("persons") or 1),
            arrived=entry.get("state") == "arrived",
        )


@dataclass(frozen=True, slots=True)
class Search:
    """The result of a search: somebody, a day, or the hours to choose from."""

    found: Found
    expected: Expected | None = None
    date: str | None = None
    hours: tuple[str, ...] = ()


NOBODY = Search(Found.NOBODY)


def find_by_code(days: Iterable[Json], code: str, today: str) -> Search:
    """Find a check-in token, today or on another day of the roster."""
    digest = hashlib.sha256(code.encode("ascii")).hexdigest()
    for day in days:
        for entry in day["entries"]:
            if hmac.compare_digest(str(entry["digest"]), digest):
                if day["date"] != today:
                    return Search(Found.OTHER_DAY, date=day["date"])
                return Search(Found.EXPECTED, Expected.from_entry(entry))
    return NOBODY


def find_by_birth_date(days: Iterable[Json], birth_date: str, hour: str | None, today: str) -> Search:
    """Find a date of birth (ISO, 00 for unknown parts), today only; two people with one date: ask the hour, once."""
    for day in days:
        if day["date"] != today:
            continue
        birth = derive_birth(birth_date, day["salt"])
        entries = [entry for entry in day["entries"] if entry["birth"] and hmac.compare_digest(entry["birth"], birth)]
        if hour is not None:
            entries = [entry for entry in entries if entry["hour"] == hour]
        if len(entries) == 1:
            return Search(Found.EXPECTED, Expected.from_entry(entries[0]))
        hours = sorted({str(entry["hour"]) for entry in entries})
        if len(hours) > 1:
            return Search(Found.WHICH_HOUR, hours=tuple(hours))
    return NOBODY


def derive_birth(birth_date: str, salt: str) -> str:
    """Return the slow digest of a date of birth under the salt (hex) of its day and place."""
    options: dict[str, Any] = SCRYPT
    return hashlib.scrypt(birth_date.encode("ascii"), salt=bytes.fromhex(salt), **options).hex()


@dataclass(frozen=True, slots=True)
class NextNumber:
    """A number for somebody without an appointment, and where to wait."""

    number: str
    zone: str
    zone_name: str


def take_number(leases: Iterable[Json], service: str, today: str, given: set[str]) -> NextNumber | None:
    """Return the first number of this kiosk's range that was not given today, or None when there is none left."""
    for lease in leases:
        if lease["date"] != today or lease["service"] != service:
            continue
        for value in range(int(lease["first"]), int(lease["last"]) + 1):
            number = f"{lease['letter']}{value:03d}"
            if number not in given:
                return NextNumber(number, str(lease["zone"]), str(lease["zone_name"]))
    return None


def find_zone(leases: Iterable[Json], number: str, today: str) -> tuple[str, str]:
    """Return code and name of the zone that goes with a number of this kiosk's range; empty when it is not known."""
    for lease in leases:
        ordinal = number.removeprefix(str(lease["letter"]))
        if lease["date"] == today and ordinal.isdigit():
            return str(lease["zone"]), str(lease["zone_name"])
    return "", ""
