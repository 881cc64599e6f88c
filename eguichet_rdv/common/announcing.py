"""How a lower room tells higher ones, without knowing them."""

from typing import Any

from django.db import transaction
from django.dispatch import Signal

changing = Signal()
"""Sent inside the transaction: a receiver may update its projection, or refuse with a typed exception."""

changed = Signal()
"""Sent after commit: for bells and messages only; a failing receiver harms nobody."""


def announce(subject: Any, what: str, **facts: Any) -> None:
    """Say that ``subject`` (a model instance) is being changed; ``what`` is one word such as ``booked``."""
    changing.send(type(subject), subject=subject, what=what, **facts)
    transaction.on_commit(lambda: changed.send_robust(type(subject), subject=subject, what=what, **facts))
