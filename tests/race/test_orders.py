"""Clerks who press at the same instant: priority is given once, one goes to help, an undo and a call do not both win."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db.models import F
from django.utils import timezone

from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.waiting.domain.assistance import ask_help, come_to_help
from eguichet_rdv.waiting.domain.call import call_next
from eguichet_rdv.waiting.domain.priority import give_priority
from eguichet_rdv.waiting.domain.serve import transfer
from eguichet_rdv.waiting.domain.sessions import open_session
from eguichet_rdv.waiting.domain.undo import find_undoable, undo
from eguichet_rdv.waiting.enums import LIVE, PriorityReason
from eguichet_rdv.waiting.models import CounterSession, HelpCall, Stop
from tests.hall import Hall, make_hall
from tests.race.crowd import FORK, run_crowd
from tests.town import make_clerk

pytestmark = [pytest.mark.race, pytest.mark.db, pytest.mark.django_db(transaction=True)]
CLERKS = 4


@pytest.fixture
def hall() -> Hall:
    return make_hall()


def try_to(order: Callable[[], object]) -> bool:
    """Whether the order was carried out."""
    try:
        order()
    except Refusal:
        return False
    return True


def press_priority(session: CounterSession, stop: Stop) -> bool:
    return try_to(lambda: give_priority(session, stop, PriorityReason.SENT_BACK, intent=uuid4(), now=timezone.now()))


def test_priority_pressed_at_once_is_given_once(hall: Hall) -> None:
    stop, session = hall.arrive().stops.get(), hall.sit_down()
    told = run_crowd([partial(press_priority, session, stop)] * CLERKS)
    after = Stop.objects.get()
    assert (told.count(True), after.priority) == (1, 15)
    assert stop.due_at - after.due_at == timedelta(minutes=15)


def test_looking_before_writing_gives_it_several_times(hall: Hall) -> None:
    """The positive control: the test above would notice."""
    stop, together = hall.arrive().stops.get(), FORK.Barrier(CLERKS)

    def press() -> bool:
        given = Stop.objects.get(pk=stop.pk).priority
        together.wait(30)
        rows = Stop.objects.filter(pk=stop.pk)
        return not given and bool(rows.update(priority=F("priority") + 15))

    assert run_crowd([press] * CLERKS).count(True) == CLERKS
    assert Stop.objects.get().priority > 15


def test_of_many_who_ask_and_go_one_call_and_one_helper_remain(hall: Hall) -> None:
    session = hall.sit_down()
    run_crowd([partial(ask_help, session, now=timezone.now())] * CLERKS)
    call = HelpCall.objects.get()
    helpers = [make_clerk(f"helper{number}") for number in range(CLERKS)]
    told = run_crowd([partial(come_to_help, call, helper, now=timezone.now()) for helper in helpers])
    call.refresh_from_db()
    assert (told.count(True), call.comes) == (1, helpers[told.index(True)])


def test_of_an_undo_and_a_call_elsewhere_one_wins(hall: Hall) -> None:
    hall.arrive()
    first = hall.sit_down()
    other = open_session(hall.town.counters[1], make_clerk("other"), now=timezone.now())
    stop = hall.call(first)
    transfer(first, stop, service=hall.town.service, intent=uuid4(), now=timezone.now())
    order = find_undoable(first, timezone.now())
    assert order is not None

    def call() -> bool:
        return call_next(other, intent=uuid4(), now=timezone.now()).stop is not None

    def take_back() -> bool:
        return try_to(lambda: undo(first, order.pk, intent=uuid4(), now=timezone.now()))

    called, undone = run_crowd([call, take_back])
    assert (called, undone).count(True) == 1
    live = Stop.objects.get(state__in=LIVE)
    assert live.counter == (other.counter if called else first.counter)
