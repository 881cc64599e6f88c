"""Erase somebody who asks for it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from eguichet_rdv.waiting.domain.person_file import erase_person, find_person, list_ahead


class Command(BaseCommand):
    """``manage.py erase_person ABC234 --reason "request of 3 May"``, then the same with ``--yes``."""

    help = (
        "Erases the person of an appointment from all appointments with the same names and date of birth: names, date "
        "of birth, addresses, answers, needs. Visits stay for the statistics, without anybody. Without --yes it only "
        "lists what would be erased. Leaves a line per appointment in the access log."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reference", help="reference of one of the person's appointments")
        parser.add_argument("--reason", required=True, help="why, for the access log; no names")
        parser.add_argument("--yes", action="store_true", help="erase")

    def handle(self, *args: Any, **options: Any) -> None:
        found = find_person(options["reference"])
        if not found:
            raise CommandError("No such appointment, or its person has been erased.")
        for appointment in found:
            local = appointment.location.local(appointment.start)
            self.stdout.write(f"{appointment.reference}  {local:%Y-%m-%d %H:%M}  {appointment.state}")
        now = timezone.now()
        ahead = list_ahead(found, now)
        if ahead:
            names = ", ".join(appointment.reference for appointment in ahead)
            raise CommandError(f"Still to come: {names}. Cancel first; without the person nobody could be received.")
        if not options["yes"]:
            self.stdout.write("Nothing has been erased. Look at the list, then repeat with --yes.")
            return
        erase_person(found, reason=options["reason"], now=now)
        self.stdout.write(f"Erased from {len(found)} appointments.")
