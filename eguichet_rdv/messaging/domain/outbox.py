"""Put messages into the outbox, in the transaction that makes them necessary."""

from collections.abc import Iterable
from datetime import datetime

from eguichet_rdv.messaging.domain.recipients import NotOneAddress, is_one_address
from eguichet_rdv.messaging.enums import MessageChannel, MessageState
from eguichet_rdv.messaging.models import Message


def queue_message(
    key: str,
    kind: str,
    subject_ref: str,
    recipient: str,
    *,
    channel: MessageChannel,
    due_at: datetime,
    not_after: datetime | None = None,
) -> None:
    """Keep a message for sending at ``due_at``; the same ``key`` again changes nothing.

    From ``not_after`` on it is dropped instead of sent. Raises ``NotOneAddress``.
    """
    message = Message(
        key=key,
        kind=kind,
        subject_ref=subject_ref,
        recipient=recipient,
        channel=channel,
        due_at=due_at,
        not_after=not_after,
    )
    queue_messages([message])


def queue_messages(messages: Iterable[Message]) -> None:
    """The same for several messages, in one statement."""
    found = list(messages)
    for message in found:
        if message.channel == MessageChannel.EMAIL and not is_one_address(message.recipient):
            raise NotOneAddress
    Message.objects.bulk_create(found, ignore_conflicts=True)


def forget_recipient(subject_ref: str) -> int:
    """Erase the addresses of everything about ``subject_ref``; what still waits is dropped. How many messages."""
    about = Message.objects.filter(subject_ref=subject_ref)
    about.filter(state=MessageState.PENDING).update(state=MessageState.DROPPED, lease=None, lease_until=None)
    return about.exclude(recipient="").update(recipient="")


def forget_before(moment: datetime) -> int:
    """Delete what was queued before ``moment`` and is no longer waiting; how many messages."""
    done = Message.objects.exclude(state=MessageState.PENDING).filter(created_at__lt=moment, due_at__lt=moment)
    return done.delete()[0]
