"""The real worker: a booking is confirmed by mail within moments, without anybody asking."""

from pathlib import Path
from uuid import uuid4

import pytest
from django.utils import timezone
from django_q.models import Task

from eguichet_rdv.messaging.jobs import last_sign_of_life
from eguichet_rdv.scheduling.domain.availability import find_first
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.person import Person
from tests.harness.processes import PYTHON, ROOT, Process
from tests.harness.smtp import SmtpSink
from tests.harness.waiting import wait_until
from tests.messaging.databases import environment_for_processes
from tests.town import make_town

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


def test_the_worker_sends_what_was_booked_and_shows_a_sign_of_life(tmp_path: Path, smtp_sink: SmtpSink) -> None:
    now = timezone.now()  # the worker goes by the real clock
    town = make_town(now=now)
    start = find_first(town.wanted(), now=now)
    assert start is not None
    env = environment_for_processes(EGUICHET_SMTP_URL=smtp_sink.url)
    command = [PYTHON, str(ROOT / "site" / "manage.py"), "qcluster"]
    with Process(command, log=tmp_path / "worker.log", cwd=ROOT, env=env):
        person = Person("Lejeune", "Anne", "1990-02-01", "anne@people.example")
        appointment = book(town.wanted(), start, person, language="fr", now=now, intent=uuid4())
        (mail,) = smtp_sink.wait_for(1, "anne@people.example", limit=60)
        wait_until(lambda: Task.objects.filter(func__endswith="tasks.deliver"), 30, "the worker notes what it did")
    text = mail.message.get_body(("plain",))
    assert text is not None
    assert appointment.reference in str(text.get_content())
    assert last_sign_of_life() is not None
    assert not Task.objects.filter(success=False).exists()
