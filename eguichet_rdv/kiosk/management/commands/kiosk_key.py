from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from eguichet_rdv.kiosk.keys import device_key
from eguichet_rdv.townhall.models import Kiosk


class Command(BaseCommand):
    help = "Print the device key of a kiosk, for the configuration of its bridge."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="code of the kiosk")
        parser.add_argument("--renew", action="store_true", help="revoke the present key and make a new one")

    def handle(self, *args: Any, **options: Any) -> None:
        kiosk = Kiosk.objects.filter(slug=options["slug"]).first()
        if kiosk is None:
            known = ", ".join(Kiosk.objects.values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no kiosk {options['slug']}. Known: {known}.")
        if options["renew"]:
            kiosk.generation += 1
            kiosk.revoked = False
            kiosk.save(update_fields=["generation", "revoked"])
        if kiosk.revoked:
            raise CommandError(f"The key of {kiosk.slug} is revoked; --renew makes a new one.")
        self.stdout.write(device_key(kiosk))
