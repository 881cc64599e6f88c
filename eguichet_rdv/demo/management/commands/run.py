import os
import sys
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from eguichet_rdv.demo.launch import Launch
from eguichet_rdv.demo.ports import PortTaken
from eguichet_rdv.demo.town import LOOPBACK, DemoRefused


class Command(BaseCommand):
    help = (
        "Start pages, background work and a demo kiosk on this computer; with the demo town when there is none. "
        "Reads PORT (8000), KIOSK_PORT (8001) and DATA_DIR (var/)."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if urlsplit(settings.PUBLIC_URL).hostname not in LOOPBACK:
            raise CommandError(
                f"run is for this computer alone, but the address is {settings.PUBLIC_URL}. "
                "For an installation others can reach see docs/how-to/install.md."
            )
        launch = Launch(_read_port("PORT", 8000), _read_port("KIOSK_PORT", 8001), self._say)
        try:
            code = launch.run()
        except (PortTaken, DemoRefused) as refusal:
            raise CommandError(str(refusal)) from refusal
        sys.exit(code)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _read_port(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:  # noqa: PLR2004 - ports end there
        raise CommandError(f"{name} must be a port number from 1 to 65535, not « {text} ».")
    return int(text)
