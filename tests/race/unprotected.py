"""The pages with the protection of bookings switched off: look, wait for the others, write. For the positive control."""

import contextlib
import threading
from datetime import datetime, timedelta
from typing import Any

from eguichet_site.wsgi import application

# isort: split
from eguichet_rdv.api import operations
from eguichet_rdv.common.cells import cell_of
from eguichet_rdv.scheduling.domain.book import draw_reference
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.refusals import TimeTaken
from eguichet_rdv.scheduling.domain.tokens import seal
from eguichet_rdv.scheduling.domain.wanted import Wanted
from eguichet_rdv.scheduling.enums import Channel, ReservationKind
from eguichet_rdv.scheduling.models import Appointment, Claim, Reservation

__all__ = ["application"]
MEETING = threading.Barrier(4)
"""Where four requests meet after they have looked and before they write."""


def book_naively(wanted: Wanted, start: datetime, person: Person, **_facts: Any) -> Appointment:
    """Without transaction, lock or constraint (the test drops it)."""
    (counter,) = wanted.location.counters.all()
    cells = range(cell_of(start), cell_of(start) + 3)
    if Claim.objects.filter(counter=counter, cell__in=cells).exists():
        raise TimeTaken
    with contextlib.suppress(threading.BrokenBarrierError):
        MEETING.wait(10)
    made = Appointment(
        reference=draw_reference(),
        location=wanted.location,
        channel=Channel.API,
        language="fr",
        start=start,
        end=start + timedelta(minutes=15),
        date=start.date(),
    )
    seal(made)
    made.save()
    row = Reservation.objects.create(
        counter=counter, first_cell=cells[0], cells=len(cells), kind=ReservationKind.APPOINTMENT, appointment=made
    )
    Claim.objects.bulk_create(Claim(counter=counter, cell=cell, reservation=row) for cell in cells)
    return made


operations.book = book_naively  # type: ignore[attr-defined]  # imported there, not exported
