"""Send somebody the links to their appointments again, without telling anybody else whether there are any."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.common.tokens import keyed_hash
from eguichet_rdv.ledger.domain.budgets import spend
from eguichet_rdv.messaging.domain.outbox import queue_message
from eguichet_rdv.messaging.enums import MessageChannel
from eguichet_rdv.messaging.jobs import nudge
from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.scheduling.models import Appointment

KIND = "appointment.links"
ONE_MAIL_IN = timedelta(minutes=10)
PER_BLOCK = 30
"""Questions from one block of network addresses in ``ONE_MAIL_IN``: a library or a town hall is one block too."""
PER_RECIPIENT = 5
"""Mails to one address in ``DAY``; beyond, nothing is sent and nothing is said."""
DAY = timedelta(days=1)
MOST_LISTED = 30


class TooManyQuestions(Refusal):
    """Far more links were asked for from one block of addresses than people sit behind it."""

    code = "too_many_questions"
    sentence = _("Links were asked for very often from here. Please try again in ten minutes, or telephone us.")


def ask_for_links(email: str, *, block: str, now: datetime) -> None:
    """Queue one mail to ``email``, whoever that is: whether somebody is known is looked up when it is sent.

    So the answer takes equally long for everybody. The same address again within ``ONE_MAIL_IN`` changes nothing.
    ``block`` is where the question comes from. Raises ``TooManyQuestions``.
    """
    if not spend("links from", block, limit=PER_BLOCK, window=ONE_MAIL_IN, now=now):
        raise TooManyQuestions
    address = fold(email)
    if not spend("links to", address, limit=PER_RECIPIENT, window=DAY, now=now):
        return
    number = int(now.timestamp()) // int(ONE_MAIL_IN.total_seconds())
    with transaction.atomic():
        queue_message(
            f"links:{keyed_hash('links', address)}:{number}",
            KIND,
            "",
            email,
            channel=MessageChannel.EMAIL,
            due_at=now,
            not_after=now + DAY,
        )
        nudge()


def find_future_of(email: str, now: datetime) -> list[Appointment]:
    """The confirmed appointments to come that were made with ``email``, the earliest first."""
    rows = Appointment.objects.filter(state=AppointmentState.CONFIRMED, start__gt=now, visitor__email__iexact=email)
    wanted = fold(email)
    # Databases take some foreign letters for Latin ones; a mailbox of that name may be somebody else's.
    found = [
        row for row in rows.select_related("location", "visitor") if row.visitor and fold(row.visitor.email) == wanted
    ]
    return found[:MOST_LISTED]


def fold(email: str) -> str:
    """The address with its ASCII letters small, and nothing else changed."""
    return email.encode().lower().decode()
