"""Against abuse without a puzzle for everybody: how much may be done from one place, and for one address."""

from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from eguichet_rdv.accounts.models import User
from eguichet_rdv.common.addresses import address_block
from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.ledger.domain.budgets import has_left, spend
from eguichet_rdv.townhall.domain.roles import may
from eguichet_rdv.townhall.enums import Role

HOLDS_WINDOW = timedelta(minutes=10)
KNOWN_WINDOW = timedelta(hours=1)
KNOWN_PER_ADDRESS = 20
"""Each refusal tells something about somebody; where people are shown how to book, a few happen by mistake."""
RECIPIENT_WINDOW = timedelta(days=1)


class TooManyChoices(Refusal):
    """Far more times were chosen from one address than people sit behind it."""

    code = "too_many_choices"
    sentence = _("Too many times were chosen from here in a short while. Please try again in ten minutes.")


class TooManyForAddress(Refusal):
    """Somebody fills a mailbox, or the agenda."""

    code = "too_many_for_address"
    sentence = _("Many appointments were made today with this e-mail address. Please telephone us, or try tomorrow.")


class TooManyTries(Refusal):
    """Somebody may be finding out who has an appointment."""

    code = "too_many_tries"
    sentence = _("No more appointments can be made from here for the moment. Please try again in an hour.")


def helper_of(request: HttpRequest) -> User | None:
    """The trusted account that books for others, outside all budgets; public computers share one address."""
    user = request.user
    return user if isinstance(user, User) and may(user, Role.HELPER) else None


def spend_choice(request: HttpRequest, now: datetime) -> None:
    """One address cannot keep the whole agenda from everybody else. Raises ``TooManyChoices``."""
    limit = settings.EGUICHET_HOLDS_PER_ADDRESS
    if not (helper_of(request) or spend("hold", address_block(request), limit=limit, window=HOLDS_WINDOW, now=now)):
        raise TooManyChoices


def spend_booking(request: HttpRequest, email: str, now: datetime) -> None:
    """Before an appointment is made. Raises ``TooManyTries``, ``TooManyForAddress``."""
    if helper_of(request):
        return
    if not has_left("known", address_block(request), limit=KNOWN_PER_ADDRESS, window=KNOWN_WINDOW, now=now):
        raise TooManyTries
    limit = settings.EGUICHET_BOOKINGS_PER_RECIPIENT
    if email and not spend("recipient", email.casefold(), limit=limit, window=RECIPIENT_WINDOW, now=now):
        raise TooManyForAddress


def note_known(request: HttpRequest, now: datetime) -> None:
    """After somebody was refused because the person has an appointment: whoever asks that often is stopped."""
    spend("known", address_block(request), limit=KNOWN_PER_ADDRESS, window=KNOWN_WINDOW, now=now)
