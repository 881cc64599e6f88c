from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from eguichet_rdv.api.models import ApiKey


class Command(BaseCommand):
    help = "Make the key of another program worthless from now on; what it has booked stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the name under which the key was made")

    def handle(self, *args: Any, **options: Any) -> None:
        if not ApiKey.objects.filter(name=options["name"], revoked_at=None).update(revoked_at=timezone.now()):
            known = ", ".join(ApiKey.objects.filter(revoked_at=None).values_list("name", flat=True)) or "none"
            raise CommandError(f"There is no key in use for {options['name']}. In use: {known}.")
        self.stdout.write(f"The key of {options['name']} is worth nothing any more.")
