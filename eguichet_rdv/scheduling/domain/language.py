"""In which language somebody is written to, called and served."""

from datetime import datetime

from django.db import transaction

from eguichet_rdv.common.announcing import announce
from eguichet_rdv.scheduling.domain.cancel import lock_changeable
from eguichet_rdv.scheduling.models import Appointment


@transaction.atomic
def choose_language(appointment: Appointment, language: str, *, now: datetime) -> Appointment:
    """Speak ``language`` (a code of the installation) from now on. Raises ``NotCancellable`` when it is over."""
    locked = lock_changeable(appointment, now)
    if locked.language != language:
        locked.language = language
        locked.save(update_fields=["language"])
        announce(locked, "language", now=now)
    return locked
