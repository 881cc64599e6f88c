"""Is the agenda whole, and is it what was acknowledged? Worked out from the rows, not by the code that wrote them."""

from collections import Counter as Tally
from itertools import pairwise

from django.utils import timezone

from eguichet_rdv.common.cells import cell_of
from eguichet_rdv.ledger.models import Intent
from eguichet_rdv.scheduling.domain.agenda import check_agenda, orphans
from eguichet_rdv.scheduling.enums import AppointmentState, ReservationKind
from eguichet_rdv.scheduling.models import Appointment, PersonGuard, Reservation
from tests.race.town_site import Journal

CELLS = 3
DONE_ONCE = ("book", "move")


def find_faults(journal: Journal) -> list[str]:
    """Everything that is not as it must be; empty when all is well."""
    faults = [*journal.faults, *find_losses(journal), *find_overlaps(), *find_halves()]
    faults += [f"{orphans()} reservations without their cells"] if orphans() else []
    return faults + [f"agenda differs: {difference}" for difference in check_agenda(timezone.now())]


def find_losses(journal: Journal) -> list[str]:
    """Differences between what clients were told and what is written."""
    told = {
        (reference, AppointmentState.CANCELLED, None)
        if reference in journal.cancelled
        else (reference, AppointmentState.CONFIRMED, cell_of(start))
        for reference, start in journal.booked.items()
    }
    written = {
        (row.reference, row.state, None if row.state == AppointmentState.CANCELLED else cell_of(row.start))
        for row in Appointment.objects.all()
    }
    return [f"acknowledged, not written: {one}" for one in told - written] + [
        f"written, not acknowledged: {one}" for one in written - told
    ]


def find_overlaps() -> list[str]:
    """Two reservations of one counter that meet."""
    rows = Reservation.objects.order_by("counter", "first_cell")
    return [
        f"{first} meets {second}"
        for first, second in pairwise(rows)
        if first.counter_id == second.counter_id and first.first_cell + first.cells > second.first_cell
    ]


def find_halves() -> list[str]:
    """Appointments without their cells, cancelled ones with some, histories with gaps, commands without result."""
    faults = []
    kept = Tally(
        Reservation.objects.filter(kind=ReservationKind.APPOINTMENT, cells=CELLS).values_list("appointment", flat=True)
    )
    guarded = Tally(PersonGuard.objects.values_list("appointment", flat=True))
    for row in Appointment.objects.prefetch_related("events", "reservations"):
        lives = row.state == AppointmentState.CONFIRMED
        if kept[row.pk] != lives or guarded[row.pk] > lives:
            faults.append(f"{row} is {row.state} with {kept[row.pk]} reservations and {guarded[row.pk]} guards")
        if [event.version for event in row.events.all()] != list(range(row.version + 1)):
            faults.append(f"{row} has a history with gaps")
        if lives and [one.first_cell for one in row.reservations.all()] != [cell_of(row.start)]:
            faults.append(f"{row} is kept at another time than it says")
    without_result = Intent.objects.filter(command__in=DONE_ONCE, result="").count()
    return faults + ([f"{without_result} commands without result"] if without_result else [])
