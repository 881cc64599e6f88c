"""What a booking asks of the database."""

from pytest_django import DjangoAssertNumQueries

from tests.api.partner import Partner
from tests.town import Town


def test_a_booking_takes_twenty_three_statements(
    partner: Partner, town: Town, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    person = {"last_name": "Lejeune", "email": "l@example.org"}
    partner.book("2026-11-24T09:00", "first", person=person)  # takes the minute's portion of the limit
    with django_assert_num_queries(23):
        answer = partner.book("2026-11-24T09:15", "second", person=person)
    assert answer.status_code == 201
