"""Why somebody cannot be called, served or cancelled just now, in words for clerk or citizen."""

from django.utils.translation import gettext_lazy as _

from eguichet_rdv.accounts.models import User
from eguichet_rdv.common.refusals import Refusal


class CounterTaken(Refusal):
    """``by`` is the clerk who sits there."""

    code = "counter_taken"
    sentence = _("%(clerk)s is at this counter. You may take it over.")

    def __init__(self, by: User) -> None:
        super().__init__(clerk=by.get_full_name() or by.get_username())
        self.by = by


class CounterBusy(Refusal):
    """Somebody is at the counter."""

    code = "counter_busy"
    sentence = _("Finish with number %(number)s first.")


class SessionNotOpen(Refusal):
    """The counter is paused, closed, or had its last visitor."""

    code = "session_not_open"
    sentence = _("Your counter is paused or closing. Open it again to call somebody.")


class StopChanged(Refusal):
    """Somebody else did something with this visitor meanwhile."""

    code = "stop_changed"
    sentence = _("Number %(number)s has changed meanwhile. The page now shows how things stand.")


class NotYetAbsent(Refusal):
    """Too few calls to count as absent."""

    code = "not_yet_absent"
    sentence = _(
        "Number %(number)s counts as absent only when called %(calls)s×, with %(minutes)s min after each call. "
        "Call again or wait a moment."
    )


class NotHandledHere(Refusal):
    """The counter cannot serve this visitor."""

    code = "not_handled_here"
    sentence = _("This counter does not handle what number %(number)s came for.")


class NotHandledThere(Refusal):
    """No counter there could ever call this visitor."""

    code = "not_handled_there"
    sentence = _("Nobody there handles what number %(number)s came for. Choose another service or counter.")


class TooLateToUndo(Refusal):
    """The seconds are over, or something else has happened since."""

    code = "too_late_to_undo"
    sentence = _("This can no longer be taken back: it is too long ago, or something else was done since.")


class NoPriority(Refusal):
    """The place gives none, or this visitor has it already."""

    code = "no_priority"
    sentence = _("Number %(number)s has priority already, or this place gives none.")


class ReasonMissing(Refusal):
    """Somebody is called before their turn; the others may ask why."""

    code = "reason_missing"
    sentence = _("Say in a few words why this person is called now.")


class LeftOver(Refusal):
    """Whom nobody could call any more if the counter closed."""

    code = "left_over"
    sentence = _("No other counter is open for %(numbers)s.")


class NobodyKnown(Refusal):
    """A visitor without appointment: there is no name to book for."""

    code = "nobody_known"
    sentence = _("We do not know who this is: book at the reception and ask for the name.")


class JustCalled(Refusal):
    """Too late to cancel: the call was made."""

    code = "just_called"
    sentence = _("You have just been called. Please go to the counter or speak to the reception.")


class AlreadyArrived(Refusal):
    """Too late to move: the visitor is in the building."""

    code = "already_arrived"
    sentence = _("You have already checked in. Please speak to the reception if you need another time.")
