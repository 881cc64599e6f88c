"""A number used once, so that a signed request cannot be sent a second time by somebody who overheard it."""

from eguichet_rdv.ledger.domain.once import insert_once
from eguichet_rdv.ledger.models import Nonce


def use_nonce(owner: str, value: str) -> bool:
    """Whether ``value`` (at most 64 characters) is new for ``owner``; from now on it is not."""
    return insert_once(Nonce(owner=owner, value=value))
