"""An installation in the production shape on this computer, with the clock of the simulation."""

import os
import socket
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import connection

from eguichet_rdv.demo.children import Child, stop_children
from eguichet_rdv.demo.ports import HOST, answers
from eguichet_rdv.demo.simulation.clock import VARIABLE, FastClock

WORKERS, THREADS = 2, 4
LIMIT = 180.0
"""Seconds until everything must answer."""
TICKS = os.sysconf("SC_CLK_TCK")


class Servers:
    """gunicorn for pages, daphne for sockets, the background worker; ended on leaving the context."""

    def __init__(self, clock: FastClock, logs: Path) -> None:
        self.pages_port, self.sockets_port = _free_port(), _free_port()
        self.url = f"http://{HOST}:{self.pages_port}"
        self.sockets_url = f"ws://{HOST}:{self.sockets_port}"
        logs.mkdir(parents=True, exist_ok=True)
        python, site = sys.executable, str(Path(sys.argv[0]).resolve().parent)
        env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "eguichet_site.settings.simulation",
            "PYTHONPATH": os.pathsep.join(filter(None, (site, os.environ.get("PYTHONPATH")))),
            "DATA_DIR": str(settings.DATA_DIR),
            "EGUICHET_SECRET_KEY": settings.SECRET_KEY,
            "EGUICHET_TOKEN_KEY": settings.TOKEN_KEY,
            "EGUICHET_HOSTS": HOST,
            "EGUICHET_PUBLIC_URL": self.url,
            VARIABLE: str(clock),
        }
        gunicorn = ("-m", "gunicorn", "eguichet_site.wsgi:application", "--bind", f"{HOST}:{self.pages_port}")
        workers = ("--workers", str(WORKERS), "--threads", str(THREADS), "--no-control-socket")
        daphne = ("-m", "daphne", "--bind", HOST, "--port", str(self.sockets_port), "--verbosity", "0")
        self.children = [
            Child("pages", (python, *gunicorn, *workers), logs / "pages.log", env),
            Child("sockets", (python, *daphne, "eguichet_site.asgi:application"), logs / "sockets.log", env),
            Child("worker", (python, sys.argv[0], "qcluster"), logs / "worker.log", env),
        ]

    def __enter__(self) -> Self:
        for child in self.children:
            child.log.unlink(missing_ok=True)
            child.start()
        limit = time.monotonic() + LIMIT
        while not (answers(self.pages_port) and answers(self.sockets_port)):
            dead = [child for child in self.children if not child.running]
            if dead or time.monotonic() > limit:
                stop_children(self.children)
                raise RuntimeError("\n".join(child.read_log() for child in dead or self.children))
            time.sleep(0.2)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stop_children(self.children)

    def processor_seconds(self) -> dict[str, float]:
        """What each part has used so far, with its children."""
        return {
            child.name: sum(_seconds_of(pid) for pid in _list_family(child.process.pid))
            for child in self.children
            if child.process
        }

    def faults(self) -> list[str]:
        """Lines of the logs that tell of an error."""
        found = []
        for child in self.children:
            lines = child.log.read_text("utf-8", "replace").splitlines() if child.log.exists() else []
            found += [f"{child.name}: {line}" for line in lines if "Traceback" in line or "level='error'" in line]
        return found


def is_production() -> bool:
    """Whether PostgreSQL and Redis are named."""
    return connection.vendor == "postgresql" and bool(settings.REDIS_URL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _list_family(pid: int) -> list[int]:
    family = [pid]
    for member in family:
        for tasks in Path(f"/proc/{member}/task").glob("*/children"):
            try:
                family += [int(child) for child in tasks.read_text().split()]
            except OSError:
                continue
    return family


def _seconds_of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS
