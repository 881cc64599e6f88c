"""Why something cannot be booked, moved or cancelled, in words a citizen can use."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.scheduling.models import Appointment


class TimeRefused(Refusal):
    """A time cannot be had; ``alternatives`` are up to three others, local to the place."""

    def __init__(self, alternatives: Sequence[datetime] = ()) -> None:
        super().__init__()
        self.alternatives = list(alternatives)


class TimeTaken(TimeRefused):
    """Somebody else has this time."""

    code = "time_taken"
    sentence = _("This time has just been taken. Please choose another one.")


class TimeNotOffered(TimeRefused):
    """Closed, past, too soon, too far ahead or off the grid."""

    code = "time_not_offered"
    sentence = _("This time is not offered. Please choose one from the list.")


class NotBookable(Refusal):
    """Unknown, retired, not for this channel, or handled nowhere."""

    code = "not_bookable"
    sentence = _("This procedure cannot be booked this way. Please telephone us or come to the reception.")


class TooManyPersons(Refusal):
    """Fewer than one or more than the procedure allows."""

    code = "too_many_persons"
    sentence = _("Please choose between 1 and %(most)s persons.")


class AlreadyBooked(Refusal):
    """The person has a future appointment for this procedure: ``known``.

    Anybody may type anybody's name, so the sentence does not say that there is one.
    """

    code = "already_booked"
    sentence = _(
        "This could not be booked online. If this person already has an appointment for the same thing, its link has "
        "just been sent once more to the address given then: it can be moved, and another person added. Otherwise "
        "please telephone us."
    )

    def __init__(self, known: Appointment | None = None) -> None:
        super().__init__()
        self.known = known


class PersonHasOne(AlreadyBooked):
    """The same, said to staff."""

    sentence = _("This person has another appointment for the same procedure, made online.")


class EmailNeeded(Refusal):
    """The address has to be confirmed by a click, and there is none."""

    code = "email_needed"
    sentence = _("For this procedure we need an e-mail address. You have none? Telephone us or come by.")


class NotConfirmable(Refusal):
    """The time allowed to confirm the address is over."""

    code = "not_confirmable"
    sentence = _("The address was not confirmed in time: the time is free again. Please choose one once more.")


class NotCancellable(Refusal):
    """Over, or already served."""

    code = "not_cancellable"
    sentence = _("This appointment is over or cancelled and can no longer be changed.")


class HoldEnded(Refusal):
    """Nothing is kept any more."""

    code = "hold_ended"
    sentence = _("The time was kept for you for a while and is now free again. Please choose a time once more.")
