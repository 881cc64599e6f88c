"""A clerk needs somebody to come: seen by all desks and the reception, answered by whoever goes."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from eguichet_rdv.accounts.models import User
from eguichet_rdv.common.prepared import Prepared
from eguichet_rdv.townhall.models import Location
from eguichet_rdv.waiting.domain.board import tell_desks
from eguichet_rdv.waiting.models import CounterSession, HelpCall


@transaction.atomic
def ask_help(session: CounterSession, *, now: datetime) -> None:
    """Ask for help at the counter; asking again changes nothing."""
    call = HelpCall(
        location_id=session.counter.location_id, counter_id=session.counter_id, clerk_id=session.clerk_id, asked_at=now
    )
    HelpCall.objects.bulk_create([call], ignore_conflicts=True)
    tell_desks(session.counter.location_id)


@transaction.atomic
def come_to_help(call: HelpCall, user: User, *, now: datetime) -> bool:
    """Say that ``user`` goes there; of two at once the first goes. Returns whether it was this one."""
    came = HelpCall.objects.filter(pk=call.pk, ended_at=None, comes=None).update(comes=user, comes_at=now)
    if came:
        tell_desks(call.location_id)
    return bool(came)


@transaction.atomic
def end_help(counter: int, location: int, *, now: datetime) -> None:
    """Nobody is needed any more at ``counter`` (ids)."""
    if HelpCall.objects.filter(counter=counter, ended_at=None).update(ended_at=now):
        tell_desks(location)


def open_help_calls(location: Location | int) -> QuerySet[HelpCall]:
    """Who asks for help at a place, the first first."""
    return HelpCall.objects.filter(location=location, ended_at=None).select_related("counter__zone", "clerk", "comes")


SOMEBODY_ASKS = Prepared(
    lambda location: HelpCall.objects.filter(location=location, ended_at=None).only("pk").order_by()[:1], int
)


def read_help_calls(location: int) -> list[HelpCall]:
    """The same by the id of the place, for a page that reads it often: mostly nobody asks, which is quickly seen."""
    return list(open_help_calls(location)) if SOMEBODY_ASKS(location) else []
