"""One conversation with the mail server per message, with a last look at the lease before the content is handed over."""

import contextlib
import re
import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from types import TracebackType
from typing import Self

from django.core.mail import EmailMessage as DjangoMessage
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend
from django.utils.translation import gettext as _

OK, CLOSING, TEMPORARY, PERMANENT = 250, 421, 4, 5
ENHANCED_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")


class NotSent(Exception):  # noqa: N818 - it is an answer, not an error
    """The message was not taken. ``str()`` is the reason, without any address or name."""


class Later(NotSent):
    """Try this message again later."""


class Unreachable(Later):
    """The server takes nothing at all for the moment."""


class Refused(NotSent):
    """The server will never take this message."""


class Post:
    """The configured way of sending mail; opened when first needed, kept for the messages of one run."""

    def __init__(self) -> None:
        self._backend: BaseEmailBackend | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye; nothing depends on how the server takes it."""
        backend, self._backend = self._backend, None
        if backend is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                backend.close()

    def send(self, mail: EmailMessage, sender: str, recipient: str, before_data: Callable[[], None]) -> None:
        """Hand ``mail`` over to one recipient. ``before_data`` may stop it with an exception at the last moment.

        Raises ``Later``, ``Unreachable`` or ``Refused``.
        """
        backend = self._open()
        try:
            if isinstance(backend, SmtpBackend) and backend.connection is not None:
                _converse(backend.connection, mail, sender, recipient, before_data)
            else:
                before_data()
                backend.send_messages([_Written(mail, sender, recipient)])
        except BaseException as error:
            # After anything unusual the next message begins on a fresh connection.
            self.close()
            if isinstance(error, OSError | smtplib.SMTPException):
                raise Later(_("The mail server did not answer, or the connection broke off.")) from error
            raise

    def _open(self) -> BaseEmailBackend:
        if self._backend is None:
            backend = get_connection()
            try:
                backend.open()
            except (OSError, smtplib.SMTPException) as error:
                raise Unreachable(_("The mail server cannot be reached.")) from error
            self._backend = backend
        return self._backend


class _Written(DjangoMessage):
    """A finished mail for Django's other ways of sending: console, files, memory."""

    def __init__(self, mail: EmailMessage, sender: str, recipient: str) -> None:
        super().__init__(subject=mail["Subject"], from_email=sender, to=[recipient])
        self._mail = mail

    def message(self, *, policy: object = None) -> EmailMessage:
        """What was written, unchanged."""
        return self._mail


def _converse(
    smtp: smtplib.SMTP, mail: EmailMessage, sender: str, recipient: str, before_data: Callable[[], None]
) -> None:
    """MAIL, RCPT, a last look, DATA. Django's own backend has no place for that last look."""
    smtp.ehlo_or_helo_if_needed()
    code, reply = smtp.mail(sender)
    if code != OK:
        # The sender is the installation's own address: whatever is wrong will be put right by its staff.
        raise _judge(code, reply, permanent=Later)
    code, reply = smtp.rcpt(recipient)
    if code // 100 != OK // 100:
        raise _judge(code, reply)
    before_data()
    try:
        code, reply = smtp.data(mail.as_bytes())
    except smtplib.SMTPDataError as error:
        raise _judge(error.smtp_code, error.smtp_error) from error
    if code != OK:
        raise _judge(code, reply)


def _judge(code: int, reply: bytes | str, permanent: type[NotSent] = Refused) -> NotSent:
    """What a refusal means. Its text is left out, for servers repeat the address in it."""
    text = reply.decode("ascii", "replace") if isinstance(reply, bytes) else reply
    number = " ".join([str(code), *ENHANCED_STATUS.findall(text)[:1]])
    if code == CLOSING:
        return Unreachable(_("The mail server is closing down (%s).") % number)
    if code // 100 == PERMANENT:
        return permanent(_("The mail server refused the message (%s).") % number)
    return Later(_("The mail server asked to try again later (%s).") % number)
