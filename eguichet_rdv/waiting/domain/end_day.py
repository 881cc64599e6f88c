"""Nobody waits overnight."""

from datetime import datetime, time

from django.db import transaction

from eguichet_rdv.townhall.models import Location
from eguichet_rdv.waiting.domain.board import raise_version, tell_desks
from eguichet_rdv.waiting.enums import LIVE, SessionState, StopState
from eguichet_rdv.waiting.models import CounterSession, Stop, Ticket


def end_past_days(now: datetime) -> int:
    """Close what earlier days left open: visitors still in a line are gone, counters are closed, needs are erased.

    Returns how many visitors were still in a line.
    """
    ended = 0
    for location in Location.objects.order_by("pk"):
        local = location.local(now)
        midnight = datetime.combine(local.date(), time(), location.tz)
        with transaction.atomic():
            old = Stop.objects.filter(location=location, ticket__date__lt=local.date())
            left = old.filter(state__in=(*LIVE, StopState.PLANNED)).update(state=StopState.LEFT, ended_at=midnight)
            sessions = CounterSession.objects.filter(counter__location=location, opened_at__lt=midnight)
            sessions.exclude(state=SessionState.CLOSED).update(state=SessionState.CLOSED, closed_at=midnight)
            Ticket.objects.filter(location=location, date__lt=local.date()).exclude(needs=[]).update(needs=[])
            if left:
                raise_version(location.pk)
                tell_desks(location.pk)
            ended += left
    return ended
