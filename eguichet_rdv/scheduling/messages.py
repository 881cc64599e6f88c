"""Which messages a change of an appointment makes necessary; queued in the transaction of the change."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from eguichet_rdv.common.announcing import changing
from eguichet_rdv.messaging.domain.builders import register
from eguichet_rdv.messaging.domain.content import Content, Drop
from eguichet_rdv.messaging.domain.outbox import queue_messages
from eguichet_rdv.messaging.domain.wordings import find_words, register_wording
from eguichet_rdv.messaging.enums import MessageChannel
from eguichet_rdv.messaging.jobs import nudge
from eguichet_rdv.messaging.models import Message
from eguichet_rdv.scheduling.domain.links import KIND, find_future_of
from eguichet_rdv.scheduling.enums import AppointmentState, CancelledBy
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.scheduling.papers import free
from eguichet_rdv.scheduling.papers.mail import write_appointment_mail, write_links
from eguichet_rdv.scheduling.papers.sample import preview_mail
from eguichet_rdv.scheduling.papers.sheet import describe
from eguichet_rdv.scheduling.papers.wordings import LABELS, OFF, PREFIX, Told, declare

AT_ONCE: dict[str, Told] = {
    "booked": Told.CONFIRMATION,
    "confirmed": Told.CONFIRMATION,
    "corrected": Told.CONFIRMATION,
    "renewed": Told.CONFIRMATION,
    "moved": Told.CHANGE,
    "cancelled": Told.CANCELLATION,
}


def connect() -> None:
    """Listen to appointments and write their messages; called once when the application is ready."""
    changing.connect(queue_for_change, sender=Appointment, dispatch_uid="appointment-messages")
    for told, builder in BUILDERS.items():
        register(PREFIX + told, builder, LABELS[told])
    register(KIND, write_links_message, LABELS[Told.LINKS])
    register(free.WORDING.code, free.write_free, free.LABEL)
    register_wording(free.WORDING)
    for worded in Told:
        register_wording(declare(worded, partial(preview_mail, worded)))


def queue_for_change(sender: type, subject: Appointment, what: str, **facts: Any) -> None:
    """Queue what the visitor must be told; without e-mail address nothing."""
    told = AT_ONCE.get(what)
    visitor = subject.visitor
    if told is None or visitor is None or not visitor.email:
        return
    now: datetime = facts.get("now") or timezone.now()
    if told is Told.CANCELLATION and subject.cancelled_by == CancelledBy.MUNICIPALITY:
        told = Told.REVOCATION
    if told is Told.CONFIRMATION and subject.state == AppointmentState.AWAITING_EMAIL:
        told = Told.ACTIVATION
    if subject.state != state_for(told) or subject.start <= now:
        return
    mails = [make_mail(subject, told, visitor.email, now)]
    reminder = reminder_due(subject)
    if told not in (*OFF, Told.ACTIVATION) and reminder > now:
        mails.append(make_mail(subject, Told.REMINDER, visitor.email, reminder))
    queue_messages(mails)
    nudge()


def queue_mail(appointment: Appointment, told: Told, recipient: str, due_at: datetime, *, mark: str = "") -> None:
    """Once per appointment, kind, version and channel; never after it has begun or the time is kept no longer."""
    queue_messages([make_mail(appointment, told, recipient, due_at, mark=mark)])


def make_mail(appointment: Appointment, told: Told, recipient: str, due_at: datetime, *, mark: str = "") -> Message:
    """The row of the outbox, not yet written."""
    channel = MessageChannel.EMAIL
    return Message(
        key=f"{appointment.uid}:{mark or told}:{appointment.version}:{channel}",
        kind=PREFIX + told,
        subject_ref=appointment.reference,
        recipient=recipient,
        channel=channel,
        due_at=due_at,
        not_after=appointment.confirm_by if told is Told.ACTIVATION else appointment.start,
    )


def write_links_message(message: Message) -> Content | Drop:
    """The links of whoever has this address now; nobody learns from us that there is none."""
    found = find_future_of(message.recipient, message.due_at)
    if not found:
        return Drop(_("No appointment to come is known for this address."))
    sheets = [describe(appointment, found[0].language) for appointment in found]
    return write_links(sheets, find_words(KIND, found[0].language))


def tell_again(appointment: Appointment, now: datetime) -> None:
    """Send once more, once a day at most, what was sent when it was booked; nothing without an e-mail address."""
    visitor = appointment.visitor
    if visitor is None or not visitor.email:
        return
    told = Told.ACTIVATION if appointment.state == AppointmentState.AWAITING_EMAIL else Told.CONFIRMATION
    queue_mail(appointment, told, visitor.email, now, mark=f"{told}-{now:%Y%m%d}")
    nudge()


def state_for(told: Told) -> AppointmentState:
    """In which state an appointment must be for ``told`` to be true."""
    if told is Told.ACTIVATION:
        return AppointmentState.AWAITING_EMAIL
    return AppointmentState.CANCELLED if told in OFF else AppointmentState.CONFIRMED


def reminder_due(appointment: Appointment) -> datetime:
    """The same hour on the clock of the place on the day before, whatever the clocks do that night."""
    local = appointment.location.local(appointment.start)
    return datetime.combine(local.date() - timedelta(days=1), local.time(), appointment.location.tz)


def write_message(message: Message, told: Told) -> Content | Drop:
    """The mail, unless it no longer says what is true."""
    found = find_current(message, told)
    return found if isinstance(found, Drop) else write_appointment_mail(found, told)


def find_current(message: Message, told: Told) -> Appointment | Drop:
    """The appointment, read anew, or why nobody needs the message any more."""
    uid, _told, version, _channel = message.key.split(":")
    rows = Appointment.objects.select_related("location", "visitor")
    appointment = rows.filter(uid=UUID(uid)).first()
    if appointment is None or appointment.visitor is None:
        return Drop(_("The person has been erased."))
    if appointment.visitor.email != message.recipient:
        return Drop(_("The address has been changed since."))
    if appointment.version != int(version) or appointment.state != state_for(told):
        return Drop(_("The appointment has been changed since."))
    return appointment


BUILDERS = {told: partial(write_message, told=told) for told in Told if told is not Told.LINKS}
