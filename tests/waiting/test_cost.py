"""What a call asks of the database, however long the line."""

from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from eguichet_rdv.waiting.domain.call import call_next
from eguichet_rdv.waiting.domain.sessions import open_session
from eguichet_rdv.waiting.domain.walk_in import give_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel
from tests.town import Town, make_clerk
from tests.waiting.test_check_in import At

pytestmark = [pytest.mark.django_db, pytest.mark.db]


@pytest.mark.parametrize("people", [1, 8])
def test_a_call_takes_twelve_statements(
    town: Town, at: At, people: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    session = open_session(town.counters[0], make_clerk(), now=at("08:30"))
    for _each in range(people):
        give_ticket(town.location, town.card, language="fr", channel=ArrivalChannel.KIOSK, now=at("08:50"))
    with django_assert_num_queries(12):
        called = call_next(session, intent=uuid4(), now=at("08:55"))
    assert called.stop is not None
