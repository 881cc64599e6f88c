"""Where the law gives a number of days and the agenda has no time within them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import F, Sum

from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.scheduling.domain.wanted import Wanted
from eguichet_rdv.scheduling.models import LateOffer


def find_late(wanted: Wanted, first: datetime | None, now: datetime) -> list[Procedure]:
    """The procedures whose legal deadline lies before ``first``, the first free time; ``None`` = nothing is free."""
    return [
        item.procedure
        for item in wanted.items
        if item.procedure.legal_deadline_days is not None
        and (first is None or first - now > timedelta(days=item.procedure.legal_deadline_days))
    ]


def note_late_offers(procedures: Iterable[Procedure], day: date) -> None:
    """Count one more person who was shown no time within the deadline of ``procedures``; nobody is named."""
    for procedure in procedures:
        LateOffer.objects.get_or_create(procedure=procedure, date=day)
        LateOffer.objects.filter(procedure=procedure, date=day).update(count=F("count") + 1)


def count_late_offers(first: date, last: date) -> list[tuple[Procedure, int]]:
    """How many people per procedure from ``first`` to ``last``, both included; the most first."""
    rows = LateOffer.objects.filter(date__range=(first, last)).order_by().values("procedure")
    counted = {row["procedure"]: row["people"] for row in rows.annotate(people=Sum("count"))}
    procedures = Procedure.objects.select_related("service").filter(pk__in=counted)
    return sorted(((one, counted[one.pk]) for one in procedures), key=lambda pair: -pair[1])
