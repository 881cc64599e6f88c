"""Higher rooms say here how a message of their kind is written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.utils.functional import Promise

from eguichet_rdv.messaging.domain.content import Content, Drop
from eguichet_rdv.messaging.models import Message

Builder = Callable[[Message], Content | Drop]
_builders: dict[str, Builder] = {}
_labels: dict[str, str | Promise] = {}


def register(kind: str, builder: Builder, label: str | Promise = "") -> None:
    """Let ``builder`` write the messages of ``kind``; it reads the state anew each time and is called after the claim.

    An exception parks the message; its text is not kept, for it may name somebody. ``label`` is what staff read.
    """
    if _builders.setdefault(kind, builder) is not builder:
        raise ValueError(f"Messages of the kind {kind} already have a builder")
    _labels[kind] = label or kind


@contextmanager
def register_temporarily(kind: str, builder: Builder) -> Iterator[None]:
    """Replace the builder of ``kind`` for a while."""
    before = _builders.get(kind)
    _builders[kind] = builder
    try:
        yield
    finally:
        if before is None:
            del _builders[kind]
        else:
            _builders[kind] = before


def find_builder(kind: str) -> Builder | None:
    """The builder of ``kind``, if a room has registered one."""
    return _builders.get(kind)


def label_of(kind: str) -> str:
    """What staff read for ``kind``."""
    return str(_labels.get(kind, kind))
