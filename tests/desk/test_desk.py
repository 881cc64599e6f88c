"""The clerk's page through the door a browser uses."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from eguichet_rdv.ledger.models import AccessEntry
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Assignment, Location
from eguichet_rdv.waiting.enums import SessionState, StopState
from eguichet_rdv.waiting.models import CounterSession, Stop, StopEvent
from tests.hall import Hall, make_hall
from tests.town import make_clerk

pytestmark = [pytest.mark.django_db, pytest.mark.db]
Order = Callable[..., Stop | None]


@pytest.fixture
def hall() -> Hall:
    return make_hall()


@pytest.fixture
def desk(client: Client, hall: Hall) -> Client:
    client.force_login(hall.clerk)
    client.post(reverse("desk-open"), {"counter": hall.town.counters[0].pk})
    return client


@pytest.fixture
def order(desk: Client) -> Order:
    """Give an order as the button does; answers with the person at the counter."""

    def give(command: str, stop: Stop | None = None, **more: str) -> Stop | None:
        content = {"intent": str(uuid4()), "stop": str(stop.pk) if stop else "", **more}
        answer = desk.post(reverse("desk-command", args=[command]), content)
        assert answer.status_code == 302
        return Stop.objects.filter(state__in=(StopState.CALLED, StopState.SERVING)).first()

    return give


def test_strangers_are_asked_to_sign_in(client: Client, db: None) -> None:
    assert client.get(reverse("desk"))["Location"] == f"{reverse('staff-login')}?next={reverse('desk')}"
    assert client.post(reverse("desk-command", args=["call"]))["Location"] == reverse("staff-login")
    part = client.get(reverse("desk-state"), headers={"HX-Request": "true"})
    assert (part.status_code, part["HX-Redirect"]) == (204, reverse("staff-login"))


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.EDITOR])
def test_other_roles_are_refused(client: Client, hall: Hall, role: Role) -> None:
    somebody = make_clerk("somebody")
    Assignment.objects.create(user=somebody, location=hall.town.location, role=role)
    client.force_login(somebody)
    assert client.get(reverse("desk")).status_code == 403
    assert client.post(reverse("desk-command", args=["call"])).status_code == 403
    assert client.post(reverse("desk-open"), {"counter": hall.town.counters[0].pk}).status_code == 403


def test_orders_are_posts(desk: Client) -> None:
    assert desk.get(reverse("desk-command", args=["call"])).status_code == 405
    assert desk.get(reverse("desk-open")).status_code == 405


def test_one_sits_down_first(client: Client, hall: Hall) -> None:
    client.force_login(hall.clerk)
    answer = client.get(reverse("desk"))
    assert [counter.name for counter, _sitting in answer.context["counters"]] == ["1", "2"]
    client.post(reverse("desk-open"), {"counter": hall.town.counters[1].pk})
    assert client.get(reverse("desk")).context["session"].counter == hall.town.counters[1]


def test_a_taken_counter_is_asked_for(desk: Client, hall: Hall) -> None:
    other = make_clerk("other")
    Assignment.objects.create(user=other, location=hall.town.location, role=Role.CLERK)
    late = Client()
    late.force_login(other)
    counter = {"counter": hall.town.counters[0].pk}
    asked = late.post(reverse("desk-open"), counter)
    assert (asked.status_code, asked.context["taken"]) == (409, hall.town.counters[0])
    late.post(reverse("desk-open"), {**counter, "take_over": "yes"})
    session = CounterSession.objects.exclude(state=SessionState.CLOSED).get()
    assert session.clerk == other
    refused = desk.post(reverse("desk-command", args=["call"]), {"intent": str(uuid4())}, follow=True)
    assert "counters" in refused.context


def test_counters_of_other_places_do_not_exist(client: Client, hall: Hall) -> None:
    stranger = make_clerk("stranger")
    elsewhere = hall.town.location
    elsewhere.pk, elsewhere.slug = None, "elsewhere"
    elsewhere.save()
    Assignment.objects.create(user=stranger, location=elsewhere, role=Role.CLERK)
    client.force_login(stranger)
    answer = client.post(reverse("desk-open"), {"counter": hall.town.counters[0].pk}, follow=True)
    assert answer.status_code == 404


def test_from_call_to_finish(hall: Hall, order: Order) -> None:
    first, second = hall.arrive(), hall.arrive()
    stop = order("call")
    assert stop is not None
    assert (stop.ticket, stop.state) == (first, StopState.CALLED)
    order("recall", stop)
    order("serve", stop)
    stop.refresh_from_db()
    assert (stop.state, stop.calls) == (StopState.SERVING, 2)
    assert order("finish", stop) is None
    following = order("call")
    assert following is not None
    assert following.ticket == second


def test_a_double_click_is_one_call(desk: Client, hall: Hall) -> None:
    hall.arrive()
    hall.arrive()
    intent = {"intent": str(uuid4())}
    for _click in range(2):
        desk.post(reverse("desk-command", args=["call"]), intent)
    assert StopEvent.objects.filter(kind="called").count() == 1


def test_put_aside_and_back(hall: Hall, desk: Client, order: Order) -> None:
    ticket = hall.arrive()
    stop = order("call")
    order("park", stop)
    state = desk.get(reverse("desk")).context["state"]
    assert ([row.number for row in state.parked], state.line) == ([str(ticket.number)], [])
    order("resume", stop)
    state = desk.get(reverse("desk")).context["state"]
    assert ([row.number for row in state.line], state.parked) == ([str(ticket.number)], [])


def test_absent_only_after_enough_calls(hall: Hall, desk: Client, order: Order) -> None:
    Location.objects.update(recall_minutes=0)
    hall.arrive()
    stop = order("call")
    assert order("no-show", stop) == stop
    order("recall", stop)
    order("recall", stop)
    assert order("no-show", stop) is None


def test_sent_on_to_another_service(hall: Hall, order: Order) -> None:
    ticket = hall.arrive()
    stop = order("call")
    assert order("transfer", stop, to=hall.town.service.code) is None
    assert list(ticket.stops.values_list("state", flat=True).order_by("position")) == ["done", "waiting"]


def test_pause_and_close(desk: Client, hall: Hall, order: Order) -> None:
    hall.arrive()
    order("pause")
    assert order("call") is None
    order("continue")
    stop = order("call")
    order("close")
    assert CounterSession.objects.get().state == SessionState.OPEN  # not while somebody is here
    order("finish", stop)
    order("close")
    assert CounterSession.objects.get().state == SessionState.CLOSED
    assert "counters" in desk.get(reverse("desk")).context


def test_the_page_shows_who_comes_and_what_for(desk: Client, hall: Hall, order: Order) -> None:
    ticket = hall.arrive()
    line = desk.get(reverse("desk")).context["state"].line
    assert [(row.number, row.zone) for row in line] == [(str(ticket.number), "A")]
    order("call")
    answer = desk.get(reverse("desk"))
    person = answer.context["state"].person
    assert (person.number, person.reason != "") == (str(ticket.number), True)
    assert [str(thing.label) for thing in person.wishes[0].bring] == ["Une photo récente"]
    assert "Une photo récente" in answer.content.decode()


def test_htmx_gets_the_part_that_changed(desk: Client, hall: Hall) -> None:
    hall.arrive()
    answer = desk.post(reverse("desk-command", args=["call"]), {"intent": str(uuid4())}, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in page
    assert re.search(r'<div id="desk"', page)
    assert answer["Desk-Key"] == desk.get(reverse("desk-state"))["Desk-Key"]
    assert answer["Cache-Control"] == "no-store, private"


def test_nonsense_is_refused(desk: Client, hall: Hall) -> None:
    assert desk.post(reverse("desk-command", args=["call"]), {"intent": "x"}).status_code == 400
    assert desk.post(reverse("desk-command", args=["dance"]), {"intent": str(uuid4())}, follow=True).status_code == 404
    content = {"intent": str(uuid4()), "stop": "999999"}
    assert desk.post(reverse("desk-command", args=["finish"]), content, follow=True).status_code == 404


def test_who_may_no_longer_work_there_sees_nobody(desk: Client, hall: Hall, order: Order) -> None:
    hall.arrive()
    order("call")
    elsewhere = Location.objects.create(slug="antenne", name="Antenne", street="x", postcode="1", city="y")
    Assignment.objects.filter(user=hall.clerk).update(location=elsewhere)
    assert "state" not in desk.get(reverse("desk")).context
    assert desk.get(reverse("desk-state")).status_code == 204


@pytest.mark.parametrize("number", ["9" * 5000, "-1", "x", ""])
def test_a_row_nobody_has_is_not_found(desk: Client, number: str) -> None:
    content = {"intent": str(uuid4()), "stop": number}
    assert desk.post(reverse("desk-command", args=["finish"]), content).status_code == 404
    assert desk.post(reverse("desk-open"), {"counter": number}).status_code == 404


def test_nobody_waiting_is_said(desk: Client) -> None:
    answer = desk.post(reverse("desk-command", args=["call"]), {"intent": str(uuid4())}, follow=True)
    assert [message.level_tag for message in answer.context["messages"]] == ["info"]


def test_somebody_without_appointment_leaves_no_line_in_the_log(hall: Hall, order: Order) -> None:
    hall.arrive()
    order("call")
    assert AccessEntry.objects.count() == 0


def test_the_page_costs_the_same_for_one_and_for_ten(
    desk: Client, hall: Hall, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _visitor in range(10):
        hall.arrive()
    with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
        desk.get(reverse("desk-state"))


def test_a_call_is_answered_with_the_person_and_without_the_line(
    desk: Client, hall: Hall, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _visitor in range(5):
        hall.arrive()
    desk.get(reverse("desk-state"))
    with django_assert_max_num_queries(21):  # type: ignore[attr-defined]
        answer = desk.post(
            reverse("desk-command", args=["call"]), {"intent": str(uuid4())}, headers={"HX-Request": "true"}
        ).content.decode()
    called = Stop.objects.get(state=StopState.CALLED)
    assert str(called.ticket.number) in answer
    assert re.search(r'<section id="desk-line" hx-preserve="true">\s*</section>', answer)
    others = [str(stop.ticket.number) for stop in Stop.objects.filter(state=StopState.WAITING)]
    line = desk.get(reverse("desk-state")).content.decode()
    assert [number in answer for number in others] == [False] * 4
    assert [number in line for number in others] == [True] * 4
