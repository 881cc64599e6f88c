"""Holding, booking, moving and cancelling on a small town."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction

from eguichet_rdv.common.cells import cell_of
from eguichet_rdv.ledger.domain.intents import IntentMismatch
from eguichet_rdv.scheduling.domain.agenda import check_agenda, orphans, sweep_holds
from eguichet_rdv.scheduling.domain.availability import find_first, find_starts
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.cancel import cancel
from eguichet_rdv.scheduling.domain.hold import extend_hold, find_hold, hold, release_hold
from eguichet_rdv.scheduling.domain.move import move
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.refusals import (
    AlreadyBooked,
    HoldEnded,
    NotBookable,
    NotCancellable,
    TimeNotOffered,
    TimeTaken,
    TooManyPersons,
)
from eguichet_rdv.scheduling.domain.tokens import (
    check_in_token,
    find_by_check_in_token,
    find_by_manage_token,
    manage_token,
)
from eguichet_rdv.scheduling.domain.wanted import read_wanted
from eguichet_rdv.scheduling.enums import CancelledBy, Channel
from eguichet_rdv.scheduling.models import Appointment, Claim, PersonGuard, Reservation
from eguichet_rdv.townhall.models import Closure
from tests.town import MONDAY, Town, make_clerk, make_counter, make_procedure, make_town

pytestmark = [pytest.mark.django_db, pytest.mark.db]


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(MONDAY, tick=False):
        yield


ANNE = Person("Lejeune", "Anne", "1990-02-01", "anne@example.org")


def another(number: int) -> Person:
    return Person(f"Person {number}", "Some", "1980-01-01", f"p{number}@example.org")


def book_at(town: Town, clock: str, person: Person = ANNE, **facts: object) -> Appointment:
    return book(town.wanted(), town.at(clock), person, language="fr", now=MONDAY, intent=uuid4(), **facts)  # type: ignore[arg-type]


def agenda_is_true() -> bool:
    return check_agenda(MONDAY) == [] and orphans() == 0


def test_offers_every_start_of_a_morning() -> None:
    town = make_town(counters=1)
    found = find_starts(town.wanted(), town.at("00:00").date(), town.at("00:00").date(), now=MONDAY)
    assert [f"{start:%H:%M}" for start in found[town.at("00:00").date()]] == [
        f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(8 * 60 + 30, 12 * 60, 15)
    ]


def test_days_without_a_free_time_are_left_out_and_notice_counts() -> None:
    town = make_town(counters=1)
    now = town.at("10:02", day=23).astimezone(UTC)
    found = find_starts(town.wanted(), town.at("00:00", 21).date(), town.at("00:00", 24).date(), now=now)
    assert [day.day for day in found] == [23, 24]
    assert f"{found[town.at('00:00', 23).date()][0]:%H:%M}" == "11:15"


def test_reads_in_one_query_once_the_counters_are_known(django_assert_num_queries: object) -> None:
    town = make_town(counters=2)
    with django_assert_num_queries(3):  # type: ignore[operator]
        wanted = read_wanted([("population", "carte", 1)])
        find_starts(wanted, town.at("00:00").date(), town.at("00:00").date() + timedelta(days=40), now=MONDAY)


def test_books_one_counter_after_the_other_then_refuses_with_alternatives() -> None:
    town = make_town(counters=2)
    first, second = book_at(town, "09:00"), book_at(town, "09:00", another(2))
    assert {row.counter.name for row in Reservation.objects.all()} == {"1", "2"}
    assert first.reference != second.reference
    with pytest.raises(TimeTaken) as refused:
        book_at(town, "09:00", another(3))
    assert [f"{time:%H:%M}" for time in refused.value.alternatives] == ["08:45", "09:15", "09:30"]
    assert agenda_is_true()


def test_a_time_off_the_offer_but_free_is_accepted() -> None:
    town = make_town(counters=1)
    assert book_at(town, "09:05").start == town.at("09:05")


@pytest.mark.parametrize("clock", ["12:00", "11:50", "08:00", "09:02"])
def test_times_outside_the_hours_or_the_grid_are_refused(clock: str) -> None:
    town = make_town(counters=1)
    with pytest.raises(TimeNotOffered):
        book_at(town, clock)
    assert Claim.objects.count() == 0


def test_the_past_is_refused() -> None:
    town = make_town(counters=1)
    with pytest.raises(TimeNotOffered):
        book(town.wanted(), town.at("09:00", 20), ANNE, language="fr", now=MONDAY, intent=uuid4())


def test_the_same_intent_gives_the_same_appointment_and_other_content_is_refused() -> None:
    town = make_town(counters=2)
    intent = uuid4()
    made = [book(town.wanted(), town.at("09:00"), ANNE, language="fr", now=MONDAY, intent=intent).pk for _ in range(3)]
    assert len(set(made)) == 1
    assert Appointment.objects.count() == 1
    with pytest.raises(IntentMismatch):
        book(town.wanted(), town.at("09:15"), ANNE, language="fr", now=MONDAY, intent=intent)


def test_one_future_appointment_per_person_and_procedure_online() -> None:
    town = make_town(counters=2)
    first = book_at(town, "09:00")
    same = Person("LEJEUNE", "anne", "1990-02-01")
    with pytest.raises(AlreadyBooked):
        book_at(town, "09:30", same)
    assert Claim.objects.count() == 3
    cancel(first, by=CancelledBy.CITIZEN, now=MONDAY)
    assert book_at(town, "09:30", same).pk
    assert PersonGuard.objects.count() == 1


def test_a_reference_is_drawn_again_while_somebody_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eguichet_rdv.scheduling.domain.book.REFERENCE_SIGNS", "AB")
    monkeypatch.setattr("eguichet_rdv.scheduling.domain.book.REFERENCE_LENGTH", 2)
    town = make_town()
    made = [book_at(town, f"09:{15 * number:02d}", another(number)) for number in range(4)]
    assert {one.reference for one in made} == {"AA", "AB", "BA", "BB"}


def test_the_database_refuses_a_second_claim() -> None:
    town = make_town(counters=1)
    book_at(town, "09:00")
    reservation = Reservation.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.create(counter=town.counters[0], cell=cell_of(town.at("09:00")), reservation=reservation)


def test_a_hold_keeps_the_time_from_others_until_it_ends() -> None:
    town = make_town(counters=1)
    kept = hold(town.wanted(), town.at("09:00"), holder="one", now=MONDAY)
    assert kept.expires_at == MONDAY + timedelta(minutes=10)
    with pytest.raises(TimeTaken):
        hold(town.wanted(), town.at("09:00"), holder="two", now=MONDAY)
    later = MONDAY + timedelta(minutes=11)
    assert find_hold("one", now=later) is None
    assert hold(town.wanted(), town.at("09:00"), holder="two", now=later).start == town.at("09:00")
    assert agenda_is_true()


def test_a_new_hold_gives_up_the_old_time_only_when_it_is_sure() -> None:
    town = make_town(counters=1)
    hold(town.wanted(), town.at("10:00"), holder="two", now=MONDAY)
    hold(town.wanted(), town.at("09:00"), holder="one", now=MONDAY)
    with pytest.raises(TimeTaken):
        hold(town.wanted(), town.at("10:00"), holder="one", now=MONDAY)
    assert find_hold("one", now=MONDAY).start == town.at("09:00")  # type: ignore[union-attr]
    hold(town.wanted(), town.at("09:05"), holder="one", now=MONDAY)
    assert Claim.objects.count() == 6
    assert agenda_is_true()


def test_booking_uses_the_hold_up_even_after_its_end_if_nobody_took_it() -> None:
    town = make_town(counters=1)
    hold(town.wanted(), town.at("09:00"), holder="one", now=MONDAY)
    later = MONDAY + timedelta(minutes=30)
    made = book(town.wanted(), town.at("09:00"), ANNE, language="fr", now=later, intent=uuid4(), holder="one")
    assert made.start == town.at("09:00")
    assert Claim.objects.count() == 3
    assert agenda_is_true()


def test_a_hold_is_extended_ten_times_and_released() -> None:
    town = make_town(counters=1)
    hold(town.wanted(), town.at("09:00"), holder="one", now=MONDAY)
    for _ in range(10):
        left = extend_hold("one", now=MONDAY).extensions_left
    assert left == 0
    with pytest.raises(HoldEnded):
        extend_hold("one", now=MONDAY)
    release_hold("one")
    assert Claim.objects.count() == 0
    assert agenda_is_true()


def test_sweeping_frees_only_what_has_ended() -> None:
    town = make_town(counters=2)
    hold(town.wanted(), town.at("09:00"), holder="one", now=MONDAY)
    hold(town.wanted(), town.at("09:00"), holder="two", now=MONDAY + timedelta(minutes=5))
    assert sweep_holds(MONDAY + timedelta(minutes=12)) == 1
    assert find_hold("two", now=MONDAY + timedelta(minutes=12)) is not None
    assert agenda_is_true()


def test_moving_keeps_reference_and_tokens_and_overlaps_itself() -> None:
    town = make_town(counters=1)
    made = book_at(town, "09:00")
    tokens = (check_in_token(made), manage_token(made))
    moved = move(made, town.at("09:05"), now=MONDAY, intent=uuid4())
    assert (moved.pk, moved.reference, moved.version) == (made.pk, made.reference, 1)
    assert moved.start == town.at("09:05")
    assert (check_in_token(moved), manage_token(moved)) == tokens
    assert Claim.objects.count() == 3
    assert agenda_is_true()


def test_a_citizen_moves_by_the_rules_for_citizens_whoever_booked() -> None:
    town = make_town(counters=1)
    wanted = town.wanted(channel=Channel.CLERK)
    made = book(wanted, town.at("09:00"), ANNE, language="fr", now=MONDAY, intent=uuid4())
    soon = town.at("08:30", day=23)
    with pytest.raises(TimeNotOffered):
        move(made, soon, now=soon - timedelta(minutes=20), intent=uuid4())
    clerk = make_clerk()
    assert move(made, soon, now=soon - timedelta(minutes=20), intent=uuid4(), user=clerk).start == soon


def test_a_refused_move_keeps_the_old_time() -> None:
    town = make_town(counters=1)
    made = book_at(town, "09:00")
    book_at(town, "10:00", another(2))
    with pytest.raises(TimeTaken):
        move(made, town.at("10:00"), now=MONDAY, intent=uuid4())
    made.refresh_from_db()
    assert (made.start, made.version) == (town.at("09:00"), 0)
    assert Claim.objects.count() == 6
    assert agenda_is_true()


def test_cancelling_frees_the_time_and_twice_is_once() -> None:
    town = make_town(counters=1)
    made = book_at(town, "09:00")
    cancel(made, by=CancelledBy.CITIZEN, now=MONDAY, reason="ill")
    cancel(made, by=CancelledBy.CITIZEN, now=MONDAY)
    made.refresh_from_db()
    assert (made.state, made.version, Claim.objects.count()) == ("cancelled", 1, 0)
    with pytest.raises(NotCancellable):
        move(made, town.at("10:00"), now=MONDAY, intent=uuid4())
    assert agenda_is_true()


def test_what_is_over_cannot_be_cancelled() -> None:
    town = make_town(counters=1)
    made = book_at(town, "09:00")
    with pytest.raises(NotCancellable):
        cancel(made, by=CancelledBy.CITIZEN, now=made.end + timedelta(minutes=1))


def test_persons_take_longer_and_too_many_are_refused() -> None:
    town = make_town(counters=1)
    made = book(town.wanted(town.kids, persons=3), town.at("09:00"), ANNE, language="fr", now=MONDAY, intent=uuid4())
    assert made.end - made.start == timedelta(minutes=35)
    for persons in (0, -1, 5, 99):
        with pytest.raises(TooManyPersons):
            hold(town.wanted(town.kids, persons=persons), town.at("10:00"), holder="x", now=MONDAY)


def test_two_procedures_at_two_counters_follow_with_a_walk_between() -> None:
    town = make_town(counters=1)
    passport = make_procedure(town.service, "passeport", "Passeport", "Paspoort", minutes=20)
    make_counter(town.zone_b, "9", [passport])
    from eguichet_rdv.scheduling.domain.agenda import extend_agenda  # noqa: PLC0415

    extend_agenda(MONDAY)
    wanted = town.wanted(town.kids, passport)
    made = book(wanted, town.at("09:00"), ANNE, language="fr", now=MONDAY, intent=uuid4())
    rows = [(row.counter.name, row.first_cell - cell_of(made.start), row.cells) for row in made.reservations.all()]
    assert rows == [("1", 0, 3), ("9", 4, 4)]
    assert made.end - made.start == timedelta(minutes=40)
    day = town.at("00:00").date()
    assert f"{find_starts(wanted, day, day, now=MONDAY)[day][-1]:%H:%M}" == "11:15"
    assert agenda_is_true()


def test_a_closure_takes_the_day_out_and_its_deletion_brings_it_back() -> None:
    town = make_town(counters=1)
    day = town.at("00:00").date()
    closure = Closure.objects.create(location=town.location, first_date=day, last_date=day, reason="Fair")
    assert find_starts(town.wanted(), day, day, now=MONDAY) == {}
    with pytest.raises(TimeNotOffered):
        book_at(town, "09:00")
    closure.delete()
    assert find_starts(town.wanted(), day, day, now=MONDAY)


def test_a_service_closure_hits_its_procedures_only() -> None:
    town = make_town(counters=1)
    day = town.at("00:00").date()
    Closure.objects.create(service=town.service, first_date=day, last_date=day)
    assert find_starts(town.wanted(), day, day, now=MONDAY) == {}
    assert agenda_is_true()


def test_unknown_or_unbookable_procedures_are_refused() -> None:
    town = make_town(counters=1)
    with pytest.raises(NotBookable):
        read_wanted([("population", "unknown", 1)])
    town.card.mode_override = "clerk"
    town.card.save()
    with pytest.raises(NotBookable):
        read_wanted([("population", "carte", 1)])
    assert read_wanted([("population", "carte", 1)], Channel.CLERK).location == town.location


def test_tokens_find_their_appointment_and_kinds_do_not_mix() -> None:
    town = make_town(counters=1)
    made = book_at(town, "09:00")
    assert find_by_manage_token(manage_token(made)) == made
    assert find_by_check_in_token(check_in_token(made)) == made
    assert find_by_manage_token(check_in_token(made)) is None
    assert check_in_token(made)[0] + manage_token(made)[0] == "cm"


def test_the_first_free_time_is_found_beyond_full_days() -> None:
    town = make_town(counters=1)
    Closure.objects.create(
        location=town.location, first_date=town.at("00:00", 23).date(), last_date=town.at("00:00", 18, 12).date()
    )
    first = find_first(town.wanted(), now=MONDAY)
    assert first == datetime(2026, 12, 21, 8, 30, tzinfo=town.location.tz)
