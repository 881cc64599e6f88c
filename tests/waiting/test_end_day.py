"""The night after, nobody is left in a line and no counter is open."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from eguichet_rdv.waiting.domain.call import call_stop
from eguichet_rdv.waiting.domain.end_day import end_past_days
from eguichet_rdv.waiting.domain.sessions import open_session
from eguichet_rdv.waiting.domain.walk_in import give_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel
from eguichet_rdv.waiting.models import CounterSession, Stop, StopEvent
from tests.town import Town, make_clerk

pytestmark = [pytest.mark.django_db, pytest.mark.db]


def test_what_the_day_left_open_is_closed_the_night_after(town: Town, at: Callable[..., datetime]) -> None:
    clerk = make_clerk()
    for _ in range(2):
        give_ticket(
            town.location, town.card, language="fr", channel=ArrivalChannel.RECEPTION, now=at("11:00"), user=clerk
        )
    session = open_session(town.counters[0], clerk, now=at("11:00"))
    call_stop(session, Stop.objects.latest("pk"), "a train to catch", intent=uuid4(), now=at("11:05"))
    assert end_past_days(at("23:00")) == 0
    assert end_past_days(at("00:10") + timedelta(days=1)) == 2
    assert {stop.state for stop in Stop.objects.all()} == {"left"}
    assert CounterSession.objects.get().state == "closed"
    why = StopEvent.objects.filter(kind="called").values_list("reason", flat=True)
    for days, kept in ((30, ["a train to catch"]), (31, [""])):
        end_past_days(at("00:10") + timedelta(days=days))
        assert list(why.all()) == kept
