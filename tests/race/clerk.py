"""One clerk in a process of their own: ``python -m tests.race.clerk SESSION honest|naive``.

Begins when a line arrives on standard input, calls and finishes until nobody waits, prints the tickets called.
"""

import os
import sys
from datetime import datetime
from uuid import uuid4

import django

sys.path.insert(0, "site")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eguichet_site.settings.testing")
django.setup()

from django.db import connection  # noqa: E402

from eguichet_rdv.waiting.domain.call import call_next  # noqa: E402
from eguichet_rdv.waiting.domain.line import servable_at  # noqa: E402
from eguichet_rdv.waiting.domain.serve import finish  # noqa: E402
from eguichet_rdv.waiting.enums import StopState  # noqa: E402
from eguichet_rdv.waiting.models import CounterSession, Stop  # noqa: E402


def say(*words: object) -> None:
    """One line for the test that listens."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def call_honestly(session: CounterSession, now: datetime) -> int | None:
    """As the desk does: with a double click."""
    intent = uuid4()
    stop = call_next(session, intent=intent, now=now).stop
    again = call_next(session, intent=intent, now=now).stop
    if stop is None:
        return None
    if again != stop:
        say("double", stop.ticket_id)
    finish(session, stop, intent=uuid4(), now=now)
    return stop.ticket_id


def call_naively(session: CounterSession, now: datetime) -> int | None:
    """The protection switched off: look, then write, without turn and without condition."""
    stop = servable_at(session.counter).first()
    if stop is None:
        return None
    Stop.objects.filter(pk=stop.pk).update(state=StopState.DONE, counter=session.counter, called_at=now)
    return stop.ticket_id


def main() -> None:
    """Call until nobody waits."""
    session = CounterSession.objects.select_related("counter__location").get(pk=int(sys.argv[1]))
    call = call_honestly if sys.argv[2] == "honest" else call_naively
    now = datetime.fromisoformat(sys.argv[3])
    connection.ensure_connection()
    say("ready")
    sys.stdin.readline()
    while (ticket := call(session, now)) is not None:
        say("called", ticket)


if __name__ == "__main__":
    main()
