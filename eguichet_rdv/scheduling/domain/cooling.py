"""Times that are resold do not come back the moment they are given up.

Whoever sells appointments cancels under one name and books under another a second later. A freed time of a procedure
with ``cooling_minutes`` stays taken for a random while instead, so that nobody can be waiting for it.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from random import SystemRandom

from eguichet_rdv.scheduling.domain.masks import read_mask, write_mask
from eguichet_rdv.scheduling.domain.placing import free_reservations, lock_days, mask_on, reservation_days
from eguichet_rdv.scheduling.enums import ReservationKind
from eguichet_rdv.scheduling.models import AgendaDay, Appointment, Claim, Reservation

NEVER_WITHIN = timedelta(hours=48)
"""So near to its hour a time is offered again at once: a time nobody finds is a time lost."""

Draw = Callable[[], float]
"""A number from 0 to 1."""

draw_secretly = SystemRandom().random


def cooling_until(
    appointment: Appointment, freed: datetime, *, now: datetime, draw: Draw = draw_secretly
) -> datetime | None:
    """Until when a time of ``appointment`` that begins at ``freed`` stays taken; ``None`` = it is free at once."""
    longest = max((item.procedure.cooling_minutes or 0 for item in appointment.items.all()), default=0)
    until = min(now + timedelta(minutes=longest) * draw(), freed - NEVER_WITHIN)
    return until if longest and until > now else None


def give_up(given: Sequence[Reservation], until: datetime | None) -> None:
    """Free ``given``, or keep its cells from everybody ``until`` then. Must run inside a transaction."""
    if until is None:
        free_reservations(given)
        return
    lock_days(reservation_days(given))
    ids = [row.pk for row in given]
    Reservation.objects.filter(pk__in=ids).update(
        kind=ReservationKind.COOLING, appointment=None, holder="", expires_at=until
    )


def keep_what_is_left(given: Sequence[Reservation], until: datetime) -> None:
    """Keep those cells of ``given``, which are already free, that nobody has taken since.

    For a move, which takes new cells and frees old ones at once. Must run in the transaction that freed them: it still
    holds the locks of their days.
    """
    days = lock_days(reservation_days(given))
    for row in given:
        cells = range(row.first_cell, row.first_cell + row.cells)
        held = set(Claim.objects.filter(counter=row.counter_id, cell__in=cells).values_list("cell", flat=True))
        for first, count in _runs(cell for cell in cells if cell not in held):
            kept = Reservation.objects.create(
                counter=row.counter, first_cell=first, cells=count, kind=ReservationKind.COOLING, expires_at=until
            )
            Claim.objects.bulk_create(
                Claim(counter=row.counter, cell=first + number, reservation=kept) for number in range(count)
            )
            day = next(day for day in days.values() if mask_on(kept, day))
            day.taken = write_mask(read_mask(day.taken) | mask_on(kept, day))
            AgendaDay.objects.filter(pk=day.pk).update(taken=day.taken)


def _runs(cells: Iterable[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for cell in cells:
        if runs and runs[-1][0] + runs[-1][1] == cell:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((cell, 1))
    return runs
