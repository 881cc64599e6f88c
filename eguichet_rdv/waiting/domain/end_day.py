"""Nobody waits overnight."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction

from eguichet_rdv.townhall.models import Location
from eguichet_rdv.waiting.domain.board import raise_version
from eguichet_rdv.waiting.domain.leave import end_visits
from eguichet_rdv.waiting.domain.past_calls import forget_reasons
from eguichet_rdv.waiting.enums import SessionState
from eguichet_rdv.waiting.models import CounterSession, HelpCall, Stop, StopEvent, Ticket


def end_past_days(now: datetime) -> int:
    """Close what earlier days left open: visitors in a line are gone, counters closed, needs and notes erased.

    Whoever came has honoured their appointment, whether ``mark_absent`` runs before or after this. Why people were
    called is erased with their names, the set number of days later. Returns how many visitors were still in a line.
    """
    ended = 0
    for location in Location.objects.order_by("pk"):
        local = location.local(now)
        midnight = datetime.combine(local.date(), time(), location.tz)
        with transaction.atomic():
            tickets = Ticket.objects.filter(location=location, date__lt=local.date())
            ended += end_visits(location, tickets, at=midnight)
            old = Stop.objects.filter(location=location, ticket__date__lt=local.date())
            old.exclude(note="", brought=[]).update(note="", brought=[])
            limit = local.date() - timedelta(days=settings.EGUICHET_IDENTITY_DAYS)
            forget_reasons(StopEvent.objects.filter(location=location, stop__ticket__date__lt=limit))
            sessions = CounterSession.objects.filter(counter__location=location, opened_at__lt=midnight)
            sessions.exclude(state=SessionState.CLOSED).update(state=SessionState.CLOSED, closed_at=midnight)
            tickets.exclude(needs=[]).update(needs=[])
            HelpCall.objects.filter(location=location, asked_at__lt=midnight, ended_at=None).update(ended_at=midnight)
            raise_version(location.pk)  # also after a day that ended well: no screen keeps its last calls
    return ended
