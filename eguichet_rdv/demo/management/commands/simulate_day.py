"""Let a whole day happen in a few minutes and judge it."""

from importlib.util import find_spec
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from eguichet_rdv.demo.simulation.servers import is_production
from eguichet_rdv.demo.simulation.stage import NotEmpty

CLIENTS = ("httpx", "websockets")


class Command(BaseCommand):
    """``EGUICHET_DATABASE_URL=postgres://… EGUICHET_REDIS_URL=redis://… manage.py simulate_day``."""

    help = (
        "Plays a day of 1 200 visitors, 15 counters, 20 screens and 4 kiosks against a production shape of its own "
        "(gunicorn, daphne, worker), with a faster clock; prints waits, service level and machine time. Needs an empty "
        "PostgreSQL database and Redis. Exit code 1 when an error occurred, a promise was broken or the level missed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--visitors", type=int, default=1200, help="how many people come (1200)")
        parser.add_argument("--minutes", type=float, default=8.0, help="real minutes for the opening hours (8)")
        parser.add_argument(
            "--any-level",
            action="store_true",
            help="do not fail when only the service level is missed (a busy machine)",
        )
        parser.add_argument("--seed", type=int, default=1, help="another number is another day (1)")

    def handle(self, *args: Any, **options: Any) -> None:
        missing = [name for name in CLIENTS if find_spec(name) is None]
        if missing:
            raise CommandError(f"The simulated clients need {' and '.join(missing)}: pip install {' '.join(missing)}.")
        if not is_production():
            raise CommandError("Name PostgreSQL by EGUICHET_DATABASE_URL and Redis by EGUICHET_REDIS_URL.")
        from eguichet_rdv.demo.simulation.run import simulate_day  # noqa: PLC0415 - only with its clients installed

        try:
            report = simulate_day(options["visitors"], options["minutes"], options["seed"], self._say)
        except NotEmpty as refusal:
            raise CommandError("There is a town in this database; simulate_day needs an empty one.") from refusal
        for line in [*report.lines, *report.broken]:
            self.stdout.write(line)
        if report.broken:
            raise CommandError("Promises were broken.")
        self.stdout.write(f"service level {'reached' if report.reached else 'missed'}")
        if not (report.reached or options["any_level"]):
            raise CommandError("The service level was missed.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
