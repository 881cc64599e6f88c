"""The demo town: complete, repeatable, alive at any hour, and never where it would do harm."""

from datetime import date, datetime, timedelta
from io import StringIO
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings

from eguichet_rdv.accounts.models import User
from eguichet_rdv.catalogue.domain.sync import sync_catalogue
from eguichet_rdv.catalogue.models import Procedure, Service
from eguichet_rdv.demo import agenda
from eguichet_rdv.demo.day import list_expected
from eguichet_rdv.demo.hours import is_open_to_walk_ins, list_holidays
from eguichet_rdv.demo.town import OtherTown, PublicAddress, make_town
from eguichet_rdv.scheduling.domain.agenda import check_agenda, orphans
from eguichet_rdv.scheduling.domain.availability import find_starts
from eguichet_rdv.scheduling.domain.wanted import Item, Wanted
from eguichet_rdv.scheduling.enums import Channel
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.models import Assignment, CallScreen, Closure, Counter, Kiosk, Location, OpeningPeriod
from eguichet_rdv.waiting.domain.answers import ByBirthDate, ByCode, Outcome
from eguichet_rdv.waiting.domain.check_in import check_in
from eguichet_rdv.waiting.domain.walk_in import give_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel, SessionState, StopState
from eguichet_rdv.waiting.models import CounterSession, Stop, Ticket
from tests.town import make_counter

BRUSSELS = ZoneInfo("Europe/Brussels")
TUESDAY_MORNING = datetime(2026, 12, 1, 10, 12, tzinfo=BRUSSELS)
SUNDAY_EVENING = datetime(2026, 12, 6, 21, 40, tzinfo=BRUSSELS)

# On PostgreSQL the same town is made by the browser tests.
pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_only]


