"""Who has a ticket already says « I am here » once more: absent, gone or put aside before, or told of by a second kiosk."""

from datetime import timedelta

from django.db.models import F
from django.utils.translation import gettext as _

from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.waiting.domain.answers import (
    CheckIn,
    Outcome,
    ask_party,
    send_to_counter,
    tell,
    wait_for_party,
    welcome,
)
from eguichet_rdv.waiting.domain.arrive import Arrival, record
from eguichet_rdv.waiting.domain.board import tell_desks
from eguichet_rdv.waiting.domain.order import Rules
from eguichet_rdv.waiting.domain.tickets import live_stop
from eguichet_rdv.waiting.enums import AT_COUNTER, AWAY, StopEventKind, StopState
from eguichet_rdv.waiting.models import Stop, StopEvent, Ticket


def answer_known(ticket: Ticket, arrival: Arrival, *, party_complete: bool | None) -> CheckIn:
    """What somebody hears who already has a ticket; absent, gone or put aside before, they are back in the line."""
    stop = live_stop(ticket)
    assert stop is not None  # noqa: S101 - a ticket is written together with its first stop
    if stop.state in AT_COUNTER:
        return send_to_counter(ticket, stop)
    if stop.state == StopState.DONE:
        return CheckIn(Outcome.ALREADY_SERVED, _("You have already been served today."))
    _set_hour_back(ticket, stop, arrival)
    if not _came_before(stop, arrival):
        if stop.away:
            return _come_back(ticket, stop, arrival, party_complete)
        if stop.awaits_party:
            return _complete_party(ticket, stop, arrival, party_complete)
        if stop.state == StopState.PARKED:
            return _resume(ticket, stop, arrival, party_complete)
    return CheckIn(Outcome.SAME_TICKET, welcome(ticket, stop), ticket, stop)


def _set_hour_back(ticket: Ticket, stop: Stop, arrival: Arrival) -> None:
    """A kiosk tells only now that somebody was here before they came to us: that hour counts, and their turn by it."""
    appointment = ticket.appointment
    if not arrival.reported_later or appointment is None or arrival.now >= stop.arrived_at:
        return
    rules = Rules.of(stop.location)
    sooner = rules.due_at(appointment.start, stop.arrived_at) - rules.due_at(appointment.start, arrival.now)
    # The wait they were told was to begin at the other hour.
    changes = {"arrived_at": arrival.now, "due_at": F("due_at") - sooner, "foreseen_low": None, "foreseen_high": None}
    # Only while nobody has called them, and not after they came back: their place follows from that hour.
    stops = Stop.objects.filter(ticket=ticket, back_at=None)
    if not stops.filter(pk=stop.pk, state__in=(StopState.WAITING, StopState.PARKED)).update(**changes):
        return
    stops.filter(state=StopState.PLANNED).update(**changes)
    ticket.arrived_at, ticket.channel, ticket.kiosk = arrival.now, arrival.channel, arrival.kiosk
    ticket.save(update_fields=["arrived_at", "channel", "kiosk"])
    tell_desks(stop.location_id, stop.ticket_id)


def _came_before(stop: Stop, arrival: Arrival) -> bool:
    """Whether a kiosk tells only now of an arrival before they went or were put aside: nobody has come back."""
    if not arrival.reported_later:
        return False
    aside = StopEvent.objects.filter(stop=stop, kind=StopEventKind.PARKED).order_by("-id")
    since = stop.ended_at if stop.away else aside.values_list("at", flat=True).first()
    return since is not None and since > arrival.now


def _complete_party(ticket: Ticket, stop: Stop, arrival: Arrival, complete: bool | None) -> CheckIn:  # noqa: FBT001
    """Put aside without having been called: the first of the party came alone. Now the others may be here."""
    if complete is None and arrival.user is None:
        return ask_party(ticket.persons)
    if complete is False:
        return CheckIn(Outcome.SAME_TICKET, wait_for_party(), ticket, stop)
    return _resume(ticket, stop, arrival, complete)


def _resume(ticket: Ticket, stop: Stop, arrival: Arrival, complete: bool | None) -> CheckIn:  # noqa: FBT001
    """Put somebody who had been put aside back in the line, with the place they had."""
    # Only while they are aside: a clerk may take them back, or give them up, at this instant.
    if not Stop.objects.filter(pk=stop.pk, state=StopState.PARKED).update(state=StopState.WAITING):
        return answer_known(ticket, arrival, party_complete=complete)
    record(stop, StopEventKind.RESUMED, arrival)
    tell_desks(stop.location_id, stop.ticket_id)
    return CheckIn(Outcome.SAME_TICKET, welcome(ticket, stop), ticket)


def _come_back(ticket: Ticket, stop: Stop, arrival: Arrival, complete: bool | None) -> CheckIn:  # noqa: FBT001
    """Put somebody who was absent or gone back in the line, behind those already due and never before their hour."""
    if complete is None and arrival.user is None and _left_incomplete(stop):
        return ask_party(ticket.persons)
    # Only while they are away: a clerk may take the absence back at this instant.
    back = Stop.objects.filter(pk=stop.pk, state__in=AWAY).update(
        state=StopState.PARKED if complete is False else StopState.WAITING,
        due_at=max(arrival.now, stop.due_at + timedelta(minutes=stop.priority)),
        back_at=arrival.now,
        priority=0,
        counter=None,
        calls=0,
        called_at=None,
        ended_at=None,
    )
    if not back:
        return answer_known(ticket, arrival, party_complete=complete)
    Appointment.objects.filter(ticket=ticket, state=AppointmentState.NO_SHOW).update(state=AppointmentState.CONFIRMED)
    record(stop, StopEventKind.CAME_BACK, arrival)
    tell_desks(stop.location_id, stop.ticket_id)
    return CheckIn(Outcome.TICKET, tell(ticket, stop, complete=complete is not False), ticket)


def _left_incomplete(stop: Stop) -> bool:
    if stop.calls:
        return False
    left = StopEvent.objects.filter(stop=stop, kind=StopEventKind.LEFT).order_by("-id")
    return left.values_list("reason", flat=True).first() == StopState.PARKED
