"""A number used once, so that a signed request cannot be sent a second time by somebody who overheard it."""

from django.db import IntegrityError, transaction

from eguichet_rdv.ledger.models import Nonce


def use_nonce(owner: str, value: str) -> bool:
    """Whether ``value`` (at most 64 characters) is new for ``owner``; from now on it is not."""
    try:
        with transaction.atomic():
            Nonce.objects.create(owner=owner, value=value)
    except IntegrityError:
        return False
    return True
