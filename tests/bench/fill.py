"""A town under load for measuring: ``python -m tests.bench.fill COUNTERS PAST_DAYS``.

Counters open from 8:30 to 16:00 on weekdays, 70 % of the next 60 days booked, so many past days of history, 210 people
expected today, one kiosk, eight clerks at counters. Prints what the clients need, as one line of JSON.
"""

import itertools
import json
import os
import random
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import django

sys.path.insert(0, "site")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eguichet_site.settings.testing")
django.setup()

from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from eguichet_rdv.api.keys import create_key  # noqa: E402
from eguichet_rdv.common.cells import cell_of  # noqa: E402
from eguichet_rdv.kiosk.keys import device_key  # noqa: E402
from eguichet_rdv.scheduling.domain.agenda import build_days  # noqa: E402
from eguichet_rdv.scheduling.domain.availability import find_starts  # noqa: E402
from eguichet_rdv.scheduling.domain.book import REFERENCE_SIGNS  # noqa: E402
from eguichet_rdv.scheduling.domain.tokens import check_in_token, seal  # noqa: E402
from eguichet_rdv.scheduling.enums import AppointmentState, Channel, ReservationKind  # noqa: E402
from eguichet_rdv.scheduling.models import (  # noqa: E402
    AgendaDay,
    Appointment,
    AppointmentItem,
    Claim,
    Reservation,
    Visitor,
)
from eguichet_rdv.townhall.enums import Role  # noqa: E402
from eguichet_rdv.townhall.models import Assignment, Counter, Kiosk  # noqa: E402
from eguichet_rdv.waiting.domain.numbers import build_roster  # noqa: E402
from eguichet_rdv.waiting.domain.sessions import open_session  # noqa: E402
from tests.town import Town, make_clerk, make_town  # noqa: E402

DAYS = 60
SLOTS = 30
TAKEN = 0.7
CELLS = 3
TODAY = 210
CLERKS = 8
BATCH = 2000
REFERENCES = map("".join, itertools.product(REFERENCE_SIGNS, repeat=6))


def occupy(town: Town, slots: Iterator[tuple[Counter, datetime]], state: AppointmentState) -> list[Appointment]:
    """An appointment of a quarter of an hour in each slot, written in bulk."""
    made: list[Appointment] = []
    while batch := list(itertools.islice(slots, BATCH)):
        visitors = Visitor.objects.bulk_create(
            Visitor(
                last_name="Person",
                birth_date=f"19{random.randint(40, 99)}-0{random.randint(1, 9)}-1{random.randint(0, 9)}",
            )
            for _slot in batch
        )
        appointments = []
        for visitor, (_counter, start) in zip(visitors, batch, strict=True):
            one = Appointment(
                reference=next(REFERENCES),
                location=town.location,
                channel=Channel.ONLINE,
                language="fr",
                state=state,
                visitor=visitor,
                start=start,
                end=start + timedelta(minutes=15),
                date=town.location.local(start).date(),
            )
            seal(one)
            appointments.append(one)
        Appointment.objects.bulk_create(appointments)
        AppointmentItem.objects.bulk_create(
            AppointmentItem(appointment=one, procedure=town.card, minutes=15) for one in appointments
        )
        reservations = Reservation.objects.bulk_create(
            Reservation(
                counter=counter,
                first_cell=cell_of(start),
                cells=CELLS,
                kind=ReservationKind.APPOINTMENT,
                appointment=one,
            )
            for one, (counter, start) in zip(appointments, batch, strict=True)
        )
        Claim.objects.bulk_create(
            Claim(counter_id=row.counter_id, cell=row.first_cell + cell, reservation=row)
            for row in reservations
            for cell in range(CELLS)
        )
        made += appointments
    return made


def draw_slots(town: Town, days: list[date]) -> Iterator[tuple[Counter, datetime]]:
    """70 % of the slots of every weekday of ``days`` at every counter."""
    for counter, day in itertools.product(town.counters, days):
        if day.weekday() < 5:
            opens = datetime(day.year, day.month, day.day, 8, 30, tzinfo=town.location.tz)
            for slot in sorted(random.sample(range(SLOTS), int(SLOTS * TAKEN))):
                yield counter, opens + timedelta(minutes=15 * slot)


def expect_today(town: Town, today: date) -> list[str]:
    """People with an appointment today, whatever the day of the week; their check-in codes."""
    slots = itertools.product(town.counters, range(SLOTS))
    opens = datetime(today.year, today.month, today.day, 8, 30, tzinfo=town.location.tz)
    chosen = ((counter, opens + timedelta(minutes=15 * slot)) for counter, slot in itertools.islice(slots, TODAY))
    codes = [check_in_token(one) for one in occupy(town, chosen, AppointmentState.CONFIRMED)]
    with transaction.atomic():
        build_roster(town.location, today)  # as the kiosks cause it every morning: numbers are drawn before people come
    return codes


def sit_down(town: Town, counter: Counter, now: datetime) -> str:
    """A clerk at a counter; the cookie of their session."""
    clerk = make_clerk(f"clerk{counter.name}")
    Assignment.objects.create(user=clerk, location=town.location, role=Role.CLERK)
    open_session(counter, clerk, now=now)
    client = Client()
    client.force_login(clerk)
    return client.cookies["eguichet_session"].value


def main(counters: int, past_days: int) -> dict[str, Any]:
    """Fill the database; what the clients need."""
    random.seed(20261201)
    now = timezone.now()
    town = make_town(counters=counters, now=now, closes="16:00")
    today = town.location.local(now).date()
    past = [today - timedelta(days=ago) for ago in range(1, past_days + 1)]
    AgendaDay.objects.bulk_create(AgendaDay(counter=one, date=day, lanes="[]") for one in town.counters for day in past)
    occupy(town, draw_slots(town, past), AppointmentState.HONOURED)
    coming = [today + timedelta(days=ahead) for ahead in range(1, DAYS + 1)]
    occupy(town, draw_slots(town, coming), AppointmentState.CONFIRMED)
    codes = expect_today(town, today)
    for counter in town.counters:
        build_days(counter, [today, *coming])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    free = find_starts(town.wanted(), today, coming[-1], now=now)
    path = f"/api/v1/procedures/population/carte/starts?from={coming[0]}&to={coming[-1]}"
    client = Client()
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    kiosk = Kiosk.objects.create(location=town.location, slug="bench", name="Bench")
    return {
        "path": path,
        "short_path": f"/api/v1/procedures/population/carte/starts?from={coming[0]}&to={coming[5]}",
        "queries": len(queries),
        "starts": [f"{start:%Y-%m-%dT%H:%M}" for times in free.values() for start in times],
        "codes": codes,
        "api_key": create_key("bench"),
        "kiosk_key": device_key(kiosk),
        "clerks": [(counter.pk, sit_down(town, counter, now)) for counter in town.counters[:CLERKS]],
        "appointments": Appointment.objects.count(),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))
