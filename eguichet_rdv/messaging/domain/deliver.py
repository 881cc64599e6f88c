"""Send what is due. Nothing is lost; at most one copy too many per process killed in mid-sentence."""

import time
import traceback
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.db import Error as DatabaseFault
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from eguichet_rdv.messaging.domain.builders import find_builder
from eguichet_rdv.messaging.domain.content import Content, Drop
from eguichet_rdv.messaging.domain.mime import envelope_address, identify, write_mail
from eguichet_rdv.messaging.domain.post import Later, Post, Refused, Unreachable
from eguichet_rdv.messaging.domain.recipients import is_one_address
from eguichet_rdv.messaging.enums import MessageChannel, MessageState
from eguichet_rdv.messaging.models import Message

LEASE = timedelta(seconds=90)
"""How long one sender has a message for itself."""
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=30)
MOST_ATTEMPTS = 100
"""About two days of trying."""

log = structlog.get_logger(__name__)
Now = Callable[[], datetime]


class LeaseLost(Exception):  # noqa: N818 - it is an answer, not an error
    """Somebody else has taken the message over, for this sender was away too long."""


def deliver_due(now_fn: Now, limit_seconds: float = 30.0) -> Counter[str]:
    """Send the due messages one after the other, oldest first; how many ended in which way.

    No new message is begun after ``limit_seconds``. When the server cannot be reached, the rest waits for the next run.
    """
    ends = time.monotonic() + limit_seconds
    ended: Counter[str] = Counter()
    with Post() as post:
        while time.monotonic() < ends and (message := claim(now_fn())) is not None:
            try:
                ended[_deliver(message, post, now_fn)] += 1
            except LeaseLost:
                ended["fenced"] += 1
            except Unreachable as reason:
                _try_later(message, str(reason), now_fn())
                ended["later"] += 1
                break
    return ended


def claim(now: datetime) -> Message | None:
    """Take the oldest due message that nobody holds, for the length of a lease."""
    with transaction.atomic():
        message = (
            Message.objects.filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now))
            .filter(state=MessageState.PENDING, due_at__lte=now)
            .order_by("due_at", "id")
            .select_for_update(skip_locked=True)
            .first()
        )
        if message is None:
            return None
        message.lease, message.lease_until = uuid.uuid4(), now + LEASE
        # Counted now, not afterwards: a message that kills its sender must not do so for ever.
        message.attempts += 1
        message.save(update_fields=["lease", "lease_until", "attempts"])
    return message


def _deliver(message: Message, post: Post, now_fn: Now) -> str:
    """Build and send one claimed message; the word for how it ended. Raises ``LeaseLost`` and ``Unreachable``."""
    if message.not_after is not None and message.not_after <= now_fn():
        return _drop(message, _("It came too late to be of use."))
    try:
        content = _build(message)
    except DatabaseFault:
        raise  # the database's fault, not the message's: the lease ends and it is tried again
    except Exception as error:  # noqa: BLE001 - whatever a builder raises, the other messages must go on
        return _park(message, describe_error(error))
    if isinstance(content, Content):
        return _hand_over(message, content, post, now_fn)
    return _drop(message, content.reason) if isinstance(content, Drop) else _park(message, content)


def _hand_over(message: Message, content: Content, post: Post, now_fn: Now) -> str:
    """Send the content; the word for how it ended."""
    try:
        _send(message, content, post, now_fn)
    except Refused as reason:
        return _park(message, str(reason))
    except Unreachable:
        raise
    except Later as reason:
        return _try_later(message, str(reason), now_fn())
    _end(message, MessageState.SENT, problem="", sent_at=now_fn())
    return MessageState.SENT


def _build(message: Message) -> Content | Drop | str:
    """The content, or why there is none; a plain text says why it can never be sent."""
    if message.channel != MessageChannel.EMAIL:
        return _("There is no gateway for this channel.")
    if not is_one_address(message.recipient):
        return _("The recipient is not exactly one e-mail address.")
    builder = find_builder(message.kind)
    if builder is None:
        return _("Nobody knows how to write this kind of message.")
    return builder(message)


def _send(message: Message, content: Content, post: Post, now_fn: Now) -> None:
    sender = settings.DEFAULT_FROM_EMAIL
    recipient = envelope_address(message.recipient)
    mail = write_mail(content, identity=identify(message), sender=sender, recipient=recipient, now=now_fn())
    returns_to = settings.EGUICHET_BOUNCE_EMAIL or sender
    post.send(mail, envelope_address(returns_to), recipient, lambda: renew_lease(message, now_fn()))


def renew_lease(message: Message, now: datetime) -> None:
    """Prove that the message is still ours, and keep it for the time the server may take. Raises ``LeaseLost``."""
    ours = Message.objects.filter(pk=message.pk, state=MessageState.PENDING, lease=message.lease, lease_until__gt=now)
    if not ours.update(lease_until=now + LEASE):
        raise LeaseLost


def _end(message: Message, state: MessageState, **facts: object) -> None:
    """Write down how it ended, unless somebody else holds the message by now.

    What nobody was sent keeps no address, nor what is about nobody in particular: no erasure could find it.
    """
    if state == MessageState.DROPPED or not message.subject_ref:
        facts["recipient"] = ""
    Message.objects.filter(pk=message.pk, lease=message.lease).update(
        state=state, lease=None, lease_until=None, **facts
    )


def _drop(message: Message, reason: str) -> str:
    _end(message, MessageState.DROPPED, problem=reason)
    return MessageState.DROPPED


def _park(message: Message, reason: str) -> str:
    _end(message, MessageState.PARKED, problem=reason)
    log.error("message parked", key=message.key, kind=message.kind, reason=reason)
    return MessageState.PARKED


def describe_error(error: Exception) -> str:
    """Kind and place of an error in a builder. Its text is left out, for it may name somebody."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return _("It could not be written: %(error)s in %(place)s.") % {
        "error": type(error).__name__,
        "place": f"{Path(place.filename).name}:{place.lineno}",
    }


def _try_later(message: Message, reason: str, now: datetime) -> str:
    """Leave it in the outbox, for twice as long after each attempt; give up after ``MOST_ATTEMPTS``."""
    if message.attempts >= MOST_ATTEMPTS:
        return _park(message, reason)
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(message.attempts - 1, 10))
    Message.objects.filter(pk=message.pk, lease=message.lease, state=MessageState.PENDING).update(
        lease=None, lease_until=now + pause, problem=reason
    )
    return "later"
