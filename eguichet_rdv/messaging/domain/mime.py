"""Turn a content into a mail as it goes over the wire."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from secrets import compare_digest

from django.core.mail.message import sanitize_address

from eguichet_rdv.common.tokens import keyed_hash
from eguichet_rdv.messaging.domain.content import Attachment, Content, Inline
from eguichet_rdv.messaging.models import Message

POLICY = SMTP.clone(cte_type="7bit")
"""Seven bits: no server on the way has to re-encode anything."""
LONGEST_NUMBER = 18
"""Digits of a row's number."""


def identify(message: Message) -> str:
    """What its Message-ID begins with: always the same, so that a second copy is recognised; nobody can invent it."""
    return f"{message.pk}.{keyed_hash('message-id', message.key)[:32]}"


def find_by_message_id(text: str) -> Message | None:
    """The message that went out under this Message-ID, if it was ours."""
    identity = text.strip().strip("<>").partition("@")[0]
    number = identity.partition(".")[0]
    if not number.isascii() or not number.isdigit() or len(number) > LONGEST_NUMBER:
        return None
    message = Message.objects.filter(pk=int(number)).first()
    return message if message is not None and compare_digest(identify(message), identity) else None


def write_mail(content: Content, *, identity: str, sender: str, recipient: str, now: datetime) -> EmailMessage:
    """The mail; ``identity`` is what its Message-ID begins with."""
    name, address = parseaddr(sender)
    mail = EmailMessage(policy=POLICY)
    mail["From"] = Address(display_name=name, addr_spec=address)
    mail["To"] = envelope_address(recipient)
    mail["Subject"] = " ".join(content.subject.split())
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{identity}@{address.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    for header, value in content.headers.items():
        mail[header] = value
    mail.set_content(content.text)
    if content.html:
        mail.add_alternative(content.html, subtype="html")
        parts = mail.get_payload()
        for picture in content.inline:
            _show(parts[-1], picture)  # type: ignore[arg-type, index]
    for attachment in content.attachments:
        _attach(mail, attachment)
    if content.language:
        # Last, for Content-… headers move into the first part as soon as there is a second one.
        mail["Content-Language"] = content.language
    return mail


def envelope_address(address: str) -> str:
    """``address`` as SMTP carries it: the domain in ASCII."""
    return str(sanitize_address(address, "utf-8"))


def _show(html: MIMEPart, picture: Inline) -> None:
    maintype, _slash, subtype = picture.kind.partition("/")
    html.add_related(
        picture.data,
        maintype=maintype,
        subtype=subtype,
        cid=f"<{picture.cid}>",
        filename=picture.name,
        disposition="inline",
    )


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    kind, *parameters = (part.strip() for part in attachment.kind.split(";"))
    maintype, _slash, subtype = kind.partition("/")
    mail.add_attachment(
        attachment.data,
        maintype=maintype,
        subtype=subtype,
        filename=attachment.name,
        params=dict(parameter.split("=", 1) for parameter in parameters),
    )
