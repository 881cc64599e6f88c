"""Hand out what is kept about somebody."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from eguichet_rdv.waiting.domain.person_file import export_person, find_person


class Command(BaseCommand):
    """``manage.py export_person ABC234 --reason "request of 3 May"``."""

    help = (
        "Prints as JSON everything kept about the person of an appointment, in all appointments with the same names and "
        "date of birth. Leaves a line per appointment in the access log."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reference", help="reference of one of the person's appointments")
        parser.add_argument("--reason", required=True, help="why, for the access log; no names")

    def handle(self, *args: Any, **options: Any) -> None:
        found = find_person(options["reference"])
        if not found:
            raise CommandError("No such appointment, or its person has been erased.")
        facts = export_person(found, reason=options["reason"])
        self.stdout.write(json.dumps(facts, ensure_ascii=False, indent=2))
