"""Compare the agenda with an independent recomputation."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from eguichet_rdv.scheduling.domain.agenda import check_agenda, orphans


class Command(BaseCommand):
    """``manage.py check_agenda [--repair]``: exit code 1 when something differs and was not repaired."""

    help = "Compares the agenda from today on with opening periods and claims; --repair rebuilds the days that differ."

    def add_arguments(self, parser: CommandParser) -> None:
        """One flag."""
        parser.add_argument("--repair", action="store_true", help="rebuild the days that differ")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line per difference."""
        found = check_agenda(timezone.now(), repair=options["repair"])
        for difference in found:
            self.stdout.write(f"counter {difference.counter}, {difference.date}: {difference.what} differs")
        lost = orphans()
        if lost:
            raise CommandError(f"{lost} reservations do not own exactly their cells.")
        if found and not options["repair"]:
            raise CommandError(f"{len(found)} differences; --repair rebuilds these days.")
        self.stdout.write("The agenda is right." if not found else f"{len(found)} days rebuilt.")
