"""Workers in processes of their own: killed in mid-work, or two at once."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from eguichet_rdv.messaging.domain.deliver import LEASE
from eguichet_rdv.messaging.domain.outbox import queue_message
from eguichet_rdv.messaging.enums import MessageChannel, MessageState
from eguichet_rdv.messaging.models import Message
from tests.harness.processes import PYTHON, ROOT, Process
from tests.harness.smtp import SmtpMode, SmtpSink
from tests.harness.waiting import wait_until
from tests.messaging.databases import environment_for_processes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
AFTER_THE_LEASE = int(LEASE.total_seconds()) + 1


class Workers:
    """Starts workers on this test's database and ends them with it."""

    def __init__(self, directory: Path, sink: SmtpSink) -> None:
        self.directory = directory
        self.started: list[Process] = []
        self.env = environment_for_processes(SINK_PORT=str(sink.port))

    def start(self, mode: str = "plain", ahead: int = 0) -> Process:
        log = self.directory / f"worker{len(self.started)}.log"
        command = [PYTHON, "-m", "tests.messaging.worker", mode, str(ahead)]
        self.started.append(Process(command, log=log, cwd=ROOT, env=self.env))
        return self.started[-1]

    def run(self, ahead: int = 0) -> None:
        assert self.start(ahead=ahead).wait(60) == 0


@pytest.fixture
def workers(tmp_path: Path, smtp_sink: SmtpSink) -> Iterator[Workers]:
    workers = Workers(tmp_path, smtp_sink)
    yield workers
    for process in workers.started:
        process.kill()


def queue(count: int) -> set[str]:
    now = timezone.now() - timedelta(minutes=1)
    for number in range(count):
        address = f"person{number}@people.example"
        queue_message(f"message{number}", "test.plain", "ref", address, channel=MessageChannel.EMAIL, due_at=now)
    return set(Message.objects.values_list("recipient", flat=True))


def received(sink: SmtpSink) -> Counter[str]:
    return Counter(mail.recipients[0] for mail in sink.mails)


def test_a_worker_killed_between_two_mails_loses_none(workers: Workers, smtp_sink: SmtpSink) -> None:
    everybody = queue(3)
    stuck = workers.start("stuck")
    stuck.wait_for_line("building message1")
    stuck.kill()
    assert received(smtp_sink) == {"person0@people.example": 1}
    workers.run(ahead=AFTER_THE_LEASE)
    assert received(smtp_sink) == dict.fromkeys(everybody, 1)
    assert set(Message.objects.values_list("state", flat=True)) == {MessageState.SENT}


def test_control_before_the_lease_ends_nobody_takes_what_the_dead_worker_held(
    workers: Workers, smtp_sink: SmtpSink
) -> None:
    queue(3)
    stuck = workers.start("stuck")
    stuck.wait_for_line("building message1")
    stuck.kill()
    workers.run()
    assert received(smtp_sink) == {"person0@people.example": 1, "person2@people.example": 1}


def test_a_worker_killed_while_the_server_takes_the_mail_sends_at_most_one_copy_more(
    workers: Workers, smtp_sink: SmtpSink
) -> None:
    everybody = queue(2)
    smtp_sink.mode = SmtpMode.STALL
    worker = workers.start()
    wait_until(lambda: smtp_sink.attempts, 30, "the worker speaks to the server")
    worker.kill()
    smtp_sink.mode = SmtpMode.ACCEPT
    workers.run(ahead=AFTER_THE_LEASE)
    count = received(smtp_sink)
    assert count.keys() == everybody
    assert count["person1@people.example"] == 1
    assert count["person0@people.example"] in {1, 2}
    assert len({mail.message["Message-ID"] for mail in smtp_sink.mails}) == 2


def test_two_workers_at_once_send_each_message_once(workers: Workers, smtp_sink: SmtpSink) -> None:
    everybody = queue(40)
    both = [workers.start(), workers.start()]
    assert [worker.wait(60) for worker in both] == [0, 0]
    assert received(smtp_sink) == dict.fromkeys(everybody, 1)
