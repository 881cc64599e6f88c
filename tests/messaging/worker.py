"""A worker of its own process for the tests: ``python -m tests.messaging.worker MODE [SECONDS_AHEAD]``.

``plain`` sends what is due. ``stuck`` says « building … » and stops for ever at the second message it has to write.
"""

import os
import signal
import sys
from datetime import datetime, timedelta

import django
from django.conf import settings

MODE, AHEAD = sys.argv[1], timedelta(seconds=int(sys.argv[2]))


def main() -> None:
    """Send what is due, then say how it ended."""
    django.setup()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(os.environ["SINK_PORT"])
    settings.EMAIL_TIMEOUT = 30

    from django.utils import timezone  # noqa: PLC0415 - only once Django is set up

    from eguichet_rdv.messaging.domain.builders import register  # noqa: PLC0415
    from eguichet_rdv.messaging.domain.content import Content  # noqa: PLC0415
    from eguichet_rdv.messaging.domain.deliver import deliver_due  # noqa: PLC0415
    from eguichet_rdv.messaging.models import Message  # noqa: PLC0415

    written: list[str] = []

    def write(message: Message) -> Content:
        written.append(message.key)
        if MODE == "stuck" and len(written) > 1:
            print("building", message.key, flush=True)  # noqa: T201 - the test waits for this line
            signal.pause()
        return Content(subject=message.key, text="Hello\n")

    def now() -> datetime:
        return timezone.now() + AHEAD

    register("test.plain", write)
    print("ready", flush=True)  # noqa: T201
    print("ended", dict(deliver_due(now)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
