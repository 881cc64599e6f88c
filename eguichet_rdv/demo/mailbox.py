"""A mailbox for trying things out: every mail becomes a file that any mail program opens."""

from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone


def mail_folder() -> Path:
    """Where the mails go."""
    return Path(settings.DATA_DIR) / "mail"


class EmailBackend(BaseEmailBackend):
    """Writes ``.eml`` files into ``mail_folder()``, the newest last in the alphabet."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write all; the files are readable by their owner only, for they hold links that open appointments."""
        folder = mail_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            path = folder / f"{timezone.localtime():%Y%m%d-%H%M%S}-{uuid4().hex[:8]}.eml"
            path.touch(mode=0o600)
            path.write_bytes(message.message().as_bytes())
        return len(email_messages)