@pytest.fixture(autouse=True)
def short_weeks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two days ahead instead of weeks: the same code, in seconds."""
    monkeypatch.setattr(agenda, "SHARES", ((2, 0.1),))


def make(now: datetime) -> Location:
    return make_town(now, say=lambda _line: None, pages=False)


def count_rows() -> list[int]:
    models = (
        Location,
        Counter,
        OpeningPeriod,
        Closure,
        Kiosk,
        CallScreen,
        Service,
        User,
        Assignment,
        Appointment,
        Ticket,
    )
    return [model.objects.count() for model in models]


def test_town_is_complete_and_made_once() -> None:
    location = make(TUESDAY_MORNING)
    assert location.address == "Place du Marché 55, 4800 Verviers"
    handled = {counter.name: counter.procedures.count() for counter in location.counters.all()}
    assert len(handled) == 12
    assert all(handled.values())
    assert not Procedure.objects.filter(retired_at=None, counters=None).exists()
    assert {screen.slug for screen in CallScreen.objects.all()} == {"hall", "hall-a", "hall-b"}
    assert Kiosk.objects.count() == 2
    assert [one.code for one in Service.objects.filter(takes_appointments=False)] == ["police-administrative"]
    assert check_agenda(TUESDAY_MORNING) == []
    assert orphans() == 0
    assert {user.username for user in User.objects.filter(groups__name="Editors")} == {"editor", "manager"}
    assert not Appointment.objects.exclude(visitor__email="", visitor__phone="").exists(), "nobody invented gets mail"
    before = count_rows()
    make(TUESDAY_MORNING + timedelta(minutes=1))
    assert count_rows() == before
    # It stays the demo with a place more, or an account less: that one comes back.
    Location.objects.create(slug="antenne", name="Antenne", timezone="Europe/Brussels")
    User.objects.filter(username="clerk2").delete()
    assert make(TUESDAY_MORNING + timedelta(minutes=2)) == location
    assert count_rows() == [before[0] + 1, *before[1:]]


@pytest.mark.parametrize("now", [SUNDAY_EVENING, SUNDAY_EVENING.replace(hour=0, minute=20)])
def test_a_day_is_in_progress_whatever_the_hour(now: datetime) -> None:
    location = make(now)
    states = set(Stop.objects.values_list("state", flat=True))
    assert {StopState.WAITING, StopState.SERVING} <= states
    assert is_open_to_walk_ins(location, now)
    free = Counter.objects.exclude(sessions__state=SessionState.OPEN)
    assert {counter.name for counter in free} >= {"2", "11"}
    assert not Stop.objects.filter(arrived_at__gt=now).exists()
    procedure = Procedure.objects.get(service__code="passeports", code="casier-595")
    answer = give_ticket(location, procedure, language="fr", channel=ArrivalChannel.KIOSK, now=now)
    assert answer.outcome == Outcome.TICKET


def test_somebody_expected_checks_in_and_the_agenda_is_taken_by_the_wanted_share() -> None:
    location = make(TUESDAY_MORNING)
    assert {StopState.WAITING, StopState.SERVING} <= set(Stop.objects.values_list("state", flat=True))
    first, second = list_expected(location, TUESDAY_MORNING)[:2]
    for key in (ByCode(first.code), ByBirthDate(second.birth_date, second.hour)):
        answer = check_in(location, key, channel=ArrivalChannel.KIOSK, now=TUESDAY_MORNING, party_complete=True)
        assert answer.outcome == Outcome.TICKET
    filler = agenda.Filler(location, Random(1))
    thursday = date(2026, 12, 10)
    assert filler.fill_day(thursday, 0.2, now=TUESDAY_MORNING) > 20
    assert filler.fill_day(thursday, 0.2, now=TUESDAY_MORNING) == 0
    # Run again the same day it may invent somebody who has their appointment.
    wanted = Wanted(location, (Item(Procedure.objects.get(code="casier-595")),), Channel.ONLINE)
    starts = find_starts(wanted, thursday, thursday, now=TUESDAY_MORNING)[thursday]
    made = [agenda.Filler(location, Random(1))._book(wanted, start, TUESDAY_MORNING) for start in starts[:2]]
    assert made == [True, False]


def test_the_next_day_begins_without_those_of_the_day_before() -> None:
    make(TUESDAY_MORNING)
    wednesday = TUESDAY_MORNING + timedelta(days=1)
    make(wednesday)
    waiting = Stop.objects.filter(state__in=(StopState.WAITING, StopState.SERVING, StopState.CALLED))
    assert set(waiting.values_list("ticket__date", flat=True)) == {wednesday.date()}
    open_still = CounterSession.objects.exclude(state=SessionState.CLOSED)
    assert {session.opened_at.astimezone(BRUSSELS).date() for session in open_still} == {wednesday.date()}


def test_holidays_are_those_of_belgium_and_of_its_town_halls() -> None:
    found = list_holidays(date(2026, 11, 1), date(2026, 12, 31))
    assert [f"{day:%d/%m}" for day in found] == ["01/11", "02/11", "11/11", "15/11", "25/12", "26/12"]


def test_refused_on_a_public_address() -> None:
    with override_settings(PUBLIC_URL="https://rdv.example.org"), pytest.raises(PublicAddress):
        make(TUESDAY_MORNING)
    assert not Location.objects.exists()


def test_refused_beside_a_real_town() -> None:
    sync_catalogue(settings.PLUGINS, now=TUESDAY_MORNING, pages=False)
    location = Location.objects.create(slug="hotel-de-ville", name="Hôtel de ville", timezone="Europe/Brussels")
    zone = location.zones.create(code="A")
    make_counter(zone, "1", [])
    with pytest.raises(OtherTown, match="Hôtel de ville"):
        make(TUESDAY_MORNING)
    assert User.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_the_command_makes_missing_tables_first() -> None:
    call_command("migrate", "waiting", "0004", verbosity=0)
    try:
        Location.objects.create(slug="elsewhere", name="Elsewhere")
        said = StringIO()
        with pytest.raises(CommandError, match="Elsewhere"):
            call_command("demo", stdout=said)
        assert said.getvalue().startswith("Database")
        assert not Stop.objects.exists()  # every column is there
    finally:
        call_command("migrate", "waiting", verbosity=0)
