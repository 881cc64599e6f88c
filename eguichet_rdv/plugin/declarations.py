"""The frozen declarations of a plugin; each refuses nonsense when it is built."""

import re
from collections.abc import Collection, Iterable
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
LONGEST_HORIZON = timedelta(days=400)
LONGEST_CODE = 40
CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
FORBIDDEN_LETTERS = frozenset("IO")
MOST_QUESTIONS = 2
MOST_PERSONS = 20
ADULT_AGE = 18


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
        for what, text in (("summary", self.summary), ("who must come", self.who), ("delay", self.delay)):
            if text is not None:
                _check_text(f"The text « {what} » of {name}", text)
        _check_members(f"The things to bring of {name}", self.bring, Bring)
        _check_members(f"The questions of {name}", self.questions, Question)
        _check_unique(f"the things to bring of {name}", (bring.code for bring in self.bring))
        _check_unique(f"the questions of {name}", (question.code for question in self.questions))
        if len(self.questions) > MOST_QUESTIONS:
            raise DeclarationError(
                f"{name} asks {len(self.questions)} questions; at most {MOST_QUESTIONS} are allowed."
            )
        _check_times(name, self)
        _check_facts(name, self)


@dataclass(frozen=True, slots=True)
class Counter:
    """A kind of counter and the procedures it handles (empty = all of the service)."""

    code: str
    label: Text
    handles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_code("Counter", self.code)
        _check_text(f"The label of Counter « {self.code} »", self.label)
        _check_members(f"The procedures handled by Counter « {self.code} »", self.handles, str)


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
        for what, text in (("summary", self.summary), ("neutral label", self.neutral_label)):
            if text is not None:
                _check_text(f"The {what} of {name}", text)
        if type(self.api) is not int or self.api < 1:
            raise DeclarationError(f"{name} says api={self.api!r}; it is the whole number of the contract, from 1.")
        _check_members(f"The procedures of {name}", self.procedures, Procedure)
        _check_members(f"The counters of {name}", self.counters, Counter)
        if not self.procedures:
            raise DeclarationError(f"{name} declares no procedure.")
        codes = [procedure.code for procedure in self.procedures]
        _check_unique(f"the procedures of {name}", codes)
        _check_unique(f"the counters of {name}", (counter.code for counter in self.counters))
        _check_references(name, self, codes)


def _check_code(kind: str, code: str) -> None:
    if not CODE.fullmatch(code) or len(code) > LONGEST_CODE:
        raise DeclarationError(
            f"{kind} has the code « {code} »; use at most {LONGEST_CODE} small letters, digits and single hyphens, a letter first."
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


def _check_members(what: str, members: object, kind: type) -> None:
    """A missing comma makes ``(x)`` of ``(x,)``, and a list could be changed later: only a tuple will do."""
    if not isinstance(members, tuple) or not all(isinstance(member, kind) for member in members):
        raise DeclarationError(f"{what} must be a tuple of {kind.__name__}; mind the comma after a single one.")


def _check_times(name: str, procedure: Procedure) -> None:
    _check_grid(f"The duration of {name}", procedure.duration, least=GRID)
    _check_grid(f"The time per extra person of {name}", procedure.per_extra_person, least=timedelta())
    if procedure.step is not None:
        _check_grid(f"The step of {name}", procedure.step, least=GRID)
    if type(procedure.max_persons) is not int or not 1 <= procedure.max_persons <= MOST_PERSONS:
        raise DeclarationError(f"{name} allows {procedure.max_persons} persons; it must be from 1 to {MOST_PERSONS}.")
    if procedure.duration + procedure.per_extra_person * (procedure.max_persons - 1) > LONGEST:
        raise DeclarationError(f"{name} for {procedure.max_persons} persons takes longer than {LONGEST}.")
    if procedure.last_start and not re.fullmatch(r"([01]\d|2[0-3]):[0-5][05]", procedure.last_start):
        raise DeclarationError(f"The last start of {name} is « {procedure.last_start} »; write it as 15:00.")
    if procedure.minimum_notice < timedelta():
        raise DeclarationError(f"The minimum notice of {name} is negative.")
    if procedure.horizon <= procedure.minimum_notice or procedure.horizon > LONGEST_HORIZON:
        raise DeclarationError(
            f"The horizon of {name} is {procedure.horizon}; it must be longer than the minimum notice "
            f"and at most {LONGEST_HORIZON.days} days."
        )
    if procedure.legal_deadline is not None and procedure.legal_deadline <= timedelta():
        raise DeclarationError(f"The legal deadline of {name} must be longer than nothing.")


def _check_facts(name: str, procedure: Procedure) -> None:
    fee, age = procedure.fee_cents, procedure.child_from_age
    if fee is not None and (type(fee) is not int or fee < 0):
        raise DeclarationError(f"The fee of {name} is {fee}; write whole cents, 3330 for € 33.30.")
    if age is not None and (type(age) is not int or not 0 <= age < ADULT_AGE):
        raise DeclarationError(f"{name} wants a child from the age of {age}; it must be from 0 to {ADULT_AGE - 1}.")
    if not isinstance(procedure.mode, Mode):
        raise DeclarationError(f"The mode of {name} is « {procedure.mode} »; take one of Mode.")
    address = urlsplit(procedure.online_url)
    if procedure.online_url and (address.scheme not in {"https", "http"} or not address.netloc):
        raise DeclarationError(f"The online address of {name} must begin with https://.")
    if procedure.mode is Mode.EGUICHET and not procedure.online_url:
        raise DeclarationError(f"{name} is had in the e-guichet only, but has no online address.")
    if procedure.follows == procedure.code:
        raise DeclarationError(f"{name} follows itself.")


def _check_references(name: str, service: Service, codes: Collection[str]) -> None:
    """What one declaration says of another one must fit it."""
    for counter in service.counters:
        for code in counter.handles:
            if code not in codes:
                raise DeclarationError(f"Counter « {counter.code} » handles « {code} », which {name} does not declare.")
    brings: dict[str, Bring] = {}
    for procedure in service.procedures:
        if procedure.follows and procedure.follows not in codes:
            raise DeclarationError(
                f"Procedure « {procedure.code} » follows « {procedure.follows} », which {name} does not declare."
            )
        for bring in procedure.bring:
            if brings.setdefault(bring.code, bring) != bring:
                raise DeclarationError(
                    f"Two things to bring of {name} have the code « {bring.code} »; share one object."
                )
