"""The mails about an appointment. Subject and text name no need, no answer and no sensitive procedure."""

from enum import StrEnum

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from eguichet_rdv.messaging.domain.content import Attachment, Content, Inline
from eguichet_rdv.scheduling.enums import CancelledBy
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.scheduling.papers.calendar_file import Method, render_calendar
from eguichet_rdv.scheduling.papers.pdf import render_pdf
from eguichet_rdv.scheduling.papers.qr import qr_png
from eguichet_rdv.scheduling.papers.sheet import Sheet, describe

QR_CID = "qr"


class MailKind(StrEnum):
    """What a mail about an appointment is for."""

    CONFIRMATION = "confirmation"
    CHANGE = "change"
    CANCELLATION = "cancellation"
    REMINDER = "reminder"


def write_appointment_mail(appointment: Appointment, kind: MailKind) -> Content:
    """The mail in the language the citizen chose, with QR code, letter and calendar file."""
    sheet = describe(appointment)
    with translation.override(sheet.language):
        facts = {
            "sheet": sheet,
            "kind": kind.value,
            "heading": heading_of(kind),
            "lead": lead_of(kind, appointment),
            "qr_cid": QR_CID,
            "bring": tuple(dict.fromkeys(text for item in sheet.items for text in item.bring)),
        }
        return Content(
            subject=subject_of(kind, sheet),
            text=render_to_string("scheduling/mail/appointment.txt", facts),
            html=render_to_string("scheduling/mail/appointment.html", facts),
            language=sheet.language,
            attachments=attachments_of(appointment, kind),
            inline=() if sheet.cancelled else (Inline(QR_CID, "qr.png", "image/png", qr_png(sheet.code)),),
            headers=headers_of(appointment),
        )


def subject_of(kind: MailKind, sheet: Sheet) -> str:
    """Day and hour only: subjects are shown on locked telephones."""
    pattern = {
        MailKind.CONFIRMATION: _("Your appointment: %(moment)s"),
        MailKind.CHANGE: _("Your appointment has a new time: %(moment)s"),
        MailKind.CANCELLATION: _("Your appointment is cancelled: %(moment)s"),
        MailKind.REMINDER: _("Reminder of your appointment: %(moment)s"),
    }[kind]
    return pattern % {"moment": sheet.moment}


def heading_of(kind: MailKind) -> str:
    """The title of the mail, and what its plain text begins with."""
    return {
        MailKind.CONFIRMATION: _("Your appointment is confirmed"),
        MailKind.CHANGE: _("Your appointment has a new time"),
        MailKind.CANCELLATION: _("Your appointment is cancelled"),
        MailKind.REMINDER: _("See you soon"),
    }[kind]


def lead_of(kind: MailKind, appointment: Appointment) -> str:
    """The sentence under the greeting."""
    if kind is MailKind.CANCELLATION:
        if appointment.cancelled_by == CancelledBy.MUNICIPALITY:
            return _("We are sorry: we cannot receive you at this time. Please choose another time, or telephone us.")
        return _("You need not come. The time is free again for somebody else: thank you for telling us.")
    return {
        MailKind.CONFIRMATION: _("We expect you at this time."),
        MailKind.CHANGE: _("We expect you at the time below; the earlier one no longer holds. Your code is the same."),
        MailKind.REMINDER: _("This is a reminder of your appointment. Please cancel it if you cannot come."),
    }[kind]


def attachments_of(appointment: Appointment, kind: MailKind) -> tuple[Attachment, ...]:
    """The letter and the calendar file; of a cancelled appointment only the file that removes it."""
    method = Method.CANCEL if kind is MailKind.CANCELLATION else Method.REQUEST
    calendar = Attachment(
        f"{appointment.reference}.ics",
        f"text/calendar; charset=utf-8; method={method}",
        render_calendar(appointment, method),
    )
    if kind is MailKind.CANCELLATION:
        return (calendar,)
    return (Attachment(f"{appointment.reference}.pdf", "application/pdf", render_pdf(appointment)), calendar)


def headers_of(appointment: Appointment) -> dict[str, str]:
    """Answers go to the place, if it has an address."""
    return {"Reply-To": appointment.location.email} if appointment.location.email else {}
