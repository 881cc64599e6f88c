"""What the messages about an appointment say unless an editor writes something else, and what can be put into them."""

from collections.abc import Callable
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from eguichet_rdv.messaging.domain.content import Content
from eguichet_rdv.messaging.domain.wordings import Placeholder, Wording, Words

PREFIX = "appointment."


class Told(StrEnum):
    """What somebody is told about an appointment; each has words of its own."""

    ACTIVATION = "activation"
    CONFIRMATION = "confirmation"
    CHANGE = "change"
    CANCELLATION = "cancellation"
    REVOCATION = "revocation"
    REMINDER = "reminder"
    SECOND_REMINDER = "second_reminder"
    LINKS = "links"


LABELS: dict[Told, str | Promise] = {
    Told.ACTIVATION: gettext_lazy("request to confirm the e-mail address"),
    Told.CONFIRMATION: gettext_lazy("confirmation of an appointment"),
    Told.CHANGE: gettext_lazy("new time of an appointment"),
    Told.CANCELLATION: gettext_lazy("cancellation of an appointment"),
    Told.REVOCATION: gettext_lazy("cancellation by the municipality"),
    Told.REMINDER: gettext_lazy("reminder of an appointment"),
    Told.SECOND_REMINDER: gettext_lazy("second reminder of an appointment"),
    Told.LINKS: gettext_lazy("links to one's appointments"),
}

MOMENT = Placeholder("moment", gettext_lazy("day and hour in one phrase"))
# Subjects are shown on locked telephones: neither person nor procedure can be put there.
IN_SUBJECT = (
    Placeholder("moment", MOMENT.meaning, required=True),
    Placeholder("day", gettext_lazy("the day")),
    Placeholder("hour", gettext_lazy("the hour")),
    Placeholder("place", gettext_lazy("name of the place")),
    Placeholder("town", gettext_lazy("name of the municipality")),
)
IN_LINES = (
    MOMENT,
    *IN_SUBJECT[1:],
    Placeholder("greeting", gettext_lazy("« Hello », with the name if it is known")),
    Placeholder("name", gettext_lazy("name of the person")),
    Placeholder("procedures", gettext_lazy("what it is about; of a sensitive procedure only the service")),
    Placeholder("reference", gettext_lazy("reference of the appointment")),
    Placeholder("address", gettext_lazy("address of the place")),
    Placeholder("phone", gettext_lazy("telephone of the place")),
)
APPOINTMENT = Placeholder("appointment", gettext_lazy("the box with day, hour and place"), part=True, required=True)
CODE = Placeholder("code", gettext_lazy("QR code and reference"), part=True, required=True)
CHANGE = Placeholder("change", gettext_lazy("the link to move or cancel"), part=True, required=True)
BRING = Placeholder("bring", gettext_lazy("what to bring, who must come, the fee"), part=True)
ACCESS = Placeholder("access", gettext_lazy("telephone and accessibility of the place"), part=True)
CONFIRM = Placeholder(
    "confirm", gettext_lazy("the link to confirm the address, and until when"), part=True, required=True
)
AGAIN = Placeholder("again", gettext_lazy("the link to choose another time"), part=True)
LINKS = Placeholder("links", gettext_lazy("the appointments with their links"), part=True, required=True)


def declare(told: Told, preview: Callable[[Words], Content]) -> Wording:
    """The wording of ``told`` as editors see it."""
    if told is Told.LINKS:
        known = (IN_SUBJECT[-1],)
        return Wording(PREFIX + told, LABELS[told], write_links, preview, known, (*known, LINKS))
    parts = COMING
    if told in OFF:
        parts = (APPOINTMENT, AGAIN, ACCESS)
    elif told is Told.ACTIVATION:
        parts = (APPOINTMENT, CONFIRM, ACCESS)
    return Wording(PREFIX + told, LABELS[told], DECLARED[told], preview, IN_SUBJECT, (*IN_LINES, *parts))


def join_lines(lead: str, *parts: Placeholder) -> str:
    """A text: the greeting, a sentence or two, and the parts below."""
    return "\n\n".join(["{greeting}", lead, *(f"{{{part.name}}}" for part in parts)])


COMING: tuple[Placeholder, ...] = (APPOINTMENT, CODE, BRING, ACCESS, CHANGE)
OFF = (Told.CANCELLATION, Told.REVOCATION)
"""The appointment does not take place."""
M = {"moment": "{moment}"}
"""The translated subjects say ``%(moment)s``."""


def write_activation() -> Words:
    """It is kept until the address is confirmed."""
    return Words(
        _("Please confirm your appointment: %(moment)s") % M,
        _("One more click"),
        join_lines(
            _("We keep this time for you. It is yours once you have confirmed that this address is right."),
            CONFIRM,
            APPOINTMENT,
            ACCESS,
        ),
    )


def write_confirmation() -> Words:
    """It is booked."""
    lead = _("We expect you at this time.")
    return Words(_("Your appointment: %(moment)s") % M, _("Your appointment is confirmed"), join_lines(lead, *COMING))


def write_change() -> Words:
    """It has another time, or another address to write to."""
    return Words(
        _("Your appointment has a new time: %(moment)s") % M,
        _("Your appointment has a new time"),
        join_lines(
            _("We expect you at the time below; the earlier one no longer holds. Your code is the same."), *COMING
        ),
    )


def write_cancellation() -> Words:
    """The citizen has cancelled."""
    return Words(
        _("Your appointment is cancelled: %(moment)s") % M,
        _("Your appointment is cancelled"),
        join_lines(
            _("You need not come. The time is free again for somebody else: thank you for telling us."),
            APPOINTMENT,
            ACCESS,
            AGAIN,
        ),
    )


def write_revocation() -> Words:
    """The municipality has cancelled."""
    return Words(
        _("Your appointment is cancelled: %(moment)s") % M,
        _("Your appointment is cancelled"),
        join_lines(
            _("We are sorry: we cannot receive you at this time. Please choose another time, or telephone us."),
            APPOINTMENT,
            ACCESS,
            AGAIN,
        ),
    )


def write_reminder() -> Words:
    """It is soon."""
    lead = _("This is a reminder of your appointment. Please cancel it if you cannot come.")
    return Words(_("Reminder of your appointment: %(moment)s") % M, _("See you soon"), join_lines(lead, *COMING))


def write_links() -> Words:
    """Somebody asked for the links again."""
    return Words(
        _("Your appointments"),
        _("Your appointments"),
        "\n\n".join(
            [
                _("You asked for the links to your appointments. You did not? Then you need not do anything."),
                "{links}",
            ]
        ),
    )


DECLARED: dict[Told, Callable[[], Words]] = {
    Told.ACTIVATION: write_activation,
    Told.CONFIRMATION: write_confirmation,
    Told.CHANGE: write_change,
    Told.CANCELLATION: write_cancellation,
    Told.REVOCATION: write_revocation,
    Told.REMINDER: write_reminder,
    Told.SECOND_REMINDER: write_reminder,
}
