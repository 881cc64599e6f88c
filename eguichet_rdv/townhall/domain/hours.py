"""Whoever shortens hours is shown the appointments concerned first; nothing vanishes silently."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from eguichet_rdv.common.refusals import Refusal


@dataclass(frozen=True, slots=True, order=True)
class Concerned:
    """An appointment outside the hours of its counter; ``start`` on the clock on the wall."""

    start: datetime
    reference: str
    counter: str


class HoursInUse(Refusal):
    """There are appointments in the time that would be closed. ``shown`` names exactly this list."""

    code = "hours_in_use"
    sentence = _("There are appointments in the time you are closing.")

    def __init__(self, concerned: Sequence[Concerned]) -> None:
        super().__init__()
        self.concerned = concerned
        self.shown = name_list(concerned)


Lister = Callable[[], set[Concerned]]
_listers: list[Lister] = []


def add_lister(lister: Lister) -> None:
    """Let a higher room say which appointments lie outside the hours as they are now."""
    if lister not in _listers:
        _listers.append(lister)


def name_list(concerned: Sequence[Concerned]) -> str:
    """A short text that is the same for the same list only."""
    text = "\n".join(f"{one.start.isoformat()} {one.reference} {one.counter}" for one in concerned)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@contextmanager
def guard_hours(agreed: str) -> Iterator[None]:
    """Change hours, closures or counters inside; one transaction.

    Raises ``HoursInUse``, and nothing is changed, when appointments come to lie outside, unless ``agreed`` names exactly
    their list: whoever saved has seen it. An appointment booked meanwhile is another list, which is shown again.
    """
    with transaction.atomic():
        before = _list_all()
        yield
        concerned = sorted(_list_all() - before)
        if concerned and name_list(concerned) != agreed:
            raise HoursInUse(concerned)


def _list_all() -> set[Concerned]:
    return {one for lister in _listers for one in lister()}
