"""Every view or export of a person by staff leaves one line."""

from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser

from eguichet_rdv.common.prepared import insert_row
from eguichet_rdv.ledger.models import AccessEntry


def log_access(user: AbstractBaseUser | None, action: str, subject: str, reason: str = "") -> AccessEntry:
    """Write who did what (``view``, ``export``, ``erase``) to whom (``appointment:ABC234``), and why.

    ``subject`` is a reference, never a name; ``user`` is None for a command line.
    """
    by = user.pk if user is not None else None
    entry = AccessEntry(user_id=by, action=action, subject=subject[:120], reason=reason[:200])
    insert_row(entry)
    return entry


def was_logged(user: AbstractBaseUser, action: str, subject: str, reason: str, *, since: datetime) -> bool:
    """Whether ``log_access`` has written this since then: looking twice at one page is one view."""
    entries = AccessEntry.objects.filter(at__gte=since, user_id=user.pk, action=action, subject=subject[:120])
    return entries.filter(reason=reason[:200]).exists()
