"""A mail that comes back is shown to staff; a forged report changes nothing."""

import io
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from django.core.management import call_command
from pytest_django import Settings

from eguichet_rdv.messaging.domain.bounce import Bounce, note_bounce
from eguichet_rdv.messaging.domain.deliver import deliver_due
from eguichet_rdv.messaging.enums import MessageState
from eguichet_rdv.messaging.management.commands.receive_bounce import Command
from eguichet_rdv.messaging.models import Message
from tests.harness.clock import Clock
from tests.harness.smtp import SmtpSink
from tests.messaging.conftest import Queue

REPORT = """\
From: MAILER-DAEMON@people.example
To: bounces@town.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I am sorry.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.people.example

Final-Recipient: rfc822; ada@people.example
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <ada@people.example> Jeanne Martin does not live here

--b
{enclosed}
--b--
"""
WHOLE = "Content-Type: message/rfc822\n\nSubject: x\nMessage-ID: {id}\n\nHello\n"
HEADERS = "Content-Type: text/rfc822-headers\n\nSubject: x\nMessage-ID: {id}\n"


@pytest.fixture
def sent(sink: SmtpSink, queue: Queue, clock: Clock, settings: Settings) -> tuple[Message, str]:
    """A message that a server has taken, and its Message-ID."""
    settings.EGUICHET_BOUNCE_EMAIL = "bounces@town.example"
    message = queue("ada")
    deliver_due(clock)
    (mail,) = sink.mails
    assert mail.sender == "bounces@town.example"
    return message, str(mail.message["Message-ID"])


def read(enclosed: str, message_id: str, action: str = "failed") -> EmailMessage:
    report = REPORT.format(action=action, enclosed=enclosed.format(id=message_id)).replace("\n", "\r\n")
    return message_from_bytes(report.encode(), policy=policy.default)


@pytest.mark.parametrize("enclosed", [WHOLE, HEADERS])
def test_what_comes_back_is_marked_with_its_reason(enclosed: str, sent: tuple[Message, str]) -> None:
    message, message_id = sent
    assert note_bounce(read(enclosed, message_id)) is Bounce.NOTED
    message.refresh_from_db()
    assert (message.state, "5.1.1" in message.problem) == (MessageState.RETURNED, True)
    assert not any(word in message.problem for word in ("Jeanne", "@"))


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed"])
def test_what_is_still_tried_is_not_marked(action: str, sent: tuple[Message, str]) -> None:
    message, message_id = sent
    assert note_bounce(read(WHOLE, message_id, action)) is Bounce.NOT_FINAL
    message.refresh_from_db()
    assert message.state == MessageState.SENT


@pytest.mark.parametrize("forge", ["<{pk}.0123456789@town.example>", "<{pk}@town.example>", "", "<x@y>", "<²³.x@y>"])
def test_who_did_not_get_the_mail_cannot_report_it(forge: str, sent: tuple[Message, str]) -> None:
    message, _message_id = sent
    assert note_bounce(read(WHOLE, forge.format(pk=message.pk))) is Bounce.NOT_OURS
    message.refresh_from_db()
    assert message.state == MessageState.SENT


@pytest.mark.parametrize("rubbish", [b"", b"\0\xff", b"Subject: I am on holiday\r\n\r\nBye", REPORT.encode()[:300]])
def test_anything_else_ends_without_harm(rubbish: bytes, monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    said = io.StringIO()
    monkeypatch.setattr(Command, "stdin", io.BytesIO(rubbish))
    call_command("receive_bounce", stdout=said)
    assert said.getvalue().strip() in {Bounce.NO_REPORT, Bounce.NOT_FINAL}
