from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from eguichet_rdv.demo.notice import describe_demo
from eguichet_rdv.demo.prepare import make_tables
from eguichet_rdv.demo.town import DemoRefused, make_town, refuse_public_address


class Command(BaseCommand):
    help = "Make a complete fictitious Verviers with a day in progress; may be run again on any day."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            refuse_public_address()  # before anything is changed
            make_tables(self.stdout.write)
            location = make_town(now, say=self.stdout.write)
        except DemoRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        for line in describe_demo(location, now):
            self.stdout.write(line)
