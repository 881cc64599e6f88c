"""How many persons are in the zones; a full one takes nobody else without appointment, unless the reception says so."""

from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from pytest_django import DjangoAssertNumQueries

from eguichet_rdv.townhall.models import Counter, WaitingZone
from eguichet_rdv.waiting.domain.answers import CheckIn
from eguichet_rdv.waiting.domain.call import call_next
from eguichet_rdv.waiting.domain.numbers import draw_numbers
from eguichet_rdv.waiting.domain.presence import Presence, find_peaks, list_presences
from eguichet_rdv.waiting.domain.serve import finish, park, transfer
from eguichet_rdv.waiting.domain.sessions import open_session
from eguichet_rdv.waiting.domain.walk_in import give_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel
from eguichet_rdv.waiting.models import CounterSession, Stop, Ticket
from tests.town import Town, make_clerk, make_counter
from tests.waiting.test_check_in import KIOSK, At, Book, scan

pytestmark = [pytest.mark.django_db, pytest.mark.db]


def come(town: Town, at: At, clock: str = "09:00", persons: int = 1, **facts: object) -> CheckIn:
    """Somebody without appointment, with children if they are several."""
    wish = town.kids if persons > 1 else town.card
    given: dict[str, object] = {"language": "fr", "channel": KIOSK} | facts
    return give_ticket(town.location, wish, persons=persons, now=at(clock), **given)  # type: ignore[arg-type]


def call(session: CounterSession, at: At, clock: str) -> Stop:
    stop = call_next(session, intent=uuid4(), now=at(clock)).stop
    assert stop is not None
    return stop


def persons(town: Town, at: At, clock: str = "09:00") -> list[int]:
    """In zone A and in zone B."""
    return [presence.persons for presence in list_presences(town.location, at(clock))]


def test_everybody_of_a_party_counts_until_their_visit_ends_in_the_zone_they_were_sent_to(
    town: Town, booked: Book, at: At
) -> None:
    there = make_counter(town.zone_b, "9", [town.card, town.kids])
    session = open_session(town.counters[0], make_clerk(), now=at("08:30"))
    assert persons(town, at) == [0, 0]
    scan(town, booked("09:00", persons=4), at("08:50"), party_complete=False)
    come(town, at, persons=2)
    assert persons(town, at) == [6, 0]
    park(session, call(session, at, "09:40"), intent=uuid4(), now=at("09:41"))
    come(town, at)
    stop = call(session, at, "09:42")
    assert persons(town, at) == [7, 0]
    transfer(session, stop, service=town.service, counter=there, intent=uuid4(), now=at("09:45"))
    assert persons(town, at) == [6, 1]
    second = open_session(there, make_clerk("second"), now=at("09:45"))
    finish(second, call(second, at, "09:50"), intent=uuid4(), now=at("09:55"))
    assert persons(town, at) == [6, 0]
    assert [presence.persons for presence in list_presences(town.location, town.at("09:00", 25))] == [0, 0]


@pytest.mark.parametrize("people", [1, 3])
def test_two_queries_tell_of_all_zones(
    town: Town, at: At, people: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _each in range(people):
        come(town, at)
        WaitingZone.objects.create(location=town.location, code=chr(ord("C") + _each))
    with django_assert_num_queries(2):
        assert persons(town, at)[0] == people


def test_a_full_zone_takes_nobody_else_without_appointment(town: Town, booked: Book, at: At) -> None:
    WaitingZone.objects.filter(pk=town.zone_a.pk).update(limit=4)
    assert [come(town, at, persons=3).outcome, come(town, at, persons=2).outcome] == ["ticket", "cut_off"]
    assert come(town, at).outcome == "ticket"
    refused = come(town, at, language="nl")
    assert (refused.outcome, refused.ticket, refused.language) == ("cut_off", None, "nl")
    assert refused.sentence.startswith("De wachtzone is op dit ogenblik vol.")
    assert scan(town, booked("09:00"), at("08:50")).outcome == "ticket"
    by_staff = come(town, at, channel=ArrivalChannel.RECEPTION, user=make_clerk())
    [printed] = draw_numbers(town.location, at("09:00").date(), town.service)
    reported = come(town, at, number=printed, reported_later=True)
    assert [by_staff.outcome, reported.outcome] == ["ticket", "ticket"]
    assert persons(town, at) == [7, 0]
    Counter.objects.update(zone=town.zone_b)
    assert come(town, at).outcome == "ticket"
    Counter.objects.update(zone=town.zone_a)
    assert come(town, at).outcome == "cut_off"
    Stop.objects.update(state="done", ended_at=at("09:30"))
    assert come(town, at, "09:30").outcome == "ticket"


def test_a_limit_is_one_person_at_least(town: Town) -> None:
    town.zone_a.limit = 0
    with pytest.raises(ValidationError):
        town.zone_a.full_clean()
    with pytest.raises(IntegrityError):
        town.zone_a.save()


@pytest.mark.parametrize(
    ("there", "limit", "said"),
    [(8, 10, ""), (9, 10, "nearly"), (10, 10, "full"), (12, 10, "full"), (900, None, ""), (0, 1, ""), (1, 1, "full")],
)
def test_a_zone_is_nearly_full_from_nine_tenths_on(there: int, limit: int | None, said: str) -> None:
    presence = Presence(WaitingZone(code="A", limit=limit), there)
    assert (presence.nearly_full, presence.full) == (said == "nearly", said == "full")


def test_the_peak_of_a_day_is_the_most_at_one_instant(
    town: Town, at: At, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    day = at("09:00").date()
    assert find_peaks(town.location, day, day) == {}
    for came, went, several in (("09:00", "09:30", 2), ("09:10", "09:20", 1), ("09:30", None, 1), ("09:40", None, 1)):
        ticket = come(town, at, came, persons=several).ticket
        if went:
            Stop.objects.filter(ticket=ticket).update(state="done", ended_at=at(went))
    with django_assert_num_queries(1):
        assert find_peaks(town.location, day, day) == {day: 3}
    assert Ticket.objects.count() == 4
