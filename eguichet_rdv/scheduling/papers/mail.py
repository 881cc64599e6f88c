"""The mails about appointments. Subject and text name no need, no answer and no sensitive procedure."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from eguichet_rdv.messaging.domain.composing import Facts, Part, compose, fill_line
from eguichet_rdv.messaging.domain.content import Attachment, Content, Inline
from eguichet_rdv.messaging.domain.wordings import Words, find_words
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.scheduling.papers.calendar_file import Method, render_calendar
from eguichet_rdv.scheduling.papers.pdf import render_pdf
from eguichet_rdv.scheduling.papers.qr import qr_png
from eguichet_rdv.scheduling.papers.sheet import Sheet, describe
from eguichet_rdv.scheduling.papers.wordings import OFF, PREFIX, Told
from eguichet_rdv.townhall.models import Location

QR_CID = "qr"
PARTS = ("appointment", "code", "bring", "access", "change", "again", "confirm")


def write_appointment_mail(appointment: Appointment, told: Told) -> Content:
    """The mail in the language the citizen chose, with QR code, letter and calendar file."""
    sheet = describe(appointment)
    words = find_words(PREFIX + told, sheet.language)
    return write_about(sheet, words, attachments=attachments_of(appointment, told), headers=headers_of(appointment))


def write_about(
    sheet: Sheet, words: Words, *, attachments: tuple[Attachment, ...] = (), headers: Mapping[str, str] | None = None
) -> Content:
    """``words`` filled with what ``sheet`` says."""
    with translation.override(sheet.language):
        facts = facts_of(sheet, words)
        note = (
            _("Attached: a file that removes the appointment from your calendar.")
            if sheet.cancelled
            else _("Attached: this confirmation as a letter to print (PDF), and a file for your calendar.")
        )
        if sheet.confirm_url:
            note = _("You did not ask for this? Then you need not do anything: the time becomes free again.")
        text, html = dress(words, facts, {"language": sheet.language, "town": facts["town"], "note": note})
    return Content(
        subject=fill_line(words.subject, facts),
        text=text,
        html=html,
        language=sheet.language,
        attachments=attachments,
        inline=()
        if sheet.cancelled or sheet.confirm_url
        else (Inline(QR_CID, "qr.png", "image/png", qr_png(sheet.code)),),
        headers=headers or {},
    )


def write_links(sheets: Sequence[Sheet], words: Words) -> Content:
    """The links of several appointments of one address, in the language of the first."""
    language, town = sheets[0].language, sheets[0].location.municipality
    with translation.override(language):
        facts: Facts = {"town": town, "links": draw_part("links", {"sheets": sheets})}
        text, html = dress(words, facts, {"language": language, "town": town})
    return Content(subject=fill_line(words.subject, facts), text=text, html=html, language=language)


def facts_of(sheet: Sheet, words: Words) -> dict[str, str | Part]:
    """What the placeholders of ``words`` stand for; the active language must already be the sheet's."""
    place = sheet.location
    lines: dict[str, str | Part] = {
        "greeting": _("Hello %(name)s,") % {"name": sheet.name} if sheet.name else _("Hello,"),
        "name": sheet.name,
        "moment": sheet.moment,
        "day": sheet.day,
        "hour": sheet.hour,
        "procedures": sheet.labels,
        "reference": sheet.reference,
        "place": place.name,
        "address": place.address,
        "phone": place.phone,
        "town": place.municipality,
    }
    bring = tuple(dict.fromkeys(text for item in sheet.items for text in item.bring))
    used = [name for name in PARTS if f"{{{name}}}" in words.text]
    return lines | {name: draw_part(name, {"sheet": sheet, "bring": bring, "qr_cid": QR_CID}) for name in used}


def draw_part(name: str, facts: Mapping[str, Any]) -> Part:
    """The part ``name`` of a message, as text and as HTML."""
    text, html = (render_to_string(f"scheduling/mail/parts/{name}.{kind}", facts) for kind in ("txt", "html"))
    return Part(text, mark_safe(html))  # noqa: S308 - Django's templates escape


def dress(words: Words, facts: Facts, frame: Mapping[str, Any]) -> tuple[str, str]:
    """The whole mail, as text and as HTML."""
    text, html = compose(words.text, facts)
    return (
        render_to_string("scheduling/mail/base.txt", {**frame, "title": words.title, "body": text}),
        render_to_string("scheduling/mail/base.html", {**frame, "title": words.title, "body": html}),
    )


def attachments_of(appointment: Appointment, told: Told) -> tuple[Attachment, ...]:
    """The letter and the calendar file; of a cancelled appointment only the file that removes it.

    Before the address is confirmed there is nothing to take home yet.
    """
    if told is Told.ACTIVATION:
        return ()
    method = Method.CANCEL if told in OFF else Method.REQUEST
    calendar = Attachment(
        f"{appointment.reference}.ics",
        f"text/calendar; charset=utf-8; method={method}",
        render_calendar(appointment, method),
    )
    if told in OFF:
        return (calendar,)
    return (Attachment(f"{appointment.reference}.pdf", "application/pdf", render_pdf(appointment)), calendar)


def headers_of(appointment: Appointment) -> dict[str, str]:
    """Answers go to the place, if it has an address."""
    return headers_to(appointment.location)


def headers_to(place: Location) -> dict[str, str]:
    """Answers go to ``place``, if it has an address."""
    return {"Reply-To": place.email} if place.email else {}
