"""When the demo's house is open: weekly hours, holidays, and something today whatever day it is."""

from datetime import date, datetime, time, timedelta

import holidays

from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.common.cells import cell_of, first_cell_of
from eguichet_rdv.scheduling.domain.agenda import build_days, extend_agenda, rebuild_from
from eguichet_rdv.scheduling.domain.lanes import read_lanes
from eguichet_rdv.scheduling.domain.masks import read_masks
from eguichet_rdv.scheduling.models import AgendaDay
from eguichet_rdv.townhall.models import Closure, Counter, ExceptionalOpening, Location, OpeningPeriod

MORNING = (time(8, 30), time(12))
AFTERNOON = (time(13, 30), time(16))
SATURDAY = (time(9), time(12))
WALK_IN_COUNTER = "4"
"""Keeps its mornings for people without appointment."""
SATURDAY_COUNTER = "1"
"""Open on the first Saturday of the month, for identity cards."""
SATURDAY_PROCEDURES = ("eid-demande", "eid-retrait", "kids-id")
LOCAL_CLOSURES = {(11, 2): "Jour des morts", (11, 15): "Fête du Roi", (12, 26): "Lendemain de Noël"}
CLOSURES_AHEAD = timedelta(days=400)
BEFORE_NOW, AFTER_NOW, STILL_OPEN = timedelta(hours=1), timedelta(hours=3), timedelta(hours=1)
LAST_HOUR = time(23, 55)


def open_counters(new: list[Counter], location: Location, *, now: datetime) -> None:
    """Give new counters their hours, confirm the holidays, open today around ``now`` if need be, make the agenda."""
    OpeningPeriod.objects.bulk_create([period for counter in new for period in _weekly_hours(counter)])
    _restrict_saturdays(new)
    closed = _close_holidays(location, location.local(now).date())
    extend_agenda(now)
    if closed and not new:  # days made just now know the holidays already
        rebuild_from(location.counters.order_by("pk").select_related("location"), now)
    if not is_open_to_walk_ins(location, now):
        _open_today(location, now)


def _weekly_hours(counter: Counter) -> list[OpeningPeriod]:
    """Mornings for everybody, afternoons by appointment only."""
    booked = counter.name != WALK_IN_COUNTER
    periods = []
    for weekday in range(5):
        opens, closes = MORNING
        periods.append(
            OpeningPeriod(
                counter=counter, weekday=weekday, opens=opens, closes=closes, for_online=booked, for_clerk=booked
            )
        )
        opens, closes = AFTERNOON
        periods.append(OpeningPeriod(counter=counter, weekday=weekday, opens=opens, closes=closes, for_walk_in=False))
    if counter.name == SATURDAY_COUNTER:
        opens, closes = SATURDAY
        periods.append(
            OpeningPeriod(counter=counter, weekday=5, opens=opens, closes=closes, nth_of_month=1, for_walk_in=False)
        )
    return periods


def _restrict_saturdays(new: list[Counter]) -> None:
    procedures = Procedure.objects.filter(service__code="population", code__in=SATURDAY_PROCEDURES)
    through = OpeningPeriod.procedures.through
    through.objects.bulk_create(
        through(openingperiod_id=period.pk, procedure_id=procedure.pk)
        for period in OpeningPeriod.objects.filter(counter__in=new, nth_of_month=1)
        for procedure in procedures
    )


def list_holidays(first: date, last: date) -> dict[date, str]:
    """Public holidays of Belgium and the days on which town halls are closed as well."""
    years = range(first.year, last.year + 1)
    found = {date(year, month, day): name for year in years for (month, day), name in LOCAL_CLOSURES.items()}
    found.update(holidays.country_holidays("BE", years=years, language="fr"))
    return {day: name for day, name in sorted(found.items()) if first <= day <= last}


def _close_holidays(location: Location, today: date) -> bool:
    """Confirm the missing ones; whether there were any."""
    known = set(Closure.objects.filter(location=location).values_list("first_date", flat=True))
    made = Closure.objects.bulk_create(
        Closure(location=location, first_date=day, last_date=day, reason=name)
        for day, name in list_holidays(today, today + CLOSURES_AHEAD).items()
        if day not in known
    )
    return bool(made)


def is_open_to_walk_ins(location: Location, now: datetime) -> bool:
    """Whether people without appointment are received now and for an hour more, at half of the counters or more."""
    day = location.local(now).date()
    first = cell_of(now) - first_cell_of(day, location.tz)
    last = cell_of(now + STILL_OPEN) - first_cell_of(day, location.tz)
    opened = 0
    for row in AgendaDay.objects.filter(counter__location=location, date=day):
        masks = zip(read_lanes(row.lanes), read_masks(row.open), strict=True)
        free = [mask for lane, mask in masks if lane.walk_in]
        opened += any(mask >> first & 1 for mask in free) and any(mask >> last & 1 for mask in free)
    return opened * 2 >= location.counters.count()


def _open_today(location: Location, now: datetime) -> None:
    """An exceptional opening around ``now``, so that a demo started in the evening has a day in progress too."""
    local = location.local(now)
    day = local.date()
    opens = max(local - BEFORE_NOW, datetime.combine(day, time(), location.tz))
    closes = min(local + AFTER_NOW, datetime.combine(day, LAST_HOUR, location.tz))
    opening = ExceptionalOpening(
        location=location,
        first_date=day,
        last_date=day,
        opens=time(opens.hour, 30 if opens.minute >= 30 else 0),  # noqa: PLR2004 - half past
        closes=time(closes.hour, closes.minute - closes.minute % 5),
        reason="Démonstration",
    )
    # In bulk, and today alone: saving the row would make the whole agenda again.
    ExceptionalOpening.objects.bulk_create([opening])
    for counter in location.counters.order_by("pk").select_related("location"):
        build_days(counter, [day])


def open_hours_of(location: Location, day: date) -> tuple[datetime, datetime] | None:
    """The first and last moment at which a counter is open on ``day``."""
    midnight = first_cell_of(day, location.tz)
    cells = 0
    for row in AgendaDay.objects.filter(counter__location=location, date=day):
        for mask in read_masks(row.open):
            cells |= mask
    if not cells:
        return None
    first = (cells & -cells).bit_length() - 1
    return (
        datetime.fromtimestamp((midnight + first) * 300, location.tz),
        datetime.fromtimestamp((midnight + cells.bit_length()) * 300, location.tz),
    )
