"""What all orders of a clerk share: the row is changed once per intent, and the history tells it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from eguichet_rdv.ledger.domain.intents import finish_intent, open_intent
from eguichet_rdv.waiting.domain.refusals import StopChanged
from eguichet_rdv.waiting.enums import StopEventKind, StopState
from eguichet_rdv.waiting.models import CounterSession, Stop, StopEvent

LONGEST_NOTE = 300
LONGEST_REASON = 200


def begin(
    session: CounterSession,
    stop: Stop,
    command: str,
    intent: UUID,
    states: tuple[StopState, ...],
    *,
    changes: Mapping[str, object],
    at_counter: bool = True,
) -> bool:
    """Change the row once per intent; raises ``StopChanged`` when it is no longer in one of ``states`` here.

    Returns whether this order was the first with this intent.
    """
    opened = open_intent(intent, command, {"session": session.pk, "stop": stop.pk})
    if opened.result:
        return False
    rows = Stop.objects.filter(pk=stop.pk, state__in=states)
    if at_counter:
        rows = rows.filter(counter=session.counter_id)
    if not rows.update(**changes):
        raise StopChanged(number=str(stop.ticket.number))
    finish_intent(opened, str(stop.pk))
    return True


def record_order(
    session: CounterSession, stop: Stop, kind: StopEventKind, intent: UUID, now: datetime, *, reason: str = ""
) -> None:
    """Append to the history: which clerk, at which counter."""
    StopEvent.objects.create(
        stop=stop,
        location_id=stop.location_id,
        kind=kind,
        at=now,
        counter_id=session.counter_id,
        clerk_id=session.clerk_id,
        intent=intent,
        reason=reason[:LONGEST_REASON],
    )


def read_stop(stop: Stop) -> Stop:
    """The row as it is now, with what screens and sentences need."""
    return Stop.objects.select_related("ticket__number", "ticket__appointment", "zone", "counter", "location").get(
        pk=stop.pk
    )
