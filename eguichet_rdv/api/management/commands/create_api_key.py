from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from eguichet_rdv.api.keys import create_key
from eguichet_rdv.api.models import ApiKey


class Command(BaseCommand):
    help = "Make a key for another program and print it, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="which program, at most 80 characters")

    def handle(self, *args: Any, **options: Any) -> None:
        name = str(options["name"]).strip()
        if not 1 <= len(name) <= 80:  # noqa: PLR2004 - the field's length
            raise CommandError("A name has 1 to 80 characters.")
        if ApiKey.objects.filter(name=name).exists():
            raise CommandError(f"There is already a key for {name}.")
        self.stdout.write(create_key(name))
