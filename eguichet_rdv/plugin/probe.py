"""Can a plugin be imported at all? Asked in a child process, because one that hangs or exits can't be stopped here.

``find_import_problems`` starts the children; this very module is what they run.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.metadata import EntryPoint

from eguichet_rdv.plugin.errors import DeclarationError

PROBING = "EGUICHET_RDV_PROBING"
"""Set in the children's environment: a plugin that imports the site's settings must not start probes of its own."""

HANGS = "Importing it takes too long; it was stopped."
LONGEST_PROBLEM = 500


def find_import_problems(values: Collection[str], limit: float) -> dict[str, str]:
    """Import each ``module:attribute`` in a child process, all at once; the problem of each ("" = none).

    ``limit`` is in seconds, for all of them together: what has not answered by then is killed.
    """
    deadline = time.monotonic() + limit
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for value in values:
            children[value] = _start(value, limit)
        # Read side by side: one that hangs must not use up the time of the others.
        with ThreadPoolExecutor(max_workers=max(1, len(children))) as readers:
            answers = readers.map(lambda child: _read_answer(child, deadline), children.values())
            return dict(zip(children, answers, strict=True))
    finally:
        for child in children.values():
            _kill(child)


def _start(value: str, limit: float) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), PROBING: "1"}
    return subprocess.Popen(
        [sys.executable or "python3", "-P", "-m", "eguichet_rdv.plugin.probe", value, str(limit)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # so that whatever the plugin has started can be killed with it
    )


def _read_answer(child: subprocess.Popen[bytes], deadline: float) -> str:
    try:
        answer, _ = child.communicate(timeout=max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return HANGS
    try:
        return str(json.loads(answer)["problem"])
    except (ValueError, KeyError, TypeError):
        return f"It ended the program when it was imported (exit code {child.returncode})."


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End what is left of the child and of what it started, and reap it."""
    with suppress(OSError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdout:
        child.stdout.close()


def describe_import(value: str) -> str:
    """Import ``module:attribute`` here; the problem as a sentence, "" when there is none."""
    try:
        EntryPoint(name="plugin", value=value, group="").load()
    except DeclarationError as problem:
        return str(problem)[:LONGEST_PROBLEM]
    except SystemExit:
        return "It ended the program when it was imported (sys.exit)."
    except Exception as problem:  # noqa: BLE001 - whatever a stranger's code raises is a status here
        return f"It can't be imported: {type(problem).__name__}: {problem}"[:LONGEST_PROBLEM]
    return ""


def _answer(value: str, limit: float) -> None:
    # What the plugin prints must not be taken for our answer: its standard output goes where its errors go.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as output:
        os.dup2(2, 1)
        # Should the parent die, the child must not outlive it for long.
        signal.setitimer(signal.ITIMER_REAL, limit + 1)
        json.dump({"problem": describe_import(value)}, output)
    os._exit(0)  # a thread the plugin may have left running does not delay the answer


if __name__ == "__main__":
    _answer(sys.argv[1], float(sys.argv[2]))
