from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from eguichet_rdv.catalogue.domain.sync import sync_catalogue


class Command(BaseCommand):
    help = "Bring the catalogue and its pages in line with the installed service plugins."

    def handle(self, *args: Any, **options: Any) -> None:
        report = sync_catalogue(settings.PLUGINS, now=timezone.now())
        for line in report.lines():
            self.stdout.write(line)
