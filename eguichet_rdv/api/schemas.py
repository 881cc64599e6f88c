"""The shapes of the API; what is not named here is refused."""

import re
from datetime import date
from typing import Annotated, Any

from django.conf import settings
from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field

DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
START = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$"
BIRTH_DATE = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$"
LANGUAGES = [code for code, _name in settings.LANGUAGES]
MOST_PERSONS = 99


def _read_date(value: Any) -> Any:
    """Only ``2026-12-01``: pydantic alone would also take seconds since 1970."""
    if isinstance(value, str) and re.fullmatch(DATE, value, re.ASCII):
        return date.fromisoformat(value)
    raise ValueError("not a date")


def _read_language(value: Any) -> Any:
    if value in LANGUAGES:
        return value
    raise ValueError("not one of the languages")


Day = Annotated[date, BeforeValidator(_read_date)]
Language = Annotated[str, BeforeValidator(_read_language), Field(json_schema_extra={"enum": LANGUAGES})]


class Strict(Schema):
    """Refuses fields it does not know, so that a typing error is not silently ignored."""

    model_config = ConfigDict(extra="forbid")


class ProcedureOffer(Schema):
    """Something to come for. ``mode`` tells how it is had; only ``online`` has times."""

    code: str
    label: str
    minutes: int
    minutes_per_extra_person: int
    max_persons: int
    mode: str
    locations: list[str]


class ServiceOffer(Schema):
    """A municipal service and its procedures."""

    code: str
    label: str
    procedures: list[ProcedureOffer]


class FreeDay(Schema):
    """The free times of a day, on the clock of the place."""

    date: date
    times: list[str]


class FreeTimes(Schema):
    """Days without a free time are left out."""

    timezone: str
    days: list[FreeDay]


class PersonIn(Strict):
    """Who comes. An unknown month or day of birth is ``00``."""

    last_name: str = Field(min_length=1, max_length=400, examples=["Dupont"])
    first_name: str = Field("", max_length=400, examples=["Marie"])
    birth_date: str = Field("", pattern=BIRTH_DATE, examples=["1990-02-01"])
    email: str = Field("", max_length=400, examples=["marie@example.org"])
    phone: str = Field("", max_length=40, examples=["+32470123456"])


class AppointmentIn(Strict):
    """What to book. ``start`` is on the clock of the place; ``location`` is needed only when there are several."""

    service: str = Field(max_length=40, examples=["population"])
    procedure: str = Field(max_length=40, examples=["eid-demande"])
    start: str = Field(pattern=START, examples=["2026-12-01T08:30"])
    persons: int = Field(1, ge=1, le=MOST_PERSONS, strict=True)
    language: Language = "fr"
    location: str | None = Field(None, max_length=50)
    person: PersonIn


class CancelIn(Strict):
    """Why, if somebody wants to say so."""

    reason: str = Field("", max_length=200)


class AppointmentOut(Schema):
    """A booked visit. ``check_in_code`` is what the QR code at the kiosk holds: as secret as a ticket."""

    reference: str
    start: str
    end: str
    timezone: str
    place: str
    check_in_code: str


class CancelledOut(Schema):
    """A cancelled visit."""

    reference: str
    state: str


class Problem(Schema):
    """Why not. ``error`` is for programs, ``message`` for people, in the language asked for."""

    error: str
    message: str
    field: str | None = Field(None, description="Where in the request, if it is one place.")
    alternatives: list[str] | None = Field(None, description="Up to three other starts, when a time cannot be had.")
