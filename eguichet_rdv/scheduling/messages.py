"""Which messages a change of an appointment makes necessary; queued in the transaction of the change."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from eguichet_rdv.common.announcing import changing
from eguichet_rdv.messaging.domain.builders import register
from eguichet_rdv.messaging.domain.content import Content, Drop
from eguichet_rdv.messaging.domain.outbox import queue_message, redirect_pending
from eguichet_rdv.messaging.enums import MessageChannel
from eguichet_rdv.messaging.jobs import nudge
from eguichet_rdv.messaging.models import Message
from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.scheduling.papers.mail import MailKind, write_appointment_mail

PREFIX = "appointment."
AT_ONCE = {
    "booked": MailKind.CONFIRMATION,
    "corrected": MailKind.CONFIRMATION,
    "moved": MailKind.CHANGE,
    "cancelled": MailKind.CANCELLATION,
}


def connect() -> None:
    """Listen to appointments and write their messages; called once when the application is ready."""
    changing.connect(queue_for_change, sender=Appointment, dispatch_uid="appointment-messages")
    for kind, builder in BUILDERS.items():
        register(PREFIX + kind, builder, LABELS[kind])


def queue_for_change(sender: type, subject: Appointment, what: str, **facts: Any) -> None:
    """Queue what the visitor must be told; without e-mail address nothing."""
    kind = AT_ONCE.get(what)
    visitor = subject.visitor
    if kind is None or visitor is None or not visitor.email:
        return
    now: datetime = facts.get("now") or timezone.now()
    wanted = AppointmentState.CANCELLED if kind is MailKind.CANCELLATION else AppointmentState.CONFIRMED
    if subject.state != wanted or subject.start <= now:
        return
    if what == "corrected":
        redirect_pending(subject.reference, visitor.email)
    queue_mail(subject, kind, visitor.email, now)
    reminder = reminder_due(subject)
    if kind is not MailKind.CANCELLATION and reminder > now:
        queue_mail(subject, MailKind.REMINDER, visitor.email, reminder)
    nudge()


def queue_mail(appointment: Appointment, kind: MailKind, recipient: str, due_at: datetime) -> None:
    """Once per appointment, kind, version and channel; never after the appointment has begun."""
    channel = MessageChannel.EMAIL
    queue_message(
        f"{appointment.uid}:{kind}:{appointment.version}:{channel}",
        PREFIX + kind,
        appointment.reference,
        recipient,
        channel=channel,
        due_at=due_at,
        not_after=appointment.start,
    )


def reminder_due(appointment: Appointment) -> datetime:
    """The same hour on the clock of the place on the day before, whatever the clocks do that night."""
    local = appointment.location.local(appointment.start)
    return datetime.combine(local.date() - timedelta(days=1), local.time(), appointment.location.tz)


def write_message(message: Message, kind: MailKind) -> Content | Drop:
    """Read the appointment anew and write the mail, unless it no longer says what is true."""
    uid, _kind, version, _channel = message.key.split(":")
    rows = Appointment.objects.select_related("location", "visitor")
    appointment = rows.filter(uid=UUID(uid)).first()
    if appointment is None or appointment.visitor is None:
        return Drop(_("The person has been erased."))
    if appointment.visitor.email != message.recipient:
        return Drop(_("The address has been changed since."))
    wanted = AppointmentState.CANCELLED if kind is MailKind.CANCELLATION else AppointmentState.CONFIRMED
    if appointment.version != int(version) or appointment.state != wanted:
        return Drop(_("The appointment has been changed since."))
    return write_appointment_mail(appointment, kind)


LABELS = {
    MailKind.CONFIRMATION: gettext_lazy("confirmation of an appointment"),
    MailKind.CHANGE: gettext_lazy("new time of an appointment"),
    MailKind.CANCELLATION: gettext_lazy("cancellation of an appointment"),
    MailKind.REMINDER: gettext_lazy("reminder of an appointment"),
}
BUILDERS = {kind: partial(write_message, kind=kind) for kind in MailKind}
