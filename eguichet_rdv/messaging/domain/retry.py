"""Try once more what could not be sent."""

from datetime import datetime

from eguichet_rdv.messaging.enums import FAILED, MessageState
from eguichet_rdv.messaging.jobs import nudge
from eguichet_rdv.messaging.models import Message


def try_again(message: Message, now: datetime) -> bool:
    """Put a failed message back into the outbox; False when it had not failed, or was put back already.

    It is written anew when it is sent: what nobody needs any more is dropped then.
    """
    failed = Message.objects.filter(pk=message.pk, state__in=FAILED).exclude(recipient="")
    done = failed.update(
        state=MessageState.PENDING, due_at=now, attempts=0, lease=None, lease_until=None, problem="", sent_at=None
    )
    if done:
        nudge()
    return bool(done)
