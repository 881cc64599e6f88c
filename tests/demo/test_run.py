"""`manage.py run` from outside: started, asked, stopped; nothing stays behind."""

import os
import signal
import socket
import sqlite3
import urllib.request
from pathlib import Path

import pytest

from tests.harness.databases import make_sqlite_template
from tests.harness.processes import PYTHON, Process, find_free_port, list_family
from tests.harness.waiting import wait_until

RUN = (PYTHON, "site/manage.py", "run")
# Starting everything takes half a minute on two busy cores.
pytestmark = [pytest.mark.sqlite_only, pytest.mark.timeout(400)]


class Started:
    """One `run` with its data and ports."""

    def __init__(self, directory: Path) -> None:
        self.data = directory / "data"
        self.data.mkdir(exist_ok=True)
        self.port, self.kiosk_port = find_free_port(), find_free_port()
        self.log = directory / "run.log"
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("EGUICHET_", "DJANGO_"))},
            "DATA_DIR": str(self.data),
            "PORT": str(self.port),
            "KIOSK_PORT": str(self.kiosk_port),
        }

    def start(self) -> Process:
        self.log.unlink(missing_ok=True)
        return Process(RUN, log=self.log, env=self.env)

    def read(self, path: str, port: int | None = None) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port or self.port}{path}", timeout=20) as answer:
            assert answer.status == 200
            text: str = answer.read().decode()
            return text


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Started:
    directory = tmp_path_factory.mktemp("run")
    started = Started(directory)
    # The tables are there already; making them is what every other test of the suite does.
    with (
        sqlite3.connect(make_sqlite_template()) as template,
        sqlite3.connect(started.data / "eguichet.sqlite3") as copy,
    ):
        template.backup(copy)
    return started


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_everything_starts_answers_and_ends(started: Started) -> None:
    run = started.start()
    try:
        assert run.wait_for_line("Ready:", 300) == f"Ready: http://127.0.0.1:{started.port}/"
        run.wait_for_line("Ctrl-C stops everything.")
        assert "demo-verviers" in run.read_log()
        assert "Maison communale" in started.read("/ecran/hall/")
        assert "passeport" in started.read("/fr/rendez-vous/").lower()
        wait_until(lambda: "<html" in started.read("/", started.kiosk_port), 60, "the page of the kiosk")
        family = list_family(run.pid)
        assert len(family) >= 4
        assert {os.getpgid(pid) for pid in family} == {run.pid}
        run.send(signal.SIGTERM)
        assert run.wait(30) == 0
        # Before the harness tidies up.
        assert [pid for pid in family if is_alive(pid)] == []
    finally:
        run.stop()


def test_second_start_keeps_the_town_and_dies_with_its_parent(started: Started) -> None:
    run = started.start()
    try:
        run.wait_for_line("Ready:", 120)
        assert "Database" not in run.read_log()
        assert "Static files" not in run.read_log()
        family = list_family(run.pid)
        os.kill(run.pid, signal.SIGKILL)
        # The worker finishes the job it is at, which may be one of those due at its start.
        wait_until(lambda: not any(is_alive(pid) for pid in family), 60, "all children end with their parent")
    finally:
        run.stop()


@pytest.mark.parametrize("variable", ["PORT", "KIOSK_PORT"])
def test_taken_port_is_said_in_one_sentence(started: Started, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setitem(started.env, variable, str(port))
        with started.start() as run:
            assert run.wait(60) == 1
            text = run.read_log()
    assert text == (
        f"CommandError: Port {port} is taken by another program; "
        f"choose another one, for example {variable}={port + 10}.\n"
    )
