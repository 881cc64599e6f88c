"""A clerk in a process of its own, who calls when told to: ``python -m tests.screens.caller``.

Each line read is a command; each answer is one line of JSON with times of the monotonic clock, which all processes of a
machine share.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from django.db import connection, transaction

from tests.harness.processes import PYTHON, ROOT


class Caller:
    """The other end: starts the process on the database and Redis of an installation. A context manager."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = {
            **env,
            "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "site"))),
        }

    def __enter__(self) -> Self:
        self._child = subprocess.Popen(
            [PYTHON, "-m", "tests.screens.caller"],
            cwd=ROOT,
            env=self._env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.facts = self._read()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._child.stdin
        assert self._child.stdout
        self._child.stdin.close()
        self._child.wait(timeout=20)
        self._child.stdout.close()

    def call(self) -> dict[str, Any]:
        """Somebody arrives and is called: ``number``, ``began`` and ``committed`` in seconds."""
        return self._ask("call")

    def lose(self) -> None:
        """From now on every second message is lost on the way to Redis."""
        self._ask("lose")

    def lose_nothing(self) -> None:
        """The way is safe again."""
        self._ask("keep")

    def _ask(self, word: str) -> dict[str, Any]:
        assert self._child.stdin
        self._child.stdin.write(word + "\n")
        self._child.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._child.stdout
        answer: dict[str, Any] = json.loads(self._child.stdout.readline())
        return answer


class CommitTime:
    """When the transaction ended that runs inside; no transaction more around it, as there is none at a desk."""

    def __enter__(self) -> Self:
        self.at = 0.0
        self.wrapper = connection.execute_wrapper(self.notice_first)
        self.wrapper.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.wrapper.__exit__(None, None, None)

    def notice_first(self, execute: Callable[..., Any], *request: Any) -> Any:
        if not self.at:
            self.at = time.monotonic()
            transaction.on_commit(self.note)
        return execute(*request)

    def note(self) -> None:
        self.at = time.monotonic()


def work() -> None:
    """Make a hall and obey."""
    import django  # noqa: PLC0415 - the other end needs none of it

    django.setup()
    from uuid import uuid4  # noqa: PLC0415

    from channels.layers import BaseChannelLayer, channel_layers  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from eguichet_rdv.waiting.domain.serve import finish  # noqa: PLC0415
    from eguichet_site.loaded import settle  # noqa: PLC0415
    from tests.hall import make_hall  # noqa: PLC0415

    class Lossy(BaseChannelLayer):
        """The way to Redis, which loses every second message to the screens."""

        sent = 0

        async def group_send(self, group: str, message: dict[str, Any]) -> None:
            if group.startswith("screens."):
                self.sent += 1
            if self.sent % 2 or not group.startswith("screens."):
                await safe.group_send(group, message)

    settle()  # as the server does in which clerks call
    safe = channel_layers["default"]
    hall = make_hall()
    session = hall.sit_down()
    answer: dict[str, Any] = {"counter": session.counter.name}
    stop = None
    while True:
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
        word = sys.stdin.readline().strip()
        answer = {}
        if word == "lose":
            channel_layers.set("default", Lossy())
        elif word == "keep":
            channel_layers.set("default", safe)
        elif word == "call":
            if stop:
                finish(session, stop, intent=uuid4(), now=timezone.now())
            ticket = hall.arrive()
            began = time.monotonic()
            with CommitTime() as committed:
                stop = hall.call(session)
            answer = {"number": str(ticket.number), "began": began, "committed": committed.at}
        else:
            return


if __name__ == "__main__":
    work()
