"""The appointment for the visitor's own calendar (RFC 5545)."""

from datetime import UTC
from email.utils import parseaddr
from enum import StrEnum

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText

from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.scheduling.papers.sheet import Sheet, describe


class Method(StrEnum):
    """What the file asks the calendar to do: show it, take it or a change of it, or remove it."""

    PUBLISH = "PUBLISH"
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


def render_calendar(appointment: Appointment, method: str = Method.PUBLISH, language: str | None = None) -> bytes:
    """The file; the same appointment always has the same UID, and a SEQUENCE that rises with every change.

    Hours are in UTC, which no calendar misreads at a change of clocks and which needs no table of time zones.
    The tokens are left out, for calendars are shared with others.
    """
    method = Method(method)
    sheet = describe(appointment, language)
    event = Event()
    event.add("uid", str(appointment.uid))
    event.add("sequence", appointment.version)
    event.add("dtstamp", last_change(appointment))
    event.add("dtstart", appointment.start.astimezone(UTC))
    event.add("dtend", appointment.end.astimezone(UTC))
    event.add("summary", f"{sheet.labels} – {appointment.location.name}")
    event.add("location", f"{appointment.location.name}, {appointment.location.address}")
    event.add("description", write_description(sheet))
    event.add("status", "CANCELLED" if sheet.cancelled or method is Method.CANCEL else "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE")
    event.add("organizer", address_of_place(appointment))
    if method is not Method.PUBLISH and appointment.visitor is not None and appointment.visitor.email:
        event.add("attendee", address_of_visitor(appointment.visitor.email))
    calendar = Calendar()
    calendar.add("prodid", "-//eguichet-rdv//appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method.value)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def last_change(appointment: Appointment) -> object:
    """When it became what it is: a file written twice is the same file."""
    moments = appointment.events.order_by("at").values_list("at", flat=True)
    return (moments.last() or appointment.created_at).astimezone(UTC)


def write_description(sheet: Sheet) -> str:
    """What one wants to read in the calendar on the way there."""
    with translation.override(sheet.language):
        lines = [_("Reference: %(reference)s") % {"reference": sheet.reference}]
        bring = dict.fromkeys(text for item in sheet.items for text in item.bring)
        if bring:
            lines += [_("What to bring:"), *(f"- {text}" for text in bring)]
        if sheet.location.phone:
            lines.append(_("Telephone: %(phone)s") % {"phone": sheet.location.phone})
    return "\n".join(lines)


def address_of_place(appointment: Appointment) -> vCalAddress:
    """The organiser: the installation's sender under the name of the place."""
    address = vCalAddress(f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}")
    address.params["CN"] = vText(appointment.location.name)
    return address


def address_of_visitor(email: str) -> vCalAddress:
    """The visitor, already coming: no answer is asked for."""
    address = vCalAddress(f"mailto:{email}")
    address.params["PARTSTAT"] = vText("ACCEPTED")
    address.params["RSVP"] = vText("FALSE")
    return address
