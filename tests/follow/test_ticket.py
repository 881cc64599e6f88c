"""My ticket on my phone."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from eguichet_rdv.waiting.domain.call import call_next
from eguichet_rdv.waiting.domain.serve import finish, start_serving
from eguichet_rdv.waiting.domain.sessions import open_session
from eguichet_rdv.waiting.domain.tokens import follow_token
from eguichet_rdv.waiting.domain.walk_in import give_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel, StopState
from eguichet_rdv.waiting.models import Stop, Ticket
from tests.sentences import say
from tests.town import MONDAY, Town, make_clerk, make_town

pytestmark = [pytest.mark.django_db, pytest.mark.db]
NOW = MONDAY + timedelta(hours=2)


@pytest.fixture(autouse=True)
def nine_o_clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def town(db: None) -> Town:
    return make_town(counters=1)


def arrive(town: Town, language: str = "fr", minutes: int = 0) -> Ticket:
    now = NOW + timedelta(minutes=minutes)
    given = give_ticket(town.location, town.card, language=language, channel=ArrivalChannel.RECEPTION, now=now)
    assert given.ticket is not None
    return given.ticket


def read(client: Client, path: str = "/t/state/") -> str:
    return " ".join(client.get(path).content.decode().split())


def test_the_token_leaves_the_address_at_once(town: Town, client: Client) -> None:
    answer = client.get(f"/t/{follow_token(arrive(town, 'nl'))}/")
    assert (answer.status_code, answer["Location"]) == (302, "/t/")
    assert '<html lang="nl"' in read(client, "/t/")


def test_following_does_not_stretch_the_session_of_a_citizen(town: Town, client: Client) -> None:
    session = client.session
    session["booking_secret"] = "x"
    session.set_expiry(1800)
    session.save()
    client.get(f"/t/{follow_token(arrive(town))}/")
    assert client.session.get_expiry_age() == 1800
    assert client.get("/t/").status_code == 200
    with time_machine.travel(NOW + timedelta(hours=13), tick=False):
        assert client.get("/t/").status_code == 404


def test_the_page_follows_the_ticket(town: Town, client: Client) -> None:
    first, second = arrive(town, "en"), arrive(town, "en", minutes=1)
    client.get(f"/t/{follow_token(second)}/")
    assert str(second) in read(client)
    assert "1 person before you" in read(client)
    session = open_session(town.counters[0], make_clerk(), now=NOW)
    for ticket in (first, second):
        called = call_next(session, intent=uuid4(), now=NOW)
        assert called.stop is not None
        assert called.stop.ticket == ticket
        if ticket == second:
            assert "Please go to counter <strong>1</strong>" in read(client)
        start_serving(session, called.stop, intent=uuid4(), now=NOW)
        finish(session, called.stop, intent=uuid4(), now=NOW)
    assert "Your visit is finished" in read(client)


def test_without_a_script_the_page_renews_itself_until_the_visit_is_over(town: Town, client: Client) -> None:
    client.get(f"/t/{follow_token(arrive(town))}/")
    for state, renews in ((StopState.WAITING, True), (StopState.LEFT, False)):
        Stop.objects.update(state=state)
        assert ('<noscript> <meta http-equiv="refresh" content="15"> </noscript>' in read(client, "/t/")) is renews


def test_who_waits_for_the_rest_of_the_party_is_not_promised_a_call(town: Town, client: Client) -> None:
    client.get(f"/t/{follow_token(arrive(town, 'en'))}/")
    for calls, promised in ((0, False), (1, True)):
        Stop.objects.update(state=StopState.PARKED, calls=calls)
        assert ("You will be called again" in read(client)) is promised
        assert ("data-party" in read(client)) is not promised


@pytest.mark.parametrize("token", ["x", "t" + "A" * 22])
def test_an_unknown_ticket_is_one_sentence(town: Town, client: Client, token: str) -> None:
    for path in (f"/t/{token}/", "/t/"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert say("This ticket is not known or no longer valid") in " ".join(answer.content.decode().split())
    assert client.get("/t/state/").status_code == 404
