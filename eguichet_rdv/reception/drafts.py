"""What was typed about somebody while another time has to be chosen: kept in the clerk's session until it is booked."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django.contrib.sessions.backends.base import SessionBase
from django.http import QueryDict

from eguichet_rdv.reception.forms import PersonForm
from eguichet_rdv.scheduling.models import AppointmentEvent

KEY = "reception_drafts"
MOST_KEPT = 3
LONGEST = 300
SEVERAL = ("needs",)


def keep_draft(session: SessionBase, basket: UUID, typed: QueryDict) -> None:
    """Keep the answers of the form, as typed; only of the last few baskets."""
    answers: dict[str, Any] = {
        name: typed.getlist(name) if name in SEVERAL else typed.get(name, "")[:LONGEST]
        for name in PersonForm.base_fields
    }
    drafts = {key: value for key, value in session.get(KEY, {}).items() if key != str(basket)}
    session[KEY] = dict([*drafts.items(), (str(basket), answers)][-MOST_KEPT:])


def find_draft(session: SessionBase, basket: UUID) -> Mapping[str, Any]:
    """What was typed before; empty when nothing was."""
    draft: Mapping[str, Any] = session.get(KEY, {}).get(str(basket), {})
    return draft


def drop_draft(session: SessionBase, basket: UUID) -> None:
    """Forget it: the appointment is made."""
    if str(basket) in session.get(KEY, {}):
        session[KEY] = {key: value for key, value in session[KEY].items() if key != str(basket)}


def read_basket(text: str) -> UUID:
    """The basket named, unless it is none or has become an appointment already: then a new one."""
    try:
        basket = UUID(text)
    except ValueError:
        return uuid4()
    return uuid4() if AppointmentEvent.objects.filter(intent=basket).exists() else basket
