"""Workers for the tests, forked from one process that has loaded everything: ``python -m tests.messaging.worker``.

Each line on standard input is an order, each answered by one line: ``start MODE SECONDS_AHEAD`` by the number of a new
worker that sends what is due, ``wait NUMBER`` by its exit code (negative: the signal that ended it). The end of the
input ends all. ``careless`` workers lack what the tests are about: they read no state anew and call a message sent
before they send it.
"""

import os
import signal
import sys
from datetime import datetime, timedelta
from typing import NoReturn

import django
from django.conf import settings


def main() -> None:
    """Load everything once, then start workers on demand."""
    django.setup()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(os.environ["SINK_PORT"])
    settings.EMAIL_TIMEOUT = 0.5
    import eguichet_rdv.messaging.domain.deliver  # noqa: F401, PLC0415 - loaded before the first fork

    children: set[int] = set()
    for line in sys.stdin:
        order, *words = line.split()
        if order == "start":
            sys.stdout.flush()
            number = os.fork() or work(words[0], timedelta(seconds=int(words[1])))
            children.add(number)
            answer = number
        else:
            number = int(words[0])
            answer = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
            children.discard(number)
        print(answer, flush=True)  # noqa: T201 - the answer to the order
    for child in children:
        os.kill(child, signal.SIGKILL)


def work(mode: str, ahead: timedelta) -> NoReturn:
    """Send what is due, with a clock that is ``ahead``, and end."""
    from django.utils import timezone  # noqa: PLC0415 - only once Django is set up

    from eguichet_rdv.messaging.domain.deliver import deliver_due  # noqa: PLC0415

    def now() -> datetime:
        return timezone.now() + ahead

    register_builders(careless=mode == "careless")
    if mode == "careless":
        call_sent_what_is_not()
    deliver_due(now, limit_seconds=120)
    os._exit(0)


def register_builders(*, careless: bool) -> None:
    """Short mails about real appointments; of a poisoned one the builder fails."""
    from eguichet_rdv.messaging.domain.builders import register  # noqa: PLC0415
    from eguichet_rdv.messaging.domain.content import Content, Drop  # noqa: PLC0415
    from eguichet_rdv.messaging.models import Message  # noqa: PLC0415
    from eguichet_rdv.scheduling.messages import find_current  # noqa: PLC0415
    from eguichet_rdv.scheduling.papers.wordings import Told  # noqa: PLC0415

    def write_reminder(message: Message) -> Content | Drop:
        found = None if careless else find_current(message, Told.REMINDER)
        return found if isinstance(found, Drop) else write_plain(message)

    def write_plain(message: Message) -> Content:
        return Content(subject=message.key, text="Hello\n")

    def fail(message: Message) -> Content:
        raise RuntimeError(message.key)

    register("test.plain", write_plain)
    register("test.reminder", write_reminder)
    register("test.poisoned", fail)


def call_sent_what_is_not() -> None:
    """The mistake the order of things in ``deliver`` avoids."""
    from eguichet_rdv.messaging.domain import deliver  # noqa: PLC0415
    from eguichet_rdv.messaging.enums import MessageState  # noqa: PLC0415

    send = deliver._send

    def send_afterwards(*arguments: object) -> None:
        deliver._end(arguments[0], MessageState.SENT)  # type: ignore[arg-type]
        send(*arguments)  # type: ignore[arg-type]

    deliver._send = send_afterwards  # type: ignore[assignment]
    deliver.renew_lease = lambda _message, _now: None  # type: ignore[assignment]


if __name__ == "__main__":
    main()
