"""What the worker is asked to do for the outbox; arguments are ids at most, never a person's data."""

from datetime import timedelta

from django.utils import timezone

from eguichet_rdv.messaging.domain.deliver import deliver_due
from eguichet_rdv.messaging.domain.outbox import forget_before

KEPT = timedelta(days=30)
"""How long a finished message, and with it an address, stays in the list for staff."""


def deliver() -> dict[str, int]:
    """Send what is due now."""
    return dict(deliver_due(timezone.now))


def forget() -> int:
    """Delete the messages finished long ago."""
    return forget_before(timezone.now() - KEPT)
