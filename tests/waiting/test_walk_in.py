"""How many may still come without appointment: what is free where they can be served, less who waits for it already."""

from collections.abc import Callable
from datetime import datetime, time
from uuid import uuid4

import pytest

from eguichet_rdv.catalogue.models import Procedure, Service
from eguichet_rdv.scheduling.domain.agenda import extend_agenda
from eguichet_rdv.scheduling.models import AgendaDay, Appointment
from eguichet_rdv.townhall.models import Counter, OpeningPeriod
from eguichet_rdv.waiting.domain.answers import ByAppointment
from eguichet_rdv.waiting.domain.call import call_next
from eguichet_rdv.waiting.domain.check_in import check_in
from eguichet_rdv.waiting.domain.serve import finish, transfer
from eguichet_rdv.waiting.domain.sessions import open_session
from eguichet_rdv.waiting.domain.walk_in import give_ticket, list_counters, minutes_left
from eguichet_rdv.waiting.enums import ArrivalChannel
from tests.town import MONDAY, Town, make_clerk, make_procedure, make_town

pytestmark = [pytest.mark.django_db, pytest.mark.db]
Book = Callable[..., Appointment]
At = Callable[..., datetime]
KIOSK = ArrivalChannel.KIOSK


def ask(town: Town, procedure: Procedure, now: datetime) -> str:
    return give_ticket(town.location, procedure, language="fr", channel=KIOSK, now=now).outcome


def left(town: Town, procedure: Procedure, now: datetime) -> int | None:
    return minutes_left(town.location, procedure, list_counters(town.location, procedure), now)


@pytest.fixture
def visa(db: None) -> Procedure:
    service = Service.objects.create(code="etrangers", labels={"fr": "Étrangers"}, letter_declared="E")
    return make_procedure(service, "visa", "Visa", "Visum", minutes=15)


def test_two_services_share_the_minutes_of_one_counter(visa: Procedure) -> None:
    town = make_town(counters=1)
    town.counters[0].procedures.add(visa)
    outcomes = [ask(town, procedure, town.at("11:00")) for procedure in (visa, town.card, visa, town.card, visa)]
    assert outcomes == ["ticket"] * 4 + ["cut_off"]
    assert ask(town, town.card, town.at("11:00")) == "cut_off"


def test_who_waits_for_another_counter_takes_nothing_away(town: Town, at: At) -> None:
    first, second = town.counters
    first.procedures.set([town.card])
    second.procedures.set([town.kids])
    for _each in range(4):
        assert ask(town, town.kids, at("11:00")) == "ticket"
    assert (left(town, town.kids, at("11:00")), left(town, town.card, at("11:00"))) == (0, 60)
    assert ask(town, town.card, at("11:00")) == "ticket"


def test_people_never_take_more_than_is_free_where_they_can_be_served(town: Town, at: At) -> None:
    town.counters[0].procedures.set([town.card])
    give = {"language": "fr", "channel": ArrivalChannel.RECEPTION, "now": at("11:00"), "user": make_clerk()}
    for _each in range(8):
        give_ticket(town.location, town.kids, **give)  # type: ignore[arg-type]
    assert (left(town, town.kids, at("11:00")), left(town, town.card, at("11:00"))) == (0, 60)


def test_whom_another_counter_can_serve_as_well_counts_in_full(town: Town, at: At) -> None:
    town.counters[0].procedures.set([town.card])
    assert [ask(town, town.card, at("11:00")) for _each in range(2)] == ["ticket"] * 2
    assert left(town, town.kids, at("11:00")) == 30


def test_who_was_sent_on_without_a_procedure_takes_ten_minutes(
    town: Town, visa: Procedure, booked: Book, at: At
) -> None:
    town.counters[0].procedures.set([town.card])
    town.counters[1].procedures.set([visa])
    clerk = make_clerk()
    session = open_session(town.counters[0], clerk, now=at("08:30"))
    check_in(town.location, ByAppointment(booked("11:00")), channel=KIOSK, now=at("10:50"), user=clerk)
    assert ask(town, town.card, at("10:50")) == "ticket"
    for clock in ("11:00", "11:05"):
        stop = call_next(session, intent=uuid4(), now=at(clock)).stop
        assert stop is not None
        transfer(session, stop, service=visa.service, intent=uuid4(), now=at(clock))
    assert left(town, visa, at("11:05")) == 55 - 2 * 10


def test_what_is_freed_outside_the_hours_of_walk_ins_is_not_for_them(town: Town, booked: Book, at: At) -> None:
    counter = town.counters[0]
    Counter.objects.exclude(pk=counter.pk).update(active=False)
    OpeningPeriod.objects.bulk_create(
        OpeningPeriod(counter=counter, weekday=day, opens=time(13), closes=time(16), for_walk_in=False)
        for day in range(5)
    )
    AgendaDay.objects.all().delete()
    extend_agenda(MONDAY)
    clerk = make_clerk()
    session = open_session(counter, clerk, now=at("08:30"))
    for clock in ("11:30", "14:00", "14:30"):
        check_in(town.location, ByAppointment(booked(clock)), channel=KIOSK, now=at("10:00"), user=clerk)
    assert left(town, town.card, at("11:00")) == 60 - 15
    for _each in range(3):
        stop = call_next(session, intent=uuid4(), now=at("10:05")).stop
        assert stop is not None
        finish(session, stop, intent=uuid4(), now=at("10:20"))
    assert left(town, town.card, at("11:00")) == 60
