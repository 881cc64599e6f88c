"""The ticket as a list of lines: one source for the printer and for the drawn ticket of the demonstration."""

from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import segno

from eguichet_kiosk_bridge.answers import Json, Ticket, strip_controls
from eguichet_kiosk_bridge.texts import TICKET_TEXTS, translate


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ticket; `style` is title, label, number, zone, text, small, rule or qr."""

    style: str
    text: str = ""
    qr: tuple[str, ...] = ()

    def to_json(self) -> Json:
        """Return the line as the page draws it."""
        return asdict(self)


def compose_ticket(ticket: Ticket, timezone: ZoneInfo, instead: str = "") -> list[Line]:
    """Return the lines of a ticket in its own language, nothing personal among them.

    `instead` is what to do for somebody who does not sit down and wait.
    """
    texts = {key: translate(text, ticket.language) for key, text in TICKET_TEXTS.items()}
    issued = datetime.fromisoformat(ticket.issued_at).astimezone(timezone)
    hour = texts["hour"].format(hour=ticket.hour) if ticket.hour else texts["no_hour"]
    lines = [
        Line("title", ticket.place),
        Line("rule"),
        Line("label", texts["number"]),
        Line("number", ticket.number),
        Line("zone", f"{texts['zone']} {ticket.zone}"),
    ]
    if ticket.zone_name and ticket.zone_name != ticket.zone:
        lines.append(Line("text", ticket.zone_name))
    lines.append(Line("label", hour))
    if ticket.wait:
        lines.append(Line("text", texts["wait"].format(low=ticket.wait[0], high=ticket.wait[1])))
    lines += [Line("rule"), Line("text", instead or texts["next"])]
    if ticket.follow_url:
        lines += [Line("text", texts["follow"]), Line("qr", qr=draw_qr(ticket.follow_url))]
    lines.append(Line("small", texts["issued"].format(date=issued.strftime(texts["date"]), hour=f"{issued:%H:%M}")))
    return [Line(line.style, strip_controls(line.text), line.qr) for line in lines]


def draw_qr(text: str) -> tuple[str, ...]:
    """Return the modules of a QR code, one text of 0 and 1 per row, without the quiet zone."""
    return tuple("".join("1" if module else "0" for module in row) for row in segno.make_qr(text, error="m").matrix)
