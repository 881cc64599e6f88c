"""What a call asks of the database, however long the line and the history."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from eguichet_rdv.waiting.domain.call import call_next
from eguichet_rdv.waiting.domain.line import servable_at
from eguichet_rdv.waiting.domain.sessions import open_session
from eguichet_rdv.waiting.domain.walk_in import give_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel, StopState
from eguichet_rdv.waiting.models import CallNumber, CallTurn, Stop, StopItem, Ticket
from tests.town import Town, make_clerk
from tests.waiting.test_check_in import At

PAST_DAYS, VISITS_A_DAY, WAITING = 10, 400, 20

pytestmark = [pytest.mark.django_db, pytest.mark.db]


@pytest.mark.parametrize("people", [1, 8])
def test_a_call_takes_thirteen_statements(
    town: Town, at: At, people: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    session = open_session(town.counters[0], make_clerk(), now=at("08:30"))
    CallTurn.objects.create(location=town.location)  # there is one from the first call on
    for _each in range(people):
        give_ticket(town.location, town.card, language="fr", channel=ArrivalChannel.KIOSK, now=at("08:50"))
    with django_assert_num_queries(13):
        called = call_next(session, intent=uuid4(), now=at("08:55"))
    assert called.stop is not None


def remember_visits(town: Town, day: datetime, visits: int) -> None:
    """People who came on that day, and are long gone."""
    place = {"location": town.location, "date": day.date()}
    numbers = CallNumber.objects.bulk_create(CallNumber(letter="P", ordinal=nth, **place) for nth in range(visits))
    ticket = {"zone": town.zone_a, "language": "fr", "arrived_at": day, "channel": ArrivalChannel.KIOSK, **place}
    tickets = Ticket.objects.bulk_create(
        Ticket(number=number, follow_digest=f"{day.date()} {number}", **ticket) for number in numbers
    )
    done = {"service": town.service, "zone": town.zone_a, "state": StopState.DONE, "due_at": day, "arrived_at": day}
    stops = Stop.objects.bulk_create(Stop(ticket=one, location=town.location, **done) for one in tickets)
    StopItem.objects.bulk_create(StopItem(stop=stop, procedure=town.card, minutes=15) for stop in stops)


def count_rows_read(plan: dict[str, Any]) -> int:
    """The rows PostgreSQL looked at for a plan and its parts."""
    seen = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) if "Relation Name" in plan else 0
    return int(seen * plan["Actual Loops"]) + sum(count_rows_read(part) for part in plan.get("Plans", ()))


@pytest.mark.postgres_only
def test_the_line_is_found_without_reading_past_visits(town: Town, at: At) -> None:
    for day in range(1, PAST_DAYS + 1):
        remember_visits(town, at("10:00") - timedelta(days=day), VISITS_A_DAY)
    for _each in range(WAITING):
        give_ticket(town.location, town.card, language="fr", channel=ArrivalChannel.KIOSK, now=at("08:50"))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("SET LOCAL random_page_cost = 1.1")  # a disk without arms; otherwise a small table is read whole
    line = servable_at(town.counters[0])
    (told,) = json.loads(line.explain(format="json", analyze=True))
    assert line.count() == WAITING
    assert count_rows_read(told["Plan"]) < 10 * WAITING
