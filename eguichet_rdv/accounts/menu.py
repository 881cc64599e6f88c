"""What a member of staff finds on the first page; higher rooms add to it when they start."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from eguichet_rdv.accounts.models import User


@dataclass(frozen=True, slots=True)
class Entry:
    """One workplace: its URL name, its title, what is done there and who sees it."""

    url_name: str
    title: str | Promise
    summary: str | Promise
    open_to: Callable[[User], bool]
    position: int = 0


_entries: dict[str, Entry] = {}


def add_entry(entry: Entry) -> None:
    """Offer ``entry``; a second one for the same address replaces the first."""
    _entries[entry.url_name] = entry


def entries_for(user: User) -> list[Entry]:
    """What ``user`` may open, in order."""
    return sorted(
        (entry for entry in _entries.values() if entry.open_to(user)),
        key=lambda entry: (entry.position, entry.url_name),
    )
