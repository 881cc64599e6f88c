"""A mail server on a real socket, which can also misbehave."""

import asyncio
import email
import email.policy
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.harness.processes import find_free_port
from tests.harness.waiting import wait_until


class SmtpMode(StrEnum):
    """How the server treats a message."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    """550 for every recipient."""
    UNAVAILABLE = "421"
    """421 at MAIL FROM: closing down."""
    LATER = "451"
    """451 after the message: try again later."""
    STALL = "stall"
    """No answer after the message until the mode changes."""
    CLOSE_AFTER_DATA = "close-after-data"
    """The message is taken, then the connection is cut before the answer."""


@dataclass(frozen=True)
class ReceivedMail:
    """One message as it came over the wire."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """The parsed message."""
        return email.message_from_bytes(self.raw, policy=email.policy.default)


class Phase(StrEnum):
    """How far a conversation about a message has come, as the server sees it."""

    BEGUN = "begun"
    ADDRESSED = "addressed"
    """The recipient was named, nothing is answered yet, the content has not been sent."""
    TAKEN = "taken"
    """The content is kept, the sender does not know it yet."""


Watch = Callable[[Phase], None]


@dataclass
class _Handler:
    """Keeps what arrives; ``aiosmtpd`` calls the methods by name."""

    mode: SmtpMode = SmtpMode.ACCEPT
    refused: set[str] = field(default_factory=set)
    mails: list[ReceivedMail] = field(default_factory=list)
    attempts: int = 0
    watch: Watch | None = None

    def see(self, phase: Phase) -> None:
        if self.watch is not None:
            self.watch(phase)

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.attempts += 1
        self.see(Phase.BEGUN)
        if self.mode is SmtpMode.UNAVAILABLE:
            return "421 4.3.2 Closing down"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.see(Phase.ADDRESSED)
        if self.mode is SmtpMode.REFUSE or address in self.refused:
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        while self.mode is SmtpMode.STALL:  # noqa: ASYNC110 - the mode is changed by another thread
            await asyncio.sleep(0.02)
        if self.mode is SmtpMode.LATER:
            return "451 4.3.0 Try again later"
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        self.mails.append(ReceivedMail(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw))
        self.see(Phase.TAKEN)
        if self.mode is SmtpMode.CLOSE_AFTER_DATA:
            transport: Any = server.transport
            transport.abort()
        return "250 2.0.0 Taken"


class SmtpSink:
    """Receives mail on ``127.0.0.1:port``. ``mode`` may change at any moment; ``stop``/``start`` is an outage."""

    def __init__(self) -> None:
        self.port = find_free_port()
        self._handler = _Handler()
        self._controller: Controller | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to listen; the same port each time."""
        with self._lock:
            if self._controller is None:
                self._controller = Controller(self._handler, hostname="127.0.0.1", port=self.port)
                self._controller.start()

    def stop(self) -> None:
        """No longer listen: connections are refused. What was received is kept."""
        with self._lock:
            if self._controller is not None:
                if self.mode is SmtpMode.STALL:
                    self.mode = SmtpMode.LATER
                self._controller.stop()
                self._controller = None

    @property
    def url(self) -> str:
        """Value for ``EGUICHET_SMTP_URL``."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def mode(self) -> SmtpMode:
        """How messages are treated now."""
        return self._handler.mode

    @mode.setter
    def mode(self, mode: SmtpMode) -> None:
        self._handler.mode = mode

    @property
    def watch(self) -> Watch | None:
        """Called by the server's thread at each phase of each message, before it answers."""
        return self._handler.watch

    @watch.setter
    def watch(self, watch: Watch | None) -> None:
        self._handler.watch = watch

    def refuse(self, address: str) -> None:
        """Answer 550 for this one address."""
        self._handler.refused.add(address)

    @property
    def attempts(self) -> int:
        """How often a sender began a message."""
        return self._handler.attempts

    @property
    def mails(self) -> list[ReceivedMail]:
        """Everything received, oldest first."""
        return list(self._handler.mails)

    def mails_to(self, address: str) -> list[ReceivedMail]:
        """Everything received for one address."""
        return [mail for mail in self.mails if address in mail.recipients]

    def wait_for(self, count: int = 1, address: str | None = None, limit: float = 15.0) -> list[ReceivedMail]:
        """Wait until ``count`` mails (for ``address``) have come; all of them."""

        def enough() -> list[ReceivedMail]:
            mails = self.mails if address is None else self.mails_to(address)
            return mails if len(mails) >= count else []

        return wait_until(enough, limit, f"{count} mail(s) for {address or 'anybody'}")

    def clear(self) -> None:
        """Forget what was received; accept again."""
        self._handler.mails.clear()
        self._handler.refused.clear()
        self._handler.attempts = 0
        self._handler.watch = None
        self.mode = SmtpMode.ACCEPT
