import email
import email.policy
import sys
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand

from eguichet_rdv.messaging.domain.bounce import note_bounce

LARGEST = 2**20
"""Bytes; a report is far smaller, and what is enclosed may be cut off."""


class Command(BaseCommand):
    help = "Read a report of failed delivery from standard input, as a mail server hands it over, and note it."
    stdin: BinaryIO = sys.stdin.buffer

    def handle(self, *args: Any, **options: Any) -> None:
        mail = email.message_from_bytes(self.stdin.read(LARGEST), policy=email.policy.default)
        # Always a success: a mail server would send a report of the failed report.
        self.stdout.write(str(note_bounce(mail)))
