"""Many clerks call at once: nobody twice, nobody skipped, in order. The same without protection must fail."""

import os
import subprocess
from collections import Counter as Tally
from datetime import timedelta

import pytest
from django.db import connection

from eguichet_rdv.waiting.domain.sessions import open_session
from eguichet_rdv.waiting.domain.walk_in import give_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel, StopEventKind
from eguichet_rdv.waiting.models import Stop, StopEvent
from tests.harness.processes import PYTHON, ROOT
from tests.town import make_clerk, make_town

CLERKS = 4
VISITORS = 40

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sessions() -> list[int]:
    """A hall full of people and a clerk at each counter."""
    town = make_town(counters=CLERKS)
    morning = town.at("09:00")
    clerk = make_clerk("reception")
    for number in range(VISITORS):
        now = morning + timedelta(seconds=number)
        give_ticket(town.location, town.card, language="fr", channel=ArrivalChannel.RECEPTION, now=now, user=clerk)
    return [open_session(counter, make_clerk(f"clerk{counter.name}"), now=morning).pk for counter in town.counters]


def run_clerks(sessions: list[int], manner: str) -> list[str]:
    """Let all clerks begin at the same instant; what they printed."""
    settings = connection.settings_dict
    url = (
        f"sqlite:///{settings['NAME']}"
        if connection.vendor == "sqlite"
        else f"postgres://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
    )
    clerks = [
        subprocess.Popen(
            [PYTHON, "-m", "tests.race.clerk", str(session), manner, "2026-11-24T09:30:00+00:00"],
            cwd=ROOT,
            env=os.environ | {"EGUICHET_DATABASE_URL": url, "EGUICHET_REDIS_URL": ""},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for session in sessions
    ]
    for clerk in clerks:
        assert clerk.stdout is not None
        assert clerk.stdout.readline() == "ready\n"
    for clerk in clerks:
        assert clerk.stdin is not None
        clerk.stdin.write("go\n")
        clerk.stdin.flush()
    lines: list[str] = []
    for clerk in clerks:
        out, _err = clerk.communicate(timeout=120)
        assert clerk.returncode == 0
        lines += out.splitlines()
    return lines


def test_everybody_is_called_once_and_in_order(sessions: list[int]) -> None:
    lines = run_clerks(sessions, "honest")
    assert not [line for line in lines if line.startswith("double")]
    assert Tally(lines).most_common(1)[0][1] == 1
    assert len(lines) == VISITORS
    line = list(Stop.objects.order_by("due_at", "arrived_at", "id").values_list("pk", flat=True))
    called = StopEvent.objects.filter(kind=StopEventKind.CALLED).order_by("id").values_list("stop", flat=True)
    assert list(called) == line


def test_without_the_turn_somebody_is_called_twice(sessions: list[int]) -> None:
    """The positive control: the test above would notice."""
    lines = run_clerks(sessions, "naive")
    assert len(lines) > VISITORS
