"""What a bridge sends. Unknown fields are ignored, so that a newer bridge can talk to an older server."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from django.conf import settings
from pydantic import AwareDatetime, BaseModel, Field, model_validator

from eguichet_rdv.waiting.domain.answers import ByBirthDate, ByCode, ByReference, Key

BIRTH_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
HOUR = r"^[0-9]{2}:[0-9]{2}$"
NUMBER = r"^[A-Z][0-9]{1,6}$"
LARGEST = 2**62
LONGEST_CODE = 8192
DAY_MS = 86_400_000
YEARS = 3650
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Stamped(BaseModel):
    """Which arrival this is, and when the kiosk thinks it was."""

    id: UUID
    seq: int = Field(ge=0, le=LARGEST)
    at: AwareDatetime
    offset_ms: int = Field(0, ge=-YEARS * DAY_MS, le=YEARS * DAY_MS)
    language: str | None = Field(None, max_length=5)

    @property
    def kiosk_clock(self) -> datetime:
        """The kiosk's own clock in UTC; the epoch for an hour at the edge of the calendar, which no zone can tell."""
        try:
            return self.at.astimezone(UTC)
        except OverflowError:
            return EPOCH

    @property
    def server_time(self) -> datetime:
        """The kiosk's clock, corrected by the last measured distance to ours."""
        try:
            return self.kiosk_clock + timedelta(milliseconds=self.offset_ms)
        except OverflowError:
            return EPOCH

    @property
    def chosen(self) -> str | None:
        """The language chosen at the kiosk; none when somebody scanned at once: then that of their appointment counts."""
        return self.language if self.language in dict(settings.LANGUAGES) else None

    @property
    def speaks(self) -> str:
        """The language chosen, else the site's."""
        return self.chosen or settings.LANGUAGE_CODE


class CheckInMessage(Stamped):
    """Somebody with an appointment says « I am here », by exactly one key."""

    code: str | None = Field(None, max_length=LONGEST_CODE)
    birth_date: str | None = Field(None, pattern=BIRTH_DATE)
    hour: str | None = Field(None, pattern=HOUR)
    reference: str | None = Field(None, max_length=40)
    party_complete: bool | None = None

    @model_validator(mode="after")
    def has_one_key(self) -> "CheckInMessage":
        """Refuse none and two."""
        if sum(value is not None for value in (self.code, self.birth_date, self.reference)) != 1:
            raise ValueError("exactly one of code, birth_date and reference")
        return self

    @property
    def key(self) -> Key:
        """In the words of the domain."""
        if self.birth_date is not None:
            return ByBirthDate(self.birth_date, self.hour or "")
        if self.reference is not None:
            # A reference has letters and digits; the rest could not even be asked of the database.
            return ByReference("".join(sign for sign in self.reference if sign.isascii() and sign.isalnum()) or "-")
        return ByCode(self.code or "")


class WalkInMessage(Stamped):
    """Somebody without appointment wants a number: ``number``, if it can be had.

    It is the next of those leased to the kiosk, which it prints when our answer comes too late.
    """

    service: str = Field(pattern=r"^[-a-zA-Z0-9_]{1,40}$")
    procedure: str = Field(pattern=r"^[-a-zA-Z0-9_]{1,40}$")
    persons: int = Field(1, ge=1, le=99)
    number: str | None = Field(None, pattern=NUMBER)


class CheckInEntry(CheckInMessage):
    """A check-in the kiosk decided alone, with the number it printed."""

    kind: Literal["check_in"]
    number: str = Field(pattern=NUMBER)


class WalkInEntry(WalkInMessage):
    """A number the kiosk gave alone."""

    kind: Literal["walk_in"]
    number: str = Field(pattern=NUMBER)


Entry = Annotated[CheckInEntry | WalkInEntry, Field(discriminator="kind")]


class JournalMessage(BaseModel):
    """What was decided without the server, in order."""

    entries: list[Entry] = Field(max_length=1000)


class StuckArrival(BaseModel):
    """An arrival whose entry the server refused to read: as little of it as can be read in any case."""

    seq: int = Field(ge=0, le=LARGEST)
    id: UUID
    number: str = Field(max_length=7)


class HeartbeatMessage(BaseModel):
    """How the devices are, and what was set aside because the server refuses its shape.

    ``heard`` is the ``now`` of the last answer that arrived: orders given since are repeated.
    """

    version: str = Field("", max_length=40)
    printer: Literal["ok", "paper_low", "paper_out", "cover_open", "offline", "unknown"]
    scanner: Literal["ok", "missing", "none"]
    backlog: int = Field(0, ge=0, le=2**31 - 1)
    stuck: list[StuckArrival] = Field(default_factory=list, max_length=1000)
    heard: AwareDatetime | None = Field(None, exclude=True)
