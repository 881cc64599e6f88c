from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

from eguichet_rdv.messaging.domain.builders import register_temporarily
from eguichet_rdv.messaging.domain.content import Content
from eguichet_rdv.messaging.domain.outbox import queue_message
from eguichet_rdv.messaging.enums import MessageChannel
from eguichet_rdv.messaging.models import Message
from tests.harness.clock import Clock
from tests.harness.smtp import SmtpSink

KIND = "test.plain"


def write_plain(message: Message) -> Content:
    return Content(subject=f"About {message.subject_ref}", text=f"Hello {message.subject_ref}\n", language="en")


@pytest.fixture(autouse=True)
def plain_builder() -> Iterator[None]:
    with register_temporarily(KIND, write_plain):
        yield


@pytest.fixture
def sink(smtp_sink: SmtpSink, settings: Settings) -> SmtpSink:
    """A mail server the settings point to, with little patience for a silent one."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_sink.port
    settings.EMAIL_TIMEOUT = 0.3
    settings.DEFAULT_FROM_EMAIL = "Stad Test <rdv@town.example>"
    return smtp_sink


Queue = Callable[..., Message]


@pytest.fixture
def queue(clock: Clock, db: None) -> Queue:
    """``queue("name", kind=…, recipient=…)`` puts one message into the outbox and returns its row."""

    def put(name: str, *, kind: str = KIND, recipient: str = "", **facts: object) -> Message:
        arguments = {"due_at": clock.now, "channel": MessageChannel.EMAIL, **facts}
        queue_message(name, kind, name, recipient or f"{name}@people.example", **arguments)  # type: ignore[arg-type]
        return Message.objects.get(key=name)

    return put
