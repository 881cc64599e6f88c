"""Erase after a restore whom the backup still knew."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from eguichet_rdv.waiting.domain.erasures import list_erasures
from eguichet_rdv.waiting.domain.person_file import erase_again


class Command(BaseCommand):
    """``manage.py erase_again``, after a restore and before the site is started."""

    help = (
        "After a restore: erases once more everybody who was erased by erase_person since the backup, as noted in "
        "DATA_DIR/erasures.txt, and cancels what they had cancelled. May be run again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        noted = list_erasures()
        erased = erase_again(noted, now=timezone.now())
        self.stdout.write(f"{len(noted)} appointments noted; erased again: {erased}.")
