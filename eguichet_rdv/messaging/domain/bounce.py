"""A mail that comes back days later: the report says which of ours it was, and staff see it at the appointment."""

from email.message import EmailMessage
from email.message import Message as MailPart
from enum import StrEnum

from django.utils.translation import gettext as _

from eguichet_rdv.messaging.domain.mime import find_by_message_id
from eguichet_rdv.messaging.domain.post import ENHANCED_STATUS
from eguichet_rdv.messaging.enums import MessageState
from eguichet_rdv.messaging.models import Message


class Bounce(StrEnum):
    """What became of a report."""

    NOTED = "noted"
    NOT_FINAL = "not final"
    """Delivered late, or still being tried."""
    NOT_OURS = "not ours"
    NO_REPORT = "no report"


def note_bounce(mail: EmailMessage) -> Bounce:
    """Mark the message a report of failed delivery (RFC 3464) is about; ``mail`` is never believed further than that.

    Only who received the mail can name it, for its Message-ID holds a keyed hash. Noting twice changes nothing.
    """
    report = next((part for part in mail.walk() if part.get_content_type() == "message/delivery-status"), None)
    if report is None:
        return Bounce.NO_REPORT
    failed = [block for block in _blocks(report) if str(block.get("Action", "")).strip().lower() == "failed"]
    if not failed:
        return Bounce.NOT_FINAL
    message = next(filter(None, map(find_by_message_id, _message_ids(mail))), None)
    if message is None:
        return Bounce.NOT_OURS
    status = ENHANCED_STATUS.findall(str(failed[0].get("Status", "")))
    problem = _("The mail server of the recipient sent it back (%s).") % (status[0] if status else "?")
    sent = Message.objects.filter(pk=message.pk, state=MessageState.SENT)
    sent.update(state=MessageState.RETURNED, problem=problem)
    return Bounce.NOTED


def _blocks(report: MailPart) -> list[MailPart]:
    """The groups of fields of a report: one about the mail, then one per recipient."""
    payload = report.get_payload()
    return [block for block in payload if isinstance(block, MailPart)] if isinstance(payload, list) else []


def _message_ids(mail: EmailMessage) -> list[str]:
    """The Message-IDs of the mails enclosed in a report, whole or their headers only."""
    found = []
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "text/rfc822-headers":
            text = part.get_payload(decode=True)
            lines = text.decode("ascii", "replace").splitlines() if isinstance(text, bytes) else []
            found += [line.partition(":")[2].strip() for line in lines if line.lower().startswith("message-id:")]
        elif kind == "message/rfc822":
            found += [str(block["Message-ID"]) for block in _blocks(part) if block["Message-ID"]]
    return found
