"""Citizens who want one and the same time: ``python -m tests.race.citizens CITIZENS ROUNDS honest|unprotected|naive``.

One process each, let go at the same instant. Prints one line of JSON per round: how many were told « booked », how many
« taken », what else was said, and how many reservations the time has afterwards.
"""

import json
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import partial
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from typing import Any
from uuid import uuid4

import django

sys.path.insert(0, "site")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eguichet_site.settings.testing")
django.setup()

from django.db import connection, connections  # noqa: E402

from eguichet_rdv.common.cells import cell_of  # noqa: E402
from eguichet_rdv.scheduling.domain import placing  # noqa: E402
from eguichet_rdv.scheduling.domain.availability import find_starts  # noqa: E402
from eguichet_rdv.scheduling.domain.book import book  # noqa: E402
from eguichet_rdv.scheduling.domain.person import Person  # noqa: E402
from eguichet_rdv.scheduling.domain.refusals import TimeTaken  # noqa: E402
from eguichet_rdv.scheduling.domain.wanted import Wanted  # noqa: E402
from eguichet_rdv.scheduling.enums import ReservationKind  # noqa: E402
from eguichet_rdv.scheduling.models import AgendaDay, Claim, Reservation  # noqa: E402
from tests.town import MONDAY, Town, make_town  # noqa: E402

FORK = multiprocessing.get_context("fork")
"""A fork starts in milliseconds: fifty fresh interpreters would take a minute and never meet."""
Booking = Callable[[Wanted, datetime, int], None]
BETWEEN: dict[str, Barrier] = {}
"""Where the unprotected ones meet after they have looked and before they write."""


def book_honestly(wanted: Wanted, start: datetime, number: int) -> None:
    """As the pages do."""
    person = Person(f"Person {number} at {start}", "Some", "1990-02-01")
    book(wanted, start, person, language="fr", now=MONDAY, intent=uuid4())


def book_without_lock(wanted: Wanted, start: datetime, number: int) -> None:
    """The same with the row lock taken out; the constraint has been dropped before."""

    def read_days(keys: Iterable[tuple[int, date]]) -> dict[tuple[int, date], AgendaDay]:
        rows = [
            AgendaDay.objects.select_related("counter__location").get(counter=counter, date=day)
            for counter, day in keys
        ]
        BETWEEN["looking and writing"].wait(60)
        return {(row.counter_id, row.date): row for row in rows}

    placing.lock_days = read_days
    book_honestly(wanted, start, number)


def book_naively(wanted: Wanted, start: datetime, number: int) -> None:
    """Look, then write, without a transaction: SQLite alone would otherwise let only one in at a time."""
    if start not in find_starts(wanted, start.date(), start.date(), now=MONDAY).get(start.date(), []):
        raise TimeTaken
    (counter,) = wanted.location.counters.all()
    cells = range(cell_of(start), cell_of(start) + 3)
    if Claim.objects.filter(counter=counter, cell__in=cells).exists():
        raise TimeTaken
    BETWEEN["looking and writing"].wait(60)
    made = Reservation.objects.create(
        counter=counter,
        first_cell=cells[0],
        cells=3,
        kind=ReservationKind.HOLD,
        holder=str(number),
        expires_at=MONDAY + timedelta(hours=1),
    )
    Claim.objects.bulk_create(Claim(counter=counter, cell=cell, reservation=made) for cell in cells)


MANNERS: dict[str, Booking] = {
    "honest": book_honestly,
    "unprotected": book_without_lock,
    "naive": book_naively,
}


def want(attempt: Callable[[], None], together: Barrier, said: "SimpleQueue[str]") -> None:
    """One citizen: wait for the others, try once, say how it ended."""
    try:
        connection.ensure_connection()
        together.wait(60)
        attempt()
    except TimeTaken:
        said.put("taken")
    except Exception as error:  # noqa: BLE001 - the test wants to know every other answer
        said.put(repr(error))
    else:
        said.put("booked")
    finally:
        connections.close_all()


def race(town: Town, start: datetime, citizens: int, manner: str) -> dict[str, Any]:
    """One round for one time."""
    connections.close_all()  # a connection must not be shared with a fork
    together, BETWEEN["looking and writing"] = FORK.Barrier(citizens), FORK.Barrier(citizens)
    said: SimpleQueue[str] = FORK.SimpleQueue()
    attempts = [partial(MANNERS[manner], town.wanted(), start, number) for number in range(citizens)]
    crowd = [FORK.Process(target=want, args=(attempt, together, said)) for attempt in attempts]
    for citizen in crowd:
        citizen.start()
    answers = [said.get() for _citizen in crowd]
    for citizen in crowd:
        citizen.join(30)
    reservations = Reservation.objects.filter(first_cell=cell_of(start)).count()
    others = sorted({answer for answer in answers if answer not in {"booked", "taken"}})
    counted = {answer: answers.count(answer) for answer in ("booked", "taken")}
    return {"start": start.isoformat(), **counted, "others": others, "reservations": reservations}


def main(citizens: int, rounds: int, manner: str) -> None:
    """So many rounds, each for another time."""
    town = make_town(counters=1)
    if manner != "honest":
        (constraint,) = (one for one in Claim._meta.constraints if one.name == "one_claim_per_cell")
        Claim._meta.constraints = []  # SQLite makes the table anew from what the model says
        with connection.schema_editor() as editor:
            editor.remove_constraint(Claim, constraint)
    days = find_starts(town.wanted(), MONDAY.date(), MONDAY.date() + timedelta(days=60), now=MONDAY)
    starts = [start for times in days.values() for start in times]
    for start in starts[:rounds]:
        sys.stdout.write(json.dumps(race(town, start, citizens, manner)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
