"""Take over the appointments of the previous system."""

import csv
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from eguichet_rdv.scheduling.domain.import_rows import COLUMNS, NEEDED, Importer
from eguichet_rdv.townhall.models import Location


class Command(BaseCommand):
    """``manage.py import_appointments appointments.csv [--check]``."""

    help = (
        "Imports appointments from a CSV file in UTF-8, comma or semicolon between the columns "
        f"{', '.join(COLUMNS)} (needed: {', '.join(NEEDED)}). Start is local, as 2026-12-01T08:30. All or nothing: with "
        "one wrong row nothing is imported, and every wrong row is listed. The same file again changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--location", default="", help="code of the location, when there are several")
        parser.add_argument("--source", default="import", help="name of the other system, of which the ids are")
        parser.add_argument("--check", action="store_true", help="only look; import nothing")
        parser.add_argument("--tell", action="store_true", help="send everybody with an e-mail address a confirmation")

    def handle(self, *args: Any, **options: Any) -> None:
        places = Location.objects.filter(slug=options["location"]) if options["location"] else Location.objects.all()
        if places.count() != 1:
            known = ", ".join(Location.objects.values_list("slug", flat=True))
            raise CommandError(f"Name one location with --location: {known}.")
        rows = self._read(options["file"])
        importer = Importer(places.get(), options["source"], timezone.now(), tell=options["tell"])
        outcome = importer.run(rows, keep=not options["check"])
        for number, problem in sorted(outcome.problems.items()):
            self.stdout.write(f"row {number}: {problem}")
        total = outcome.booked + outcome.known
        if outcome.problems:
            raise CommandError(
                f"{len(outcome.problems)} of {len(rows)} rows cannot be imported; nothing has been imported."
            )
        done = "could be imported" if options["check"] else "imported"
        self.stdout.write(f"{total} rows: {outcome.booked} {done}, {outcome.known} known already.")

    def _read(self, path: Path) -> list[tuple[int, dict[str, str]]]:
        """The rows with the number of their line; the head is line 1."""
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                head = file.readline()
                file.seek(0)
                rows = csv.DictReader(file, delimiter=";" if head.count(";") > head.count(",") else ",", restval="")
                unknown = set(rows.fieldnames or ()) - set(COLUMNS)
                missing = set(NEEDED) - set(rows.fieldnames or ())
                if unknown or missing:
                    text = f"Unknown columns: {sorted(unknown)}; missing columns: {sorted(missing)}."
                    raise CommandError(text)
                found = []
                for row in rows:
                    if None in row:
                        raise CommandError(f"row {rows.line_num}: more values than columns.")
                    found.append((rows.line_num, row))
                return found
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise CommandError(f"{path} cannot be read: {error}") from error
