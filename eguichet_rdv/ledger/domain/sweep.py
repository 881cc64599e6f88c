"""What the ledger need not keep any longer."""

from datetime import datetime, timedelta

from eguichet_rdv.ledger.models import Intent, Nonce, Spending

KEEP_NONCES = timedelta(hours=1)
"""Longer than a signed request is accepted."""
KEEP_INTENTS = timedelta(days=30)
"""Longer than any client tries again; a kiosk without network comes back within days."""


def sweep_ledger(now: datetime) -> int:
    """Delete what has expired; how many rows."""
    deleted = 0
    for expired in (
        Nonce.objects.filter(at__lt=now - KEEP_NONCES),
        Spending.objects.filter(expires_at__lt=now),
        Intent.objects.filter(created_at__lt=now - KEEP_INTENTS),
    ):
        deleted += expired.delete()[0]
    return deleted
