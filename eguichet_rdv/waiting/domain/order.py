"""The order of calling. One set of rules for the line itself, for forecasts and for replays of a day."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, Self, TypeVar

from eguichet_rdv.townhall.models import Location

ORDER = ("due_at", "arrived_at", "id")
"""Who is called first; fixed at arrival."""


class InLine(Protocol):
    """Somebody in the line; ``booked_at`` is None without appointment."""

    @property
    def booked_at(self) -> Any:
        """The hour of the appointment."""

    @property
    def due_at(self) -> Any:
        """When it is their turn."""


Someone = TypeVar("Someone", bound=InLine)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a place has decided about the order; explained at the fields of ``Location``."""

    tolerance: timedelta
    late_penalty: timedelta
    walk_in_offset: timedelta

    @classmethod
    def of(cls, location: Location) -> Self:
        """The rules of a place."""
        return cls(
            location.tolerance,
            timedelta(minutes=location.late_penalty_minutes),
            timedelta(minutes=location.walk_in_offset_minutes),
        )

    @property
    def patience(self) -> timedelta:
        """How long beyond their due time a walk-in may be passed: the head start of appointments once more."""
        return self.walk_in_offset

    def due_at(self, booked_at: datetime | None, arrived_at: datetime) -> datetime:
        """When it is somebody's turn: their hour; after it when they come too late; behind it without appointment."""
        if booked_at is None:
            return arrived_at + self.walk_in_offset
        if arrived_at <= booked_at + self.tolerance:
            return booked_at
        return arrived_at + self.late_penalty


def in_turn(
    line: Iterable[Someone], *, now: Any, next_due: Any, length: Callable[[Someone], Any], patience: Any
) -> Iterator[Someone]:
    """The line as a counter calls it: a walk-in who would delay somebody booked here comes after everybody else.

    Not for ever: who has waited ``patience`` beyond their due time keeps their place. ``line`` is in ``ORDER``;
    ``next_due`` is when the next one here with an appointment at this counter is due (None when there is none);
    ``length`` says how long somebody takes. Hours are datetimes and lengths timedeltas, or both are seconds.
    """
    postponed: list[Someone] = []
    for person in line:
        delays = person.booked_at is None and next_due is not None and next_due < now + length(person)
        if delays and now < person.due_at + patience:
            postponed.append(person)
        else:
            yield person
    yield from postponed
