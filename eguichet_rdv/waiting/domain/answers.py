"""What somebody is known by who says « I am here », and what they hear."""

from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.waiting.models import Stop, Ticket


class Outcome(StrEnum):
    """What comes of a check-in; the values are those of the kiosk protocol."""

    TICKET = "ticket"
    SAME_TICKET = "same_ticket"
    TOO_EARLY = "too_early"
    OTHER_DAY = "other_day"
    OTHER_PLACE = "other_place"
    CANCELLED = "cancelled"
    ALREADY_CALLED = "already_called"
    ALREADY_SERVED = "already_served"
    UNKNOWN = "unknown"
    WHICH_HOUR = "which_hour"
    GO_TO_DESK = "go_to_desk"
    PARTY = "party"
    CUT_OFF = "cut_off"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ByCode:
    """The text of a scanned QR code."""

    text: str


@dataclass(frozen=True, slots=True)
class ByReference:
    """The six characters, typed."""

    text: str


@dataclass(frozen=True, slots=True)
class ByBirthDate:
    """ISO text (unknown month or day 00) and, when asked for, the hour ``HH:MM`` of the appointment."""

    text: str
    hour: str = ""


@dataclass(frozen=True, slots=True)
class ByAppointment:
    """Chosen from a list by a member of staff."""

    appointment: Appointment


Key = ByCode | ByReference | ByBirthDate | ByAppointment


@dataclass(frozen=True, slots=True)
class CheckIn:
    """The answer: an outcome, a sentence in the person's language, and what goes with it.

    ``stop`` is where the visit of the ticket is now, when it has just been read or written.
    """

    outcome: Outcome
    sentence: str
    ticket: Ticket | None = None
    stop: Stop | None = None
    hours: list[str] = field(default_factory=list)
    persons: int | None = None
    language: str | None = field(default_factory=get_language)
    """Of the sentence: the one it was made in."""


def welcome(ticket: Ticket, stop: Stop | None) -> str:
    """What somebody hears who may sit down, in the zone of ``stop``, where the visit is now."""
    return _("Your number is %(number)s. Please wait in zone %(zone)s.") % {
        "number": ticket.number,
        "zone": (stop or ticket).zone.code,
    }


def ask_party(persons: int) -> CheckIn:
    """The question whether everybody is here."""
    question = _("Is everybody here (%(persons)s persons)?") % {"persons": persons}
    return CheckIn(Outcome.PARTY, question, persons=persons)


def tell(ticket: Ticket, stop: Stop | None, *, complete: bool) -> str:
    """The sentence that goes with a ticket."""
    return welcome(ticket, stop) if complete else wait_for_party()


def wait_for_party() -> str:
    """What the first of a party hears."""
    return _("Please tell the reception when everybody is here; you are called after that.")


def send_to_counter(ticket: Ticket, stop: Stop) -> CheckIn:
    """The answer to somebody who has been called."""
    counter = stop.counter.name if stop.counter else ""
    text = _("You have been called: please go to counter %(counter)s.") % {"counter": counter}
    return CheckIn(Outcome.ALREADY_CALLED, text, ticket, stop)


def send_to_desk() -> CheckIn:
    """The same words for everybody who cannot be told more."""
    return CheckIn(Outcome.GO_TO_DESK, _("Please go to the reception."))
