"""Take and free cells. Every change of the agenda goes through here.

Lock order: AgendaDay (counter, date) ascending, then Claim (counter, cell) ascending.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import islice, product

from django.db import IntegrityError, transaction
from django.utils.functional import cached_property

from eguichet_rdv.common.cells import cell_of, first_cell_of, time_of
from eguichet_rdv.common.prepared import Prepared
from eguichet_rdv.scheduling.domain.lanes import read_lanes
from eguichet_rdv.scheduling.domain.masks import read_mask, read_masks, span, write_mask
from eguichet_rdv.scheduling.domain.refusals import TimeNotOffered, TimeTaken
from eguichet_rdv.scheduling.domain.wanted import Leg, Wanted, plan_legs
from eguichet_rdv.scheduling.enums import Channel, ReservationKind
from eguichet_rdv.scheduling.models import AgendaDay, Appointment, Claim, Reservation
from eguichet_rdv.townhall.models import Counter, Location

MOST_ATTEMPTS = 5
LOCKED_DAY = Prepared(
    lambda counter, day: AgendaDay.objects.filter(counter=counter, date=day).select_for_update(no_key=True).order_by(),
    int,
    date,
)
DAYS_OF_PLACE = Prepared(
    lambda location, day: AgendaDay.objects.filter(counter__location=location, date=day).order_by(), int, date
)

HANDLED = Prepared(
    lambda counter, procedure: Counter.procedures.through.objects.filter(
        counter=counter, procedure=procedure, counter__active=True
    ).order_by(),
    int,
    int,
)
"""One row if the counter is in use and does the procedure."""


@dataclass(frozen=True)
class Owner:
    """To whom placed cells belong."""

    kind: ReservationKind
    holder: str = ""
    expires_at: datetime | None = None
    extensions: int = 0
    appointment: Appointment | None = None


@dataclass(frozen=True)
class Visit:
    """A wish at one start: its legs on the cells of one local day."""

    wanted: Wanted
    start: datetime
    now: datetime

    @cached_property
    def day(self) -> date:
        """The local day of the start."""
        return self.wanted.location.local(self.start).date()

    @cached_property
    def midnight(self) -> int:
        """The cell at its local midnight."""
        return first_cell_of(self.day, self.wanted.location.tz)

    @cached_property
    def first(self) -> int:
        """The cell of the start."""
        return cell_of(self.start)

    @cached_property
    def legs(self) -> list[Leg]:
        """Where the parts of the visit happen."""
        return plan_legs(self.wanted)

    @property
    def end(self) -> datetime:
        """When the last part is over."""
        last = self.legs[-1]
        return time_of(self.first + last.offset + last.cells)

    def mask_of(self, leg: Leg) -> int:
        """The cells of ``leg`` on the mask of the day."""
        return span(self.first - self.midnight + leg.offset, leg.cells)


def place(visit: Visit, owner: Owner, *, replacing: Sequence[Reservation] = ()) -> list[Reservation]:
    """Take the cells of ``visit`` for ``owner``, giving up those of ``replacing`` in the same breath.

    Cells of ``replacing`` count as free. Raises ``TimeTaken`` or ``TimeNotOffered``; then nothing has changed. Must run
    inside a transaction. Locks days before cells, so two who want the same time meet at the day.
    """
    candidates = _rank_counters(visit, replacing)
    for counters in islice(product(*candidates), MOST_ATTEMPTS):
        try:
            with transaction.atomic():
                return _take(visit, counters, owner, replacing)
        except (IntegrityError, _Conflict):
            continue
    raise TimeTaken


def free_reservations(reservations: Collection[Reservation]) -> None:
    """Give all cells of ``reservations`` back. Must run inside a transaction."""
    if not reservations:
        return
    days = lock_days(reservation_days(reservations))
    for row in days.values():
        gone = sum(
            mask_on(reservation, row) for reservation in reservations if reservation.counter_id == row.counter_id
        )
        _write_taken(row, read_mask(row.taken) & ~gone)
    ids = [reservation.pk for reservation in reservations]
    Claim.objects.filter(reservation__in=ids).delete()
    Reservation.objects.filter(pk__in=ids).delete()


def lock_days(keys: Iterable[tuple[int, date]]) -> dict[tuple[int, date], AgendaDay]:
    """Lock agenda rows in ascending order of (counter, date)."""
    return {key: row for key in sorted(set(keys)) for row in LOCKED_DAY(*key)}


def reservation_days(reservations: Iterable[Reservation]) -> set[tuple[int, date]]:
    """The agenda days that ``reservations`` touch."""
    return {(row.counter_id, _local_day(row, row.counter.location)) for row in reservations}


@lru_cache(maxsize=4096)
def admitted_mask(
    lanes: str, opened: bytes, procedures: tuple[int, ...], services: tuple[int, ...], by: tuple[Channel, str]
) -> int:
    """The cells of a day open to a channel at a wall clock (``by``) for all these procedures of these services.

    Remembered: most days of a counter are open alike.
    """
    mask = 0
    for lane, part in zip(read_lanes(lanes), read_masks(opened), strict=True):
        if lane.admits(by[0], procedures, services, by[1]):
            mask |= part
    return mask


def wall_clock_on(location: Location, day: date, now: datetime) -> str:
    """``HH:MM`` now if ``day`` is today there, else what makes every release of a past day pass and a future one not."""
    local = location.local(now)
    if local.date() == day:
        return f"{local:%H:%M}"
    return "" if day > local.date() else "24:00"


class _Conflict(Exception):  # noqa: N818 - never leaves this module
    """Somebody was faster at this counter."""


def _rank_counters(visit: Visit, replacing: Sequence[Reservation]) -> list[list[int]]:
    """For each leg the counters that can have it: one already kept, then least waste, then least loaded."""
    rows = {row.counter_id: row for row in DAYS_OF_PLACE(visit.wanted.location.pk, visit.day)}
    ranked: list[list[int]] = []
    for leg in visit.legs:
        wanted = visit.mask_of(leg)
        open_somewhere = False
        able: list[tuple[bool, int, int, int]] = []
        for counter in leg.counters & rows.keys():
            row = rows[counter]
            opened = _opened_for(visit, leg, row)
            if wanted & ~opened:
                continue
            open_somewhere = True
            own = _own_mask(replacing, row)
            taken = read_mask(row.taken) & ~own
            if not wanted & taken:
                free = opened & ~taken
                waste = bool(free & (wanted >> 1) & ~wanted) + bool(free & (wanted << 1) & ~wanted)
                able.append((bool(wanted & ~own), waste, taken.bit_count(), counter))
        if not open_somewhere:
            raise TimeNotOffered
        ranked.append([counter for *_rank, counter in sorted(able)])
    return ranked


def _opened_for(visit: Visit, leg: Leg, row: AgendaDay) -> int:
    clock = wall_clock_on(visit.wanted.location, visit.day, visit.now)
    by = (visit.wanted.channel, clock)
    return admitted_mask(row.lanes, bytes(row.open), leg.procedures, leg.services, by)


def _take(visit: Visit, counters: Sequence[int], owner: Owner, replacing: Sequence[Reservation]) -> list[Reservation]:
    days = lock_days({*((counter, visit.day) for counter in counters), *reservation_days(replacing)})
    taken = {key: read_mask(row.taken) & ~_own_mask(replacing, row) for key, row in days.items()}
    for counter, leg in zip(counters, visit.legs, strict=True):
        wanted = visit.mask_of(leg)
        # Read again now that the day is locked, which editors lock too: its hours may have been shortened meanwhile,
        # or the counter may do less.
        if wanted & (taken[counter, visit.day] | ~_opened_for(visit, leg, days[counter, visit.day])):
            raise _Conflict
        if not all(HANDLED(counter, procedure) for procedure in leg.procedures):
            raise _Conflict
        taken[counter, visit.day] |= wanted
    made = Reservation.objects.bulk_create(
        Reservation(
            counter_id=counter,
            first_cell=visit.first + leg.offset,
            cells=leg.cells,
            kind=owner.kind,
            position=position,
            holder=owner.holder,
            expires_at=owner.expires_at,
            extensions=owner.extensions,
            appointment=owner.appointment,
        )
        for position, (counter, leg) in enumerate(zip(counters, visit.legs, strict=True))
    )
    _exchange_claims(made, replacing)
    for key, row in days.items():
        _write_taken(row, taken[key])
    return made


def _write_taken(row: AgendaDay, taken: int) -> None:
    AgendaDay.objects.filter(pk=row.pk).update(taken=write_mask(taken))


def _exchange_claims(made: Sequence[Reservation], replacing: Sequence[Reservation]) -> None:
    """Delete old∖new, hand over old∩new, insert new∖old."""
    old = (
        {
            (claim.counter_id, claim.cell): claim
            for claim in Claim.objects.filter(reservation__in=[r.pk for r in replacing])
        }
        if replacing
        else {}
    )
    new = {(row.counter_id, row.first_cell + n): row for row in made for n in range(row.cells)}
    if old:
        Claim.objects.filter(pk__in=[claim.pk for key, claim in old.items() if key not in new]).delete()
    for row in made:
        kept = [old[key].pk for key, owner in new.items() if owner is row and key in old]
        if kept:
            Claim.objects.filter(pk__in=kept).update(reservation=row)
    # Ascending, in one statement: two transactions that insert in different orders would deadlock.
    Claim.objects.bulk_create(
        Claim(counter_id=counter, cell=cell, reservation=new[counter, cell])
        for counter, cell in sorted(new)
        if (counter, cell) not in old
    )
    if replacing:
        Reservation.objects.filter(pk__in=[row.pk for row in replacing]).delete()


def _own_mask(replacing: Iterable[Reservation], row: AgendaDay) -> int:
    mask = 0
    for reservation in replacing:
        if reservation.counter_id == row.counter_id:
            mask |= mask_on(reservation, row)
    return mask


def mask_on(reservation: Reservation, row: AgendaDay) -> int:
    """The cells of ``reservation`` on the day of ``row``; none if it lies on another day."""
    location = reservation.counter.location
    if _local_day(reservation, location) != row.date:
        return 0
    return span(reservation.first_cell - first_cell_of(row.date, location.tz), reservation.cells)


def _local_day(reservation: Reservation, location: Location) -> date:
    return location.local(time_of(reservation.first_cell)).date()
