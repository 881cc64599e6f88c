"""A Redis server of the tests' own, on a free port, keeping nothing on disk."""

import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import redis

from tests.harness.postgres import MissingProgramError
from tests.harness.processes import Process, find_free_port
from tests.harness.waiting import wait_until


class RedisServer:
    """A server that ends with the test run. Use it as a context manager or call ``start`` and ``stop``."""

    def __init__(self) -> None:
        self.port = 0
        self._program = shutil.which("redis-server")
        if self._program is None:
            raise MissingProgramError("Redis is not installed: make setup-test")
        self._home = Path(tempfile.mkdtemp(prefix="eguichet-redis-"))
        self._process: Process | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    @property
    def process(self) -> Process:
        """The running server process."""
        if self._process is None:
            raise RuntimeError("The server is not running")
        return self._process

    @property
    def url(self) -> str:
        """Value for ``EGUICHET_REDIS_URL``."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it; on the same port each time."""
        self.port = self.port or find_free_port()
        options = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": str(self._home),
            "save": "",
            "appendonly": "no",
            "daemonize": "no",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self._process = Process([str(self._program), *words], log=self._home / "log", cwd=self._home)
        wait_until(self._is_ours_or_dead, 10, f"Redis answers on {self.port}")
        self._process.fail_if_dead()

    def stop(self) -> None:
        """Shut down; everything in it is forgotten."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def crash(self) -> None:
        """End it at once."""
        self.process.kill()
        self._process = None

    def flush(self) -> None:
        """Forget everything, without a restart."""
        with self.connect() as client:
            client.flushall()

    def forget_listeners(self) -> None:
        """Close the connection of everybody who is subscribed to something."""
        with self.connect() as client:
            if not client.client_kill_filter(_type="pubsub"):
                raise RuntimeError("Nobody listens")

    def remove(self) -> None:
        """Stop and delete its directory."""
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def connect(self) -> redis.Redis:
        """A client for looking inside."""
        return redis.Redis(host="127.0.0.1", port=self.port, socket_timeout=5)

    def _is_ours_or_dead(self) -> bool:
        if self.process.code is not None:
            return True
        with self.connect() as client:
            return bool(client.info("server")["process_id"] == self.process.pid)
