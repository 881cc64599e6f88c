"""The command finds and repairs a day that was made wrong on purpose."""

from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from eguichet_rdv.scheduling.models import AgendaDay
from tests.town import MONDAY, make_town

pytestmark = [pytest.mark.django_db, pytest.mark.db]


def run(*words: str) -> str:
    out = StringIO()
    call_command("check_agenda", *words, stdout=out)
    return out.getvalue()


def test_finds_and_repairs_a_wrong_day() -> None:
    with time_machine.travel(MONDAY, tick=False):
        make_town(counters=1)
        assert run() == "The agenda is right.\n"
        AgendaDay.objects.filter(date="2026-11-24").update(taken=b"\x01" + bytes(37))
        with pytest.raises(CommandError, match="1 differences"):
            run()
        assert "1 days rebuilt." in run("--repair")
        assert run() == "The agenda is right.\n"
