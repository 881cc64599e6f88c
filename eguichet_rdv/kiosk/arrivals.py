"""Arrivals decided here, while the kiosk waits."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.kiosk.messages import CheckInMessage, WalkInMessage
from eguichet_rdv.kiosk.report import lock_kiosk
from eguichet_rdv.ledger.domain.budgets import has_left, spend
from eguichet_rdv.townhall.models import Kiosk, Location
from eguichet_rdv.waiting.domain.answers import ByCode, CheckIn, Outcome, send_to_desk
from eguichet_rdv.waiting.domain.check_in import check_in
from eguichet_rdv.waiting.domain.tickets import describe_ticket
from eguichet_rdv.waiting.domain.walk_in import give_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel
from eguichet_rdv.waiting.models import CallNumber

MISSES = 10
MISSES_WITHIN = timedelta(minutes=10)
"""So many wrong dates of birth or references per kiosk, then everybody is sent to the reception for a while."""
MISSED = (Outcome.GO_TO_DESK, Outcome.UNKNOWN)


def answer_check_in(kiosk: Kiosk, message: CheckInMessage, now: datetime) -> dict[str, Any]:
    """Check in; guessing is answered exactly as an unknown date is."""
    guessable = not isinstance(message.key, ByCode)
    if guessable and not has_left("kiosk.misses", kiosk.slug, limit=MISSES, window=MISSES_WITHIN, now=now):
        with override(message.speaks):
            return describe(send_to_desk(), message.speaks, now)
    answer = check_in(
        kiosk.location,
        message.key,
        channel=ArrivalChannel.KIOSK,
        now=now,
        language=message.chosen,
        kiosk=kiosk,
        intent=message.id,
        party_complete=message.party_complete,
    )
    if guessable and answer.outcome in MISSED:
        spend("kiosk.misses", kiosk.slug, limit=MISSES, window=MISSES_WITHIN, now=now)
    return describe(answer, message.chosen, now)


def answer_walk_in(kiosk: Kiosk, message: WalkInMessage, now: datetime) -> dict[str, Any]:
    """Give a number, or say when and where instead."""
    procedure = find_procedure(message)
    if procedure is None:
        with override(message.speaks):
            return describe(CheckIn(Outcome.CLOSED, _("Please go to the reception.")), message.speaks, now)
    with transaction.atomic():
        answer = give_ticket(
            kiosk.location,
            procedure,
            persons=message.persons,
            language=message.speaks,
            channel=ArrivalChannel.KIOSK,
            now=now,
            kiosk=kiosk,
            intent=message.id,
            number=_find_leased(kiosk, message.number, now) if message.number else None,
        )
    return describe(answer, message.speaks, now)


def _find_leased(kiosk: Kiosk, number: str, now: datetime) -> CallNumber | None:
    """The number a kiosk wishes to give, if it is leased to it; nobody takes it meanwhile."""
    lock_kiosk(kiosk)
    return find_number(kiosk.location, number, now).filter(kiosk=kiosk, appointment=None).first()


def find_number(location: Location, text: str, at: datetime) -> QuerySet[CallNumber]:
    """A number as it is printed, of the day of ``at``, unless it was never drawn or somebody has a ticket with it."""
    day = location.local(at).date()
    return CallNumber.objects.filter(location=location, date=day, letter=text[0], ordinal=int(text[1:]), ticket=None)


def find_procedure(message: WalkInMessage) -> Procedure | None:
    """The procedure named, unless it is retired or was never known."""
    rows = Procedure.objects.select_related("service").filter(retired_at=None, service__retired_at=None)
    return rows.filter(service__code=message.service, code=message.procedure).first()


def describe(answer: CheckIn, language: str | None, now: datetime) -> dict[str, Any]:
    """An answer in the words of the protocol; nothing in it says who somebody is."""
    ticket = answer.ticket
    return {
        "outcome": answer.outcome,
        "message": answer.sentence,
        "ticket": describe_ticket(ticket, language or ticket.language, now=now, stop=answer.stop) if ticket else None,
        "hours": answer.hours or None,
        "persons": answer.persons,
        "language": answer.language,
    }
