"""The shapes that travel: a ticket, and the answer to somebody who arrives."""

import unicodedata
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

LONGEST_TEXT = 500

Json = dict[str, Any]


class UnreadableError(ValueError):
    """What the server sent does not have the agreed shape."""


def strip_controls(text: str) -> str:
    """Return text without control, formatting or private characters: nothing in it can command a printer."""
    return "".join(" " if c in "\n\t\r" else c for c in text if c in "\n\t\r" or unicodedata.category(c)[0] != "C")


def read_text(data: Json, name: str) -> str:
    """Return a required short text of a message."""
    value = data.get(name)
    if not isinstance(value, str):
        message = f"{name} is not a text"
        raise UnreadableError(message)
    return strip_controls(value)[:LONGEST_TEXT]


def read_optional_text(data: Json, name: str) -> str | None:
    """Return a text of a message that may be null or absent."""
    return None if data.get(name) is None else read_text(data, name)


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a visitor takes along: a number and a zone, nothing personal. `issued_at` is UTC ISO-8601."""

    number: str
    zone: str
    zone_name: str
    hour: str | None
    date: str
    place: str
    issued_at: str
    language: str
    follow_url: str | None = None
    wait: tuple[int, int] | None = None

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Read the ticket of an answer, or raise UnreadableError."""
        if not isinstance(data, dict):
            message = "the ticket is not an object"
            raise UnreadableError(message)
        required = ("number", "zone", "zone_name", "date", "place", "issued_at", "language")
        texts = {name: read_text(data, name) for name in required}
        wait = data.get("wait")
        if wait is not None:
            try:
                wait = (int(wait["low"]), int(wait["high"]))
            except (KeyError, TypeError, ValueError) as error:
                message = "the waiting time is not a range"
                raise UnreadableError(message) from error
        return cls(
            **texts,
            hour=read_optional_text(data, "hour"),
            follow_url=read_optional_text(data, "follow_url"),
            wait=wait,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What the page shows to somebody who asked; `message` is a sentence in the visitor's `language`.

    Whoever has a ticket and `waits` sits down until they are called; to the others `message` says what to do instead.
    """

    outcome: str
    message: str
    ticket: Ticket | None = None
    hours: tuple[str, ...] = ()
    persons: int | None = None
    id: str = ""
    printing: str = "none"
    lines: tuple[Json, ...] = field(default=(), repr=False)
    language: str | None = None
    waits: bool = True

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Read an answer of the server, or raise UnreadableError."""
        if not isinstance(data, dict):
            message = "the answer is not an object"
            raise UnreadableError(message)
        ticket, hours, persons = data.get("ticket"), data.get("hours") or [], data.get("persons")
        if not isinstance(hours, list) or not (persons is None or isinstance(persons, int)):
            message = "the question cannot be read"
            raise UnreadableError(message)
        return cls(
            outcome=read_text(data, "outcome"),
            message=read_text(data, "message"),
            ticket=None if ticket is None else Ticket.from_json(ticket),
            hours=tuple(strip_controls(str(hour)) for hour in hours),
            persons=persons,
            language=read_optional_text(data, "language"),
        )

    def with_id(self, answer_id: str) -> Self:
        """Return the same answer, named by the request of the page it belongs to."""
        return replace(self, id=answer_id)

    def to_json(self) -> Json:
        """Return the answer as the page reads it."""
        return asdict(self)
