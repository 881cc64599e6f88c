"""`manage.py run`: pages, sockets, background work and a kiosk, with one command."""

import os
import signal
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.utils import timezone

from eguichet_rdv.demo.children import Child
from eguichet_rdv.demo.mailbox import mail_folder
from eguichet_rdv.demo.notice import describe_demo
from eguichet_rdv.demo.ports import HOST, answers, refuse_taken, take_port
from eguichet_rdv.demo.prepare import prepare
from eguichet_rdv.demo.supervise import Supervisor
from eguichet_rdv.kiosk.keys import device_key
from eguichet_rdv.townhall.models import CallScreen, Kiosk

BRIDGE = "eguichet_kiosk_bridge"


class Launch:
    """One start of the embedded shape on ``port``, with a kiosk's page on ``kiosk_port``."""

    def __init__(self, port: int, kiosk_port: int, say: Callable[[str], None]) -> None:
        self.port = port
        self.kiosk_port = kiosk_port
        self.say = say
        self.url = f"http://{HOST}:{port}"
        self.data = Path(settings.DATA_DIR)
        self.notice: list[str] = []

    def run(self) -> int:
        """Prepare, start, wait for the end. Exit code 0 after a signal; raises ``PortTaken``."""
        listening = take_port(self.port, "PORT")
        refuse_taken(self.kiosk_port, "KIOSK_PORT")
        location = prepare(timezone.now(), say=self.say)
        if location:
            self.notice = describe_demo(location, timezone.now())
        children = [self._pages(listening.fileno()), self._worker(), *self._bridge()]
        self._describe_addresses(with_kiosk=len(children) > 2)  # noqa: PLR2004 - pages, worker and the bridge
        connections.close_all()
        return Supervisor(children, self.say).run(self._announce)

    def _announce(self) -> bool:
        """Say « Ready » as soon as it is true."""
        if not answers(self.port):
            return False
        for line in [f"Ready: {self.url}/", *self.notice]:
            self.say(line)
        return True

    def _pages(self, descriptor: int) -> Child:
        """Daphne on the socket that is ours already; its access log is off, for addresses hold tokens."""
        module, _dot, name = settings.ASGI_APPLICATION.rpartition(".")
        words = ("-m", "daphne", "--fd", str(descriptor), "--verbosity", "0", f"{module}:{name}")
        pages = self._child("pages", *words)
        pages.vital, pages.pass_fds = True, (descriptor,)
        # A server asked to end in the middle of a request may wait for it for ever; nobody would be there to insist.
        pages.last_signal = signal.SIGKILL
        return pages

    def _worker(self) -> Child:
        return self._child("worker", str(_manage_py()), "qcluster")

    def _bridge(self) -> list[Child]:
        kiosk = Kiosk.objects.filter(revoked=False).order_by("slug").first()
        if kiosk is None:
            return []
        if find_spec(BRIDGE) is None:
            self.say("The kiosk bridge is not installed (distribution eguichet-kiosk-bridge): no kiosk this time.")
            return []
        folder = self.data / "kiosk" / kiosk.slug
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = folder / "device.key"
        key.touch(mode=0o600)
        key.write_text(device_key(kiosk))
        words = ("--server", self.url, "--kiosk", kiosk.slug, "--key-file", str(key), "--port", str(self.kiosk_port))
        return [self._child("kiosk", "-m", BRIDGE, "--demo", *words, "--data-dir", str(folder))]

    def _child(self, name: str, *words: str) -> Child:
        logs = self.data / "log"
        logs.mkdir(exist_ok=True)
        log = logs / f"{name}.log"
        log.unlink(missing_ok=True)
        site = str(_manage_py().parent)
        env = {
            **os.environ,
            "DATA_DIR": str(self.data),
            "EGUICHET_PUBLIC_URL": settings.PUBLIC_URL,
            "PYTHONPATH": os.pathsep.join(filter(None, (site, os.environ.get("PYTHONPATH")))),
            "PYTHONUNBUFFERED": "1",
        }
        return Child(name, (sys.executable, *words), log, env)

    def _describe_addresses(self, *, with_kiosk: bool) -> None:
        lines = [
            f"  call screen   {self.url}/ecran/{screen.slug}/  ({screen.name})" for screen in CallScreen.objects.all()
        ]
        if with_kiosk:
            lines.insert(0, f"  kiosk         http://{HOST}:{self.kiosk_port}/")
        lines += [
            f"  staff         {self.url}/guichet/  {self.url}/accueil/  {self.url}/cms/",
            f"  mails         {mail_folder()}/" if _writes_mail_files() else "  mails         by SMTP",
            f"  logs          {self.data / 'log'}/",
        ]
        self.notice = [*lines, *self.notice, "", "Ctrl-C stops everything."]


def _writes_mail_files() -> bool:
    return settings.EMAIL_BACKEND.startswith("eguichet_rdv.demo.mailbox")


def _manage_py() -> Path:
    return Path(sys.argv[0]).resolve()
