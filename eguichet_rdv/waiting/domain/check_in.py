"""Somebody says « I am here »: at a kiosk, at the reception, at a counter. One arrival, whatever happens."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from eguichet_rdv.accounts.models import User
from eguichet_rdv.common.dates import say_date, say_time
from eguichet_rdv.common.prepared import Prepared, attach
from eguichet_rdv.ledger.domain.intents import finish_intent, open_intent
from eguichet_rdv.scheduling.domain.tokens import find_by_check_in_token
from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.scheduling.models import Appointment, AppointmentItem
from eguichet_rdv.townhall.models import Kiosk, Location
from eguichet_rdv.waiting.domain.answers import (
    ByAppointment,
    ByBirthDate,
    ByCode,
    CheckIn,
    Key,
    Outcome,
    ask_party,
    send_to_counter,
    send_to_desk,
    tell,
)
from eguichet_rdv.waiting.domain.arrive import Arrival, write_appointment_stops
from eguichet_rdv.waiting.domain.come_back import answer_known
from eguichet_rdv.waiting.domain.numbers import number_for
from eguichet_rdv.waiting.domain.tickets import live_stop, todays_stop
from eguichet_rdv.waiting.enums import AT_COUNTER, ArrivalChannel, StopState
from eguichet_rdv.waiting.models import Ticket

LOCKED = Prepared(
    lambda pk: Appointment.objects.filter(pk=pk).only("pk").select_for_update(no_key=True).order_by(), int
)
ARRIVING = Prepared(
    lambda pk: (
        Appointment.objects.filter(pk=pk).select_related("call_number", "ticket__number", "ticket__zone").order_by()
    ),
    int,
)
ITEMS = Prepared(
    lambda appointment: (
        AppointmentItem.objects.filter(appointment=appointment)
        .select_related("procedure")
        .only("appointment", "procedure__service", "persons", "minutes")
        .order_by("pk")
    ),
    int,
)


def check_in(
    location: Location,
    key: Key,
    *,
    channel: ArrivalChannel,
    now: datetime,
    language: str | None = None,
    kiosk: Kiosk | None = None,
    intent: UUID | None = None,
    user: User | None = None,
    party_complete: bool | None = None,
    reported_later: bool = False,
) -> CheckIn:
    """Check somebody in; the same appointment always leads to the same ticket.

    ``language`` is what the person chose at the device, else the appointment's. Only staff are believed without the
    question whether a party is complete. ``reported_later``: a kiosk decided it without network at ``now``.
    """
    asked_in = language or get_language()
    with override(asked_in):
        found = _find(location, key, now)
    if isinstance(found, CheckIn):
        return found
    speaks = language or found.language
    with override(speaks), transaction.atomic():
        arrival = Arrival(channel, now, speaks, kiosk, user, intent, reported_later=reported_later)
        answer = _arrive(location, found, arrival, key, party_complete=party_complete)
    if reported_later or not _tells_too_much(answer, key):  # nobody hears the answer to what is reported later
        return answer
    with override(asked_in):  # that of the appointment would tell that there is one
        return send_to_desk()


def _tells_too_much(answer: CheckIn, key: Key) -> bool:
    """Whether it tells somebody who knows no more than a date of birth when its owner comes, or has been served.

    A ticket says what the paper in a visitor's hand does, a call what the screens show.
    """
    return isinstance(key, ByBirthDate) and answer.ticket is None and answer.outcome is not Outcome.PARTY


def check_in_again(ticket: Ticket, *, now: datetime, user: User) -> CheckIn:
    """The reception takes somebody with a ticket of today back into the line, or says that their party is complete."""
    if todays_stop(ticket, now) is None:
        text = _("This ticket has ended: it is of another day, or its appointment was moved or cancelled.")
        return CheckIn(Outcome.OTHER_DAY, text)
    channel = ArrivalChannel.RECEPTION
    if ticket.appointment:
        return check_in(ticket.location, ByAppointment(ticket.appointment), channel=channel, now=now, user=user)
    with override(ticket.language), transaction.atomic():
        return answer_known(ticket, Arrival(channel, now, ticket.language, user=user), party_complete=None)


def _find(location: Location, key: Key, now: datetime) -> Appointment | CheckIn:
    if isinstance(key, ByAppointment):
        return key.appointment
    if isinstance(key, ByBirthDate):
        return find_by_birth_date(location, key, now)
    if isinstance(key, ByCode):
        found = find_by_check_in_token(key.text.strip())
        unknown = _("This is not an appointment code. Please type your date of birth or go to the reception.")
    else:
        reference = "".join(key.text.split()).upper()
        found = Appointment.objects.filter(reference=reference).first()
        unknown = _("We do not know this reference. Please check it or go to the reception.")
    return found or CheckIn(Outcome.UNKNOWN, unknown)


def find_by_birth_date(location: Location, key: ByBirthDate, now: datetime) -> Appointment | CheckIn:
    """One today: that one. Several: ask the hour once. None, or still several: the reception, all alike."""
    rows = Appointment.objects.filter(
        location=location,
        date=location.local(now).date(),
        visitor__birth_date=key.text,
        state__in=(AppointmentState.CONFIRMED, AppointmentState.NO_SHOW),
    )
    found = [row for row in rows if not key.hour or f"{location.local(row.start):%H:%M}" == key.hour]
    if len(found) == 1:
        return found[0]
    hours = sorted({f"{location.local(row.start):%H:%M}" for row in found})
    if len(hours) > 1:
        return CheckIn(Outcome.WHICH_HOUR, _("At what hour is your appointment?"), hours=hours)
    return send_to_desk()


def _arrive(
    location: Location, found: Appointment, arrival: Arrival, key: Key, *, party_complete: bool | None
) -> CheckIn:
    opened = None
    if arrival.intent:
        opened = open_intent(arrival.intent, "check_in", say_intent(key, party_complete=party_complete))
        told = _repeat(opened.result, arrival, complete=party_complete is not False) if opened.result else None
        if told:
            return told
    appointment = _lock(found, location)
    refused = refuse(location, appointment, arrival)
    if refused:
        return refused
    known: Ticket | None = getattr(appointment, "ticket", None)
    if known:
        answer = answer_known(known, arrival, party_complete=party_complete)
    elif appointment.persons > 1 and party_complete is None and arrival.user is None:
        return ask_party(appointment.persons)
    else:
        complete = party_complete is not False
        stop = write_appointment_stops(appointment, number_for(appointment), arrival, complete=complete)
        answer = CheckIn(Outcome.TICKET, tell(stop.ticket, stop, complete=complete), stop.ticket, stop)
    if opened and answer.ticket:
        finish_intent(opened, f"{answer.outcome} {answer.ticket.uid}")
    return answer


def say_intent(key: Key, *, party_complete: bool | None) -> dict[str, object]:
    """What a check-in is, for its intent."""
    return {"key": repr(key), "complete": party_complete}


def _repeat(result: str, arrival: Arrival, *, complete: bool) -> CheckIn | None:
    """The answer given under this intent before; nothing when it no longer holds: a page was left open meanwhile."""
    outcome, _space, uid = result.rpartition(" ")
    ticket = Ticket.objects.select_related("number", "zone", "location").get(uid=uid)
    stop = live_stop(ticket)
    waits = stop is not None and (stop.state in (StopState.WAITING, *AT_COUNTER) or stop.awaits_party)
    # What a kiosk reports under the same id is the same arrival, whatever has become of it.
    if not waits and not arrival.reported_later:
        return None
    if outcome == Outcome.ALREADY_CALLED and stop and stop.counter:
        return send_to_counter(ticket, stop)
    return CheckIn(Outcome(outcome or Outcome.TICKET), tell(ticket, stop, complete=complete), ticket, stop)


def _lock(found: Appointment, location: Location) -> Appointment:
    """Lock the row, then read it with all an arrival needs: of two at once the second sees the ticket of the first."""
    LOCKED(found.pk)
    appointment = ARRIVING(found.pk)[0]
    attach(appointment, "items", ITEMS(appointment.pk))
    if appointment.location_id == location.pk:
        appointment.location = location
    return appointment


def refuse(location: Location, appointment: Appointment, arrival: Arrival) -> CheckIn | None:
    """Why an appointment cannot be checked in here and now, if so; what has its ticket is not asked about."""
    place = appointment.location
    start = place.local(appointment.start)
    speaks = get_language() or appointment.language
    when = {"date": say_date(start.date(), speaks), "time": say_time(start, speaks)}
    if appointment.state == AppointmentState.CANCELLED:
        return CheckIn(Outcome.CANCELLED, _("This appointment was cancelled. Please go to the reception."))
    if appointment.state == AppointmentState.AWAITING_EMAIL:
        return send_to_desk()
    if appointment.location_id != location.pk:
        facts = {"place": place.name, "address": place.address, **when}
        text = _("Your appointment is at another place: %(place)s, %(address)s, on %(date)s at %(time)s.")
        return CheckIn(Outcome.OTHER_PLACE, text % facts)
    if start.date() != place.local(arrival.now).date():
        return CheckIn(Outcome.OTHER_DAY, _("Your appointment is on %(date)s at %(time)s, not today.") % when)
    if appointment.state == AppointmentState.HONOURED:
        return CheckIn(Outcome.ALREADY_SERVED, _("You have already been served today."))
    return _refuse_too_early(appointment, arrival)


def _refuse_too_early(appointment: Appointment, arrival: Arrival) -> CheckIn | None:
    place = appointment.location
    # A kiosk without network does not know the window: who was given a ticket by it is not sent away any more.
    if place.check_in_minutes is None or arrival.reported_later:
        return None
    opens = appointment.start - timedelta(minutes=place.check_in_minutes)
    if arrival.now >= opens:
        return None
    text = _("It is too early. Please check in from %(time)s on.")
    hour = say_time(place.local(opens), get_language() or appointment.language)
    return CheckIn(Outcome.TOO_EARLY, text % {"time": hour})
