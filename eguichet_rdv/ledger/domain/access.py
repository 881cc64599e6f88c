"""Every view or export of a person by staff leaves one line."""

from django.contrib.auth.base_user import AbstractBaseUser

from eguichet_rdv.ledger.models import AccessEntry


def log_access(user: AbstractBaseUser | None, action: str, subject: str, reason: str = "") -> AccessEntry:
    """Write who did what (``view``, ``export``, ``erase``) to whom (``appointment:ABC234``), and why.

    ``subject`` is a reference, never a name; ``user`` is None for a command line.
    """
    by = user.pk if user is not None else None
    return AccessEntry.objects.create(user_id=by, action=action, subject=subject[:120], reason=reason[:200])
