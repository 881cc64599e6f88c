"""The frozen declarations of a plugin; each refuses nonsense when it is built."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from eguichet_rdv.plugin.errors import DeclarationError
from eguichet_rdv.plugin.text import Text

API = 1
"""The version of this contract. It rises only when an old plugin would stop working."""

GRID = timedelta(minutes=5)
LONGEST = timedelta(hours=8)
CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
FORBIDDEN_LETTERS = frozenset("IO")
MOST_QUESTIONS = 2


def minutes(count: int) -> timedelta:
    """``count`` minutes as a duration."""
    return timedelta(minutes=count)


class Mode(StrEnum):
    """How a procedure is had."""

    ONLINE = "online"
    """Booked by the citizen, or by a clerk for them."""
    CLERK = "clerk"
    """Booked by a clerk only."""
    CONVOCATION = "convocation"
    """Booked only with a code the municipality has sent."""
    WALK_IN = "walk_in"
    """Without appointment: hours and place instead of a calendar."""
    POST = "post"
    """By post or e-mail; nobody needs to come."""
    EGUICHET = "eguichet"
    """Entirely in the e-guichet; nobody needs to come."""


@dataclass(frozen=True, slots=True)
class Bring:
    """One thing the visitor must bring."""

    code: str
    label: Text

    def __post_init__(self) -> None:
        _check_code("Bring", self.code)
        _check_text(f"The label of Bring « {self.code} »", self.label)


@dataclass(frozen=True, slots=True)
class Question:
    """One short question asked when booking (a file number, the address of a property)."""

    code: str
    label: Text
    required: bool = False

    def __post_init__(self) -> None:
        _check_code("Question", self.code)
        _check_text(f"The label of Question « {self.code} »", self.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ProcedureFacts:
    """What a procedure may declare beside its code, label and duration; every field has a neutral default."""

    summary: Text | None = None
    bring: tuple[Bring, ...] = ()
    who: Text | None = None
    """Who must come, in words."""
    child_from_age: int | None = None
    """From which age (years) a child has to come along."""
    fee_cents: int | None = None
    """Fee in euro cents for one person; ``None`` = according to the municipality's rules, 0 = free."""
    delay: Text | None = None
    """How long until the document is ready, in words."""
    legal_deadline: timedelta | None = None
    """The citizen has to come within this time by law."""
    minimum_notice: timedelta = timedelta(hours=1)
    """A start closer than this is not offered online."""
    horizon: timedelta = timedelta(days=60)
    """How far ahead online booking goes."""
    step: timedelta | None = None
    """Distance between offered starts; ``None`` = the duration."""
    last_start: str = ""
    """Last start of the day as ``HH:MM`` local time; empty = none."""
    max_persons: int = 1
    per_extra_person: timedelta = timedelta()
    mode: Mode = Mode.ONLINE
    residents_only: bool = False
    online_url: str = ""
    """Address of the same document in the e-guichet, shown before booking."""
    sensitive: bool = False
    """Every message, screen and ticket then uses the neutral name of the service."""
    follows: str = ""
    """Code of the procedure this one collects or completes (a card is asked for, then collected)."""
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Procedure(_ProcedureFacts):
    """Something a citizen comes for: ``Procedure("adult", _("Passport, adult"), minutes(15))``."""

    code: str
    label: Text
    duration: timedelta

    def __post_init__(self) -> None:
        _check_code("Procedure", self.code)
        name = f"Procedure « {self.code} »"
        _check_text(f"The label of {name}", self.label)
        _check_grid(f"The duration of {name}", self.duration, least=GRID)
        _check_grid(f"The time per extra person of {name}", self.per_extra_person, least=timedelta())
        if self.step is not None:
            _check_grid(f"The step of {name}", self.step, least=GRID)
        if self.max_persons < 1:
            raise DeclarationError(f"{name} allows {self.max_persons} persons; at least one has to come.")
        if self.fee_cents is not None and self.fee_cents < 0:
            raise DeclarationError(f"The fee of {name} is negative.")
        if self.last_start and not re.fullmatch(r"([01]\d|2[0-3]):[0-5][05]", self.last_start):
            raise DeclarationError(f"The last start of {name} is « {self.last_start} »; write it as 15:00.")
        if self.online_url and urlsplit(self.online_url).scheme not in {"https", "http"}:
            raise DeclarationError(f"The online address of {name} must begin with https://.")
        if len(self.questions) > MOST_QUESTIONS:
            raise DeclarationError(f"{name} asks {len(self.questions)} questions; at most {MOST_QUESTIONS} are allowed.")
        _check_unique(f"the things to bring of {name}", (bring.code for bring in self.bring))
        _check_unique(f"the questions of {name}", (question.code for question in self.questions))


@dataclass(frozen=True, slots=True)
class Counter:
    """A kind of counter and the procedures it handles (empty = all of the service)."""

    code: str
    label: Text
    handles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_code("Counter", self.code)
        _check_text(f"The label of Counter « {self.code} »", self.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A municipal service: its procedures, its counters and the letter of its tickets."""

    code: str
    label: Text
    letter: str
    """First letter of the ticket numbers; a proposal, the municipality decides."""
    procedures: tuple[Procedure, ...]
    counters: tuple[Counter, ...] = ()
    api: int = API
    summary: Text | None = None
    neutral_label: Text | None = None
    """What messages say instead of a sensitive procedure; ``None`` = the label of the service."""

    def __post_init__(self) -> None:
        _check_code("Service", self.code)
        name = f"Service « {self.code} »"
        _check_text(f"The label of {name}", self.label)
        if not re.fullmatch(r"[A-Z]", self.letter) or self.letter in FORBIDDEN_LETTERS:
            raise DeclarationError(f"The letter of {name} is « {self.letter} »; take one capital A–Z, not I or O.")
        if not self.procedures:
            raise DeclarationError(f"{name} declares no procedure.")
        codes = [procedure.code for procedure in self.procedures]
        _check_unique(f"the procedures of {name}", codes)
        _check_unique(f"the counters of {name}", (counter.code for counter in self.counters))
        for counter in self.counters:
            for code in counter.handles:
                if code not in codes:
                    raise DeclarationError(f"Counter « {counter.code} » handles « {code} », which {name} does not declare.")
        for procedure in self.procedures:
            if procedure.follows and procedure.follows not in codes:
                raise DeclarationError(
                    f"Procedure « {procedure.code} » follows « {procedure.follows} », which {name} does not declare."
                )


def _check_code(kind: str, code: str) -> None:
    if not CODE.fullmatch(code) or len(code) > 40:
        raise DeclarationError(
            f"{kind} has the code « {code} »; use at most 40 small letters, digits and single hyphens, a letter first."
        )


def _check_text(what: str, text: object) -> None:
    if not isinstance(text, Text) or not text.source.strip():
        raise DeclarationError(f"{what} must be a text marked with _().")


def _check_grid(what: str, duration: timedelta, *, least: timedelta) -> None:
    if duration < least or duration > LONGEST or duration % GRID:
        raise DeclarationError(f"{what} is {duration}; it must be a multiple of 5 minutes, from {least} to {LONGEST}.")


def _check_unique(what: str, codes: Iterable[str]) -> None:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise DeclarationError(f"« {code} » stands twice among {what}.")
        seen.add(code)
