"""A whole installation in the production shape: pages, sockets, background worker, behind one address."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.harness.front import Front
from tests.harness.processes import PYTHON, ROOT, Process, find_free_port

BIN = Path(PYTHON).parent
STATIC = ROOT / "var" / "testdb" / "static"
"""Collected static files: compressing those of the CMS takes half a minute, so they are kept from run to run."""
UNUSED_STATIC = "ninja"
"""Bundles of megabytes that no page of ours uses."""


def compute_static_key() -> str:
    """A short name for the state of all static files: ours by content, those of others by the lock."""
    digest = hashlib.sha256((ROOT / "uv.lock").read_bytes())
    for path in sorted(ROOT.glob("eguichet_rdv/*/static/**/*")):
        if path.is_file():
            digest.update(str(path.relative_to(ROOT)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


class Installation:
    """gunicorn for pages, daphne for ``/ws``, qcluster for the work, one front address: ``url``.

    ``directory`` holds its data and logs; ``settings`` adds or replaces environment variables.
    ``application`` replaces what gunicorn serves.
    Each part is a ``Process`` (``pages``, ``sockets``, ``worker``) that a fault test may stop, freeze or kill.
    """

    def __init__(
        self,
        directory: Path,
        *,
        database_url: str,
        redis_url: str,
        smtp_url: str = "smtp://127.0.0.1:9",
        settings: Mapping[str, str] | None = None,
        workers: int = 2,
        threads: int = 4,
        application: str = "",
    ) -> None:
        self.directory = directory
        self.port = find_free_port()
        self.pages_port = find_free_port()
        self.sockets_port = find_free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.workers = workers
        self.threads = threads
        self.application = application or "eguichet_site.wsgi:application"
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("EGUICHET_")},
            "PYTHONPATH": str(ROOT / "site"),
            "DJANGO_SETTINGS_MODULE": "eguichet_site.settings.production",
            "DATA_DIR": str(directory / "data"),
            "EGUICHET_DATABASE_URL": database_url,
            "EGUICHET_REDIS_URL": redis_url,
            "EGUICHET_SMTP_URL": smtp_url,
            "EGUICHET_SECRET_KEY": "only-for-tests-but-long-enough-for-the-security-check-0123456789",
            "EGUICHET_TOKEN_KEY": "only-for-tests-too-but-long-enough-for-the-security-check-0123456789",
            "EGUICHET_HOSTS": "127.0.0.1",
            "EGUICHET_PUBLIC_URL": self.url,
            **(settings or {}),
        }
        (directory / "data").mkdir(parents=True, exist_ok=True)
        self._processes: dict[str, Process] = {}
        self._front: Front | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Collect the static files, then start everything and wait until each part listens."""
        self.collect_static()
        self.start_pages()
        self.start_sockets()
        self.start_worker()
        self._front = Front(self.port, pages=self.pages_port, sockets=self.sockets_port)
        self._front.start()
        self.pages.wait_for_port(self.pages_port)
        self.sockets.wait_for_port(self.sockets_port)

    def stop(self) -> None:
        """End everything, by process number."""
        if self._front is not None:
            self._front.stop()
            self._front = None
        for process in reversed(list(self._processes.values())):
            process.stop()
        self._processes.clear()

    @property
    def pages(self) -> Process:
        """gunicorn."""
        return self._processes["pages"]

    @property
    def sockets(self) -> Process:
        """daphne."""
        return self._processes["sockets"]

    @property
    def worker(self) -> Process:
        """qcluster."""
        return self._processes["worker"]

    def start_pages(self) -> Process:
        """Start gunicorn (again after a kill)."""
        return self._launch(
            "pages",
            *(str(BIN / "gunicorn"), self.application, "--bind", f"127.0.0.1:{self.pages_port}"),
            *("--workers", str(self.workers), "--threads", str(self.threads), "--no-control-socket"),
        )

    def start_sockets(self) -> Process:
        """Start daphne (again after a kill)."""
        return self._launch(
            "sockets",
            *(str(BIN / "daphne"), "--bind", "127.0.0.1", "--port", str(self.sockets_port)),
            "eguichet_site.asgi:application",
        )

    def start_worker(self) -> Process:
        """Start the background worker (again after a kill)."""
        return self._launch("worker", PYTHON, "site/manage.py", "qcluster")

    def manage(self, *words: str, limit: float = 120.0) -> str:
        """Run a management command of this installation to its end; what it printed. Fails when it fails."""
        finished = subprocess.run(
            [PYTHON, "site/manage.py", *words],
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )
        if finished.returncode:
            raise RuntimeError(f"manage.py {' '.join(words)} failed:\n{finished.stdout}{finished.stderr}")
        return finished.stdout

    def collect_static(self) -> None:
        """Give the installation its static files: collected once for each state of the sources, then linked."""
        link = self.directory / "data" / "static"
        STATIC.mkdir(parents=True, exist_ok=True)
        with (STATIC / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            collected = STATIC / compute_static_key()
            if not collected.exists():
                for old in (path for path in STATIC.iterdir() if path.is_dir()):
                    shutil.rmtree(old)
                self.manage("collectstatic", "--noinput", "--verbosity", "0", "--ignore", UNUSED_STATIC, limit=300)
                shutil.move(link, collected)
        if not link.exists():
            link.symlink_to(collected)

    def read_logs(self) -> str:
        """The logs of all parts, one after the other."""
        return "\n".join(f"== {path.name}\n{path.read_text(errors='replace')}" for path in self.directory.glob("*.log"))

    def _launch(self, name: str, *command: str) -> Process:
        old = self._processes.get(name)
        if old is not None:
            old.stop()
        self._processes[name] = Process(command, log=self.directory / f"{name}.log", env=self.env)
        return self._processes[name]
