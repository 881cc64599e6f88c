"""A day under other rules, by the code that makes the order."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.waiting.domain.call import call_next
from eguichet_rdv.waiting.domain.check_in import ByAppointment, check_in
from eguichet_rdv.waiting.domain.order import Rules
from eguichet_rdv.waiting.domain.replay import read_day, replay
from eguichet_rdv.waiting.domain.serve import finish
from eguichet_rdv.waiting.domain.service_level import Kind, Visit, measure_level
from eguichet_rdv.waiting.domain.sessions import close_session, open_session
from eguichet_rdv.waiting.domain.walk_in import give_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel
from tests.town import Town, make_clerk

pytestmark = pytest.mark.django_db
At = Callable[[str], datetime]
KIOSK = ArrivalChannel.KIOSK


@pytest.fixture
def morning(town: Town, at: At, booked: Callable[..., Appointment]) -> None:
    """One counter, always busy: walk-ins of 9:00, 9:00 and 9:05, an appointment of 9:30 booked at the other one."""
    session = open_session(town.counters[0], make_clerk(), now=at("09:00"))
    booked("09:30")
    elsewhere = booked("09:30", born="1991-01-01")
    assert elsewhere.reservations.get().counter == town.counters[1]
    for clock in ("09:00", "09:00", "09:05"):
        give_ticket(town.location, town.card, language="fr", channel=KIOSK, now=at(clock))
    check_in(town.location, ByAppointment(elsewhere), channel=KIOSK, now=at("09:08"))
    now = at("09:10")
    for _each in range(4):
        called = call_next(session, intent=uuid4(), now=now)
        assert called.stop
        now += timedelta(minutes=20)
        finish(session, called.stop, intent=uuid4(), now=now)
    close_session(session, now=now)


@pytest.mark.usefixtures("morning")
def test_the_same_rules_give_the_same_order_and_others_another_one(town: Town, at: At) -> None:
    past = read_day(town.location, at("12:00").date())
    present, nothing = Rules.of(town.location), timedelta()

    def walked_in(visits: list[Visit]) -> list[bool]:
        return [visit.booked_at is None for visit in sorted(visits, key=lambda visit: visit.called_at)]

    # The clerk pressed « call » ten minutes after sitting down; a replay calls at once: earlier, in the same order.
    assert walked_in(past.visits()) == walked_in(replay(past, present)) == [True, True, False, True]
    assert max(visit.called_at for visit in replay(past, present)) == at("10:00")
    assert walked_in(replay(past, Rules(present.tolerance, nothing, nothing))) == [True, True, True, False]


@pytest.mark.usefixtures("morning")
def test_the_command_prints_three_tables_and_refuses_rules_that_starve_somebody(town: Town) -> None:
    out = StringIO()
    call_command("replay", "--date", "2026-11-24", "--head-start", "0", "--late-penalty", "0", stdout=out)
    text = out.getvalue()
    assert text.count("without appointment") == 3
    assert "head start 0 min" in text
    with pytest.raises(CommandError, match="late penalty <= head start"):
        call_command("replay", "--date", "2026-11-24", "--head-start", "5", stdout=out)
    with pytest.raises(CommandError, match="Nobody was called"):
        call_command("replay", "--date", "2026-11-25", stdout=out)


def test_waits_are_counted_from_the_hour_or_the_arrival(at: At) -> None:
    tolerance = timedelta(minutes=10)
    visits = [
        Visit(at("08:50"), at("09:04"), at("09:00"), tolerance),  # four minutes after the hour
        Visit(at("09:09"), at("09:12"), at("09:00"), tolerance),  # on time by tolerance, but twelve after the hour
        Visit(at("09:30"), at("09:50"), at("09:00"), tolerance),
        Visit(at("09:00"), at("09:40"), None, tolerance),
    ]
    on_time, late, walk_in = measure_level(visits)
    assert (on_time.kind, on_time.count, on_time.in_time, on_time.longest) == (
        Kind.ON_TIME,
        2,
        0.5,
        timedelta(minutes=4),
    )
    assert (late.kind, late.median) == (Kind.LATE, timedelta(minutes=20))
    assert (walk_in.kind, walk_in.longest) == (Kind.WALK_IN, timedelta(minutes=40))
