"""Keep the projection ``AgendaDay`` true, and prove it."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Max

from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.common.cells import cells_of_day, first_cell_of
from eguichet_rdv.common.prepared import Prepared
from eguichet_rdv.scheduling.domain.lanes import Rules, lanes_of_day, write_lanes
from eguichet_rdv.scheduling.domain.masks import read_mask, span, write_mask
from eguichet_rdv.scheduling.domain.placing import free_reservations
from eguichet_rdv.scheduling.enums import ReservationKind
from eguichet_rdv.scheduling.models import AgendaDay, Claim, Reservation
from eguichet_rdv.townhall.models import Closure, Counter, ExceptionalOpening, OpeningPeriod

DAYS_BEYOND_HORIZON = 14
KEPT_FOR_A_WHILE = (ReservationKind.HOLD, ReservationKind.COOLING)
ONE_ENDED = Prepared(
    lambda now: Reservation.objects.filter(kind__in=KEPT_FOR_A_WHILE, expires_at__lte=now).only("pk").order_by()[:1],
    datetime,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Difference:
    """One day whose projection was wrong."""

    counter: int
    date: date
    what: str


def extend_agenda(now: datetime, *, counters: Collection[int] | None = None) -> int:
    """Add the days still missing (of ``counters``, else of all) up to the longest horizon and 14 days; how many."""
    horizon = max(
        Procedure.objects.aggregate(
            declared=Max("horizon_days_declared", default=0), override=Max("horizon_days_override", default=0)
        ).values()
    )
    made = 0
    rows = Counter.objects.select_related("location").order_by("pk")
    for counter in rows if counters is None else rows.filter(pk__in=counters):
        today = counter.location.local(now).date()
        wanted = {today + timedelta(days=day) for day in range(horizon + DAYS_BEYOND_HORIZON + 1)}
        known = set(AgendaDay.objects.filter(counter=counter, date__gte=today).values_list("date", flat=True))
        made += build_days(counter, sorted(wanted - known))
    return made


def rebuild_from(counters: Iterable[Counter], now: datetime) -> int:
    """Rebuild what is already in the agenda from today on; past days are never rebuilt."""
    made = 0
    for counter in counters:
        today = counter.location.local(now).date()
        made += build_days(
            counter,
            list(
                AgendaDay.objects.filter(counter=counter, date__gte=today)
                .order_by("date")
                .values_list("date", flat=True)
            ),
        )
    return made


@transaction.atomic
def build_days(counter: Counter, days: Collection[date]) -> int:
    """Make or remake the rows of ``days``, locked in ascending order."""
    if not days:
        return 0
    AgendaDay.objects.bulk_create([AgendaDay(counter=counter, date=day) for day in days], ignore_conflicts=True)
    locked = AgendaDay.objects.filter(counter=counter, date__in=days).order_by("date").select_for_update(no_key=True)
    rows = [AgendaDay(counter=counter, date=day) for day in locked.values_list("date", flat=True)]
    rules = read_rules(counter)
    taken = _taken_masks(counter, days)
    for row in rows:
        lanes = lanes_of_day(rules, row.date)
        row.lanes = write_lanes(lanes)
        row.open = b"".join(write_mask(mask) for mask in lanes.values())
        row.taken = write_mask(taken[row.date])
    # An update of many rows to as many values is a long CASE for each column: most of the time went into writing it.
    AgendaDay.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["counter", "date"], update_fields=["lanes", "open", "taken"]
    )
    return len(rows)


def read_rules(counter: Counter) -> Rules:
    """Everything that decides this counter's days."""
    periods = tuple(OpeningPeriod.objects.filter(counter=counter).order_by("pk")) if counter.active else ()
    procedures: dict[int, set[int]] = defaultdict(set)
    through = OpeningPeriod.procedures.through.objects.filter(openingperiod__counter=counter)
    for period, procedure in through.values_list("openingperiod_id", "procedure_id"):
        procedures[period].add(procedure)
    exceptions: list[Closure | ExceptionalOpening] = []
    for scope in ({"location": counter.location_id}, {"counter": counter.pk}):
        rows: list[Closure | ExceptionalOpening] = [
            *Closure.objects.filter(**scope),
            *ExceptionalOpening.objects.filter(**scope),
        ]
        exceptions += sorted(rows, key=lambda row: (row.created_at, row.pk))
    return Rules(
        tz=counter.location.tz,
        periods=periods,
        procedures={period: frozenset(ids) for period, ids in procedures.items()},
        exceptions=tuple(exceptions) if counter.active else (),
        service_closures=tuple(Closure.objects.filter(service__isnull=False)),
    )


def _taken_masks(counter: Counter, days: Collection[date]) -> dict[date, int]:
    """The claimed cells of each day, from the truth."""
    tz = counter.location.tz
    masks = dict.fromkeys(days, 0)
    first, last = min(days), max(days)
    cells = Claim.objects.filter(
        counter=counter, cell__gte=first_cell_of(first, tz), cell__lt=first_cell_of(last + timedelta(days=1), tz)
    ).values_list("cell", flat=True)
    midnights = sorted((first_cell_of(day, tz), cells_of_day(day, tz), day) for day in days)
    at = 0
    for cell in sorted(cells):
        while at < len(midnights) and cell >= midnights[at][0] + midnights[at][1]:
            at += 1
        if at < len(midnights) and cell >= midnights[at][0]:
            masks[midnights[at][2]] |= span(cell - midnights[at][0], 1)
    return masks


def sweep_holds(now: datetime) -> int:
    """Free the holds and cooling times that have ended; those another transaction is working on are left to it."""
    if not ONE_ENDED(now):
        return 0
    ended = Reservation.objects.filter(kind__in=KEPT_FOR_A_WHILE, expires_at__lte=now)
    with transaction.atomic():
        rows = list(ended.order_by("pk").select_for_update(skip_locked=True, of=("self",)))
        free_reservations(rows)
        return len(rows)


def check_agenda(now: datetime, *, repair: bool = False) -> list[Difference]:
    """Compare the projection from today on with an independent recomputation from periods and claims."""
    found: list[Difference] = []
    for counter in Counter.objects.select_related("location").order_by("pk"):
        today = counter.location.local(now).date()
        rows = list(AgendaDay.objects.filter(counter=counter, date__gte=today).order_by("date"))
        if not rows:
            continue
        rules = read_rules(counter)
        taken = _taken_masks(counter, [row.date for row in rows])
        wrong = []
        for row in rows:
            lanes = lanes_of_day(rules, row.date)
            if row.lanes != write_lanes(lanes) or bytes(row.open) != b"".join(write_mask(m) for m in lanes.values()):
                wrong.append(Difference(counter.pk, row.date, "open"))
            if read_mask(row.taken) != taken[row.date]:
                wrong.append(Difference(counter.pk, row.date, "taken"))
        for difference in wrong:
            log.error("agenda differs", counter=counter.name, date=str(difference.date), what=difference.what)
        if wrong and repair:
            build_days(counter, sorted({difference.date for difference in wrong}))
        found += wrong
    return found


def orphans() -> int:
    """How many reservations do not own exactly their cells; always 0."""
    wrong = 0
    claims: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for reservation, counter, cell in Claim.objects.values_list("reservation_id", "counter_id", "cell"):
        claims[reservation].append((counter, cell))
    for row in Reservation.objects.all():
        cells = [(row.counter_id, row.first_cell + n) for n in range(row.cells)]
        wrong += sorted(claims[row.pk]) != cells
    return wrong
