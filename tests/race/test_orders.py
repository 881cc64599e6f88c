"""Clerks who press at the same instant: priority is given once, and one goes to help."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db.models import F
from django.utils import timezone

from eguichet_rdv.accounts.models import User
from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.waiting.domain.assistance import ask_help, come_to_help
from eguichet_rdv.waiting.domain.priority import give_priority
from eguichet_rdv.waiting.enums import PriorityReason
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


def test_looking_before_going_sends_several(hall: Hall) -> None:
    """The positive control: the test above would notice."""
    ask_help(hall.sit_down(), now=timezone.now())
    together = FORK.Barrier(CLERKS)
    helpers = [make_clerk(f"helper{number}") for number in range(CLERKS)]

    def go(helper: User) -> bool:
        call = HelpCall.objects.get()
        together.wait(30)
        return call.comes is None and bool(HelpCall.objects.filter(pk=call.pk).update(comes=helper))

    assert run_crowd([partial(go, helper) for helper in helpers]).count(True) == CLERKS
