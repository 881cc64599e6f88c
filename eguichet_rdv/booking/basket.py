"""One booking in progress: its address says which, the session says whose."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.utils.crypto import get_random_string

from eguichet_rdv.common.tokens import keyed_hash
from eguichet_rdv.scheduling.models import Appointment

SESSION_SECONDS = 3600
NAMESPACE = UUID("6b1d9a8e-6f0c-4c0e-8a35-0d5a1f0a7a11")
MOST_KEPT = 20


@dataclass(frozen=True)
class Basket:
    """The id comes from the address; a secret of the session makes it worthless to anybody else."""

    session: SessionBase
    id: UUID

    def _secret(self) -> str:
        if "booking_secret" not in self.session:
            self.session["booking_secret"] = get_random_string(32)
            limit_session(self.session)
        return str(self.session["booking_secret"])

    @property
    def intent(self) -> UUID:
        """The same basket confirmed twice is one command."""
        return uuid5(NAMESPACE, f"{self._secret()}:{self.id}")

    @property
    def holder(self) -> str:
        """Under which name the time is kept."""
        return keyed_hash("hold", f"{self._secret()}:{self.id}")

    @property
    def booked(self) -> Appointment | None:
        """What this basket has become."""
        uid = self.session.get("booked", {}).get(str(self.id))
        return Appointment.objects.select_related("location", "visitor").filter(uid=uid).first() if uid else None

    def remember(self, appointment: Appointment) -> None:
        """Note that the basket has become ``appointment``."""
        booked = dict(self.session.get("booked", {}))
        booked[str(self.id)] = str(appointment.uid)
        self.session["booked"] = dict(list(booked.items())[-MOST_KEPT:])
        allow(self.session, appointment)


def allow(session: SessionBase, appointment: Appointment) -> None:
    """Let this session see and change ``appointment``, until it ends or the link is revoked."""
    key = _key(appointment)
    managed = [known for known in session.get("managed", []) if known != key]
    session["managed"] = [*managed, key][-MOST_KEPT:]
    limit_session(session)


def allow_confirming(session: SessionBase, appointment: Appointment) -> None:
    """Note that this session has opened the link sent to the address of ``appointment``."""
    allow(session, appointment)
    session["confirming"] = [*session.get("confirming", []), _key(appointment)][-MOST_KEPT:]


def may_confirm(session: SessionBase, appointment: Appointment) -> bool:
    """Whether the link was opened here: who merely booked has not shown that the address is theirs."""
    return _key(appointment) in session.get("confirming", [])


def keep_party(session: SessionBase, reference: str, persons: Mapping[int, int]) -> None:
    """Note for how many people (procedure id → number) another time is being chosen; nothing forgets it."""
    session["party"] = {reference: {str(procedure): number for procedure, number in persons.items()}} if persons else {}


def find_party(session: SessionBase, reference: str) -> dict[int, int]:
    """For how many people another time is being chosen, if not for as many as before."""
    party = session.get("party", {}).get(reference, {})
    return {int(procedure): int(number) for procedure, number in party.items()}


def forget_people(session: SessionBase) -> None:
    """Before the next person at the same desk: nothing of those before stays in the session."""
    prefixes = ("booked", "managed", "confirming", "party", "wizard_")
    for key in [name for name, _value in session.items() if name.startswith(prefixes)]:
        del session[key]


def limit_session(session: SessionBase) -> None:
    """Forget a visitor after an hour without a sign of life; a member of staff stays signed in."""
    if SESSION_KEY not in session:
        session.set_expiry(SESSION_SECONDS)


def find_managed(session: SessionBase, reference: str = "") -> Appointment | None:
    """The appointment this session may manage: the one named, else the last one it opened."""
    keys = [str(key) for key in session.get("managed", [])]
    rows = Appointment.objects.select_related("location", "visitor").filter(uid__in=[key.split(":")[0] for key in keys])
    found = {_key(row): row for row in rows}
    for key in reversed(keys):
        if key in found and reference in {"", found[key].reference}:
            return found[key]
    return None


def _key(appointment: Appointment) -> str:
    return f"{appointment.uid}:{appointment.generation}"
