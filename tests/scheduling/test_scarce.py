"""Scarce times: an address that must be confirmed by a click, and a freed time that returns after a while."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction

from eguichet_rdv.common.cells import cell_of
from eguichet_rdv.messaging.enums import MessageState
from eguichet_rdv.messaging.models import Message
from eguichet_rdv.scheduling.domain import cooling
from eguichet_rdv.scheduling.domain.agenda import check_agenda, orphans
from eguichet_rdv.scheduling.domain.availability import find_starts
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.cancel import cancel
from eguichet_rdv.scheduling.domain.confirm import confirm_email, sweep_unconfirmed
from eguichet_rdv.scheduling.domain.move import move
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.refusals import EmailNeeded, NotConfirmable, TimeTaken
from eguichet_rdv.scheduling.enums import AppointmentState, CancelledBy, Channel, ReservationKind
from eguichet_rdv.scheduling.models import Appointment, Claim, PersonGuard, Reservation, Visitor
from eguichet_rdv.scheduling.tasks import sweep
from eguichet_rdv.waiting.domain.answers import ByAppointment, Outcome
from eguichet_rdv.waiting.domain.check_in import check_in
from eguichet_rdv.waiting.enums import ArrivalChannel
from tests.town import MONDAY, Town, make_clerk, make_town

pytestmark = [pytest.mark.django_db, pytest.mark.db]
FRIDAY = 27
ANNE = Person("Lejeune", "Anne", "1990-02-01", "anne@example.org")


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def town() -> Town:
    return make_town(counters=1)


def book_at(town: Town, clock: str, day: int = FRIDAY, person: Person = ANNE, **facts: object) -> Appointment:
    channel = facts.pop("channel", Channel.ONLINE)
    return book(
        town.wanted(channel=channel),  # type: ignore[arg-type]
        town.at(clock, day),
        person,
        language="fr",
        now=MONDAY,
        intent=uuid4(),
        **facts,  # type: ignore[arg-type]
    )


def ask_for_email(town: Town, minutes: int = 60) -> None:
    town.card.email_minutes = minutes
    town.card.save()


def let_cool(town: Town, minutes: int = 600) -> None:
    town.card.cooling_minutes = minutes
    town.card.save()


def queued() -> list[str]:
    return sorted(Message.objects.filter(state=MessageState.PENDING).values_list("kind", flat=True))


def is_free(town: Town, clock: str, now: datetime, day: int = FRIDAY) -> bool:
    return town.at(clock, day) in find_starts(town.wanted(), date(2026, 11, day), date(2026, 11, day), now=now).get(
        date(2026, 11, day), []
    )


def agenda_is_true() -> bool:
    return not check_agenda(MONDAY) and not orphans()


def test_an_address_is_confirmed_once_and_then_everything_is_sent(town: Town) -> None:
    ask_for_email(town)
    made = book_at(town, "09:00")
    assert (made.state, made.confirm_by) == (AppointmentState.AWAITING_EMAIL, MONDAY + timedelta(hours=1))
    assert queued() == ["appointment.activation"]
    with pytest.raises(TimeTaken):
        book_at(town, "09:00", person=Person("Other", "One", "1980-01-01", "o@example.org"))
    for _again in range(2):
        assert confirm_email(made, now=MONDAY + timedelta(minutes=30)).state == AppointmentState.CONFIRMED
    assert queued() == ["appointment.activation", "appointment.confirmation", "appointment.reminder"]
    assert sweep_unconfirmed(MONDAY + timedelta(hours=2)) == 0


def test_what_nobody_confirms_is_released_and_forgotten(town: Town) -> None:
    ask_for_email(town)
    made = book_at(town, "09:00")
    late = MONDAY + timedelta(minutes=61)
    with time_machine.travel(late, tick=False):
        assert sweep() == 1
    made.refresh_from_db()
    assert (made.state, made.cancelled_by, made.visitor) == (AppointmentState.CANCELLED, CancelledBy.NOBODY, None)
    assert [model.objects.count() for model in (Visitor, PersonGuard, Claim, Reservation)] == [0, 0, 0, 0]
    assert queued() == []
    assert not Message.objects.exclude(recipient="").exists()
    assert not mail.outbox
    assert agenda_is_true()
    with pytest.raises(NotConfirmable):
        confirm_email(made, now=late)


def test_a_late_click_counts_while_the_time_is_kept(town: Town) -> None:
    ask_for_email(town)
    made = book_at(town, "09:00")
    assert confirm_email(made, now=MONDAY + timedelta(hours=3)).state == AppointmentState.CONFIRMED


def test_the_time_is_kept_until_the_appointment_at_most_and_a_day_at_most(town: Town) -> None:
    ask_for_email(town, 1440)
    assert book_at(town, "09:00", 23).confirm_by == town.at("09:00", 23)
    with pytest.raises(IntegrityError), transaction.atomic():
        ask_for_email(town, 1441)


def test_only_citizens_by_themselves_are_asked(town: Town) -> None:
    ask_for_email(town)
    nameless = Person("Lejeune", "Anne", "1990-02-01", phone="+32470123456")
    with pytest.raises(EmailNeeded):
        book_at(town, "09:00", person=nameless)
    assert book_at(town, "09:00", person=nameless, channel=Channel.CLERK).state == AppointmentState.CONFIRMED
    assert book_at(town, "09:15", person=nameless, booked_by=make_clerk()).state == AppointmentState.CONFIRMED


def test_who_has_not_confirmed_is_not_checked_in(town: Town) -> None:
    ask_for_email(town, 1440)
    made = book_at(town, "10:00", 23)
    key, now = ByAppointment(made), town.at("09:00", 23).astimezone(UTC)
    assert check_in(town.location, key, channel=ArrivalChannel.KIOSK, now=now).outcome == Outcome.GO_TO_DESK
    confirm_email(made, now=now, user=make_clerk())
    assert check_in(town.location, key, channel=ArrivalChannel.KIOSK, now=now).outcome == Outcome.TICKET


def test_an_awaited_appointment_without_an_end_is_refused_by_the_database(town: Town) -> None:
    ask_for_email(town)
    made = book_at(town, "09:00")
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.filter(pk=made.pk).update(confirm_by=None)


def test_a_cancelled_scarce_time_returns_after_a_while(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    let_cool(town)
    made = book_at(town, "09:00")
    cancel(made, by=CancelledBy.CITIZEN, now=MONDAY)
    kept = Reservation.objects.get()
    assert (kept.kind, kept.appointment, kept.holder) == (ReservationKind.COOLING, None, "")
    assert kept.expires_at is not None
    assert MONDAY < kept.expires_at <= MONDAY + timedelta(minutes=600)
    assert not is_free(town, "09:00", MONDAY)
    with pytest.raises(TimeTaken):
        book_at(town, "09:00")
    assert agenda_is_true()
    with time_machine.travel(kept.expires_at, tick=False):
        assert sweep() == 1
    assert is_free(town, "09:00", MONDAY)
    assert agenda_is_true()


def test_the_delay_is_drawn_and_never_reaches_into_the_last_48_hours(town: Town) -> None:
    let_cool(town)
    made = book_at(town, "09:00")
    start = made.start

    def until(now: datetime, drawn: float) -> datetime | None:
        return cooling.cooling_until(made, start, now=now, draw=lambda: drawn)

    assert until(MONDAY, 0.5) == MONDAY + timedelta(minutes=300)
    assert until(MONDAY, 0.0) is None
    two_days = timedelta(hours=48)
    assert until(start - two_days - timedelta(minutes=20), 1.0) == start - two_days
    assert until(start - two_days, 1.0) is None
    assert until(start - timedelta(hours=1), 1.0) is None
    assert len({cooling.cooling_until(made, start, now=MONDAY) for _ in range(5)}) > 1


@pytest.mark.parametrize(("minutes", "by"), [(None, CancelledBy.CITIZEN), (600, CancelledBy.MUNICIPALITY)])
def test_without_the_setting_or_when_the_municipality_cancels_it_is_free_at_once(
    town: Town, minutes: int | None, by: CancelledBy
) -> None:
    town.card.cooling_minutes = minutes
    town.card.save()
    cancel(book_at(town, "09:00"), by=by, now=MONDAY)
    assert is_free(town, "09:00", MONDAY)


def test_a_move_keeps_what_it_gives_up_but_not_what_it_needs(town: Town) -> None:
    let_cool(town)
    made = book_at(town, "09:00")
    moved = move(made, town.at("09:05", FRIDAY), now=MONDAY, intent=uuid4())
    kept = Reservation.objects.get(kind=ReservationKind.COOLING)
    assert (kept.first_cell, kept.cells) == (cell_of(town.at("09:00", FRIDAY)), 1)
    move(moved, town.at("11:00", FRIDAY), now=MONDAY, intent=uuid4())
    assert not is_free(town, "09:00", MONDAY)
    assert Claim.objects.count() == 7
    assert agenda_is_true()


def test_a_cooling_time_that_would_never_end_is_refused_by_the_database(town: Town) -> None:
    let_cool(town)
    cancel(book_at(town, "09:00"), by=CancelledBy.CITIZEN, now=MONDAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reservation.objects.update(expires_at=None)
