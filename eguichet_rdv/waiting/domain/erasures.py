"""Who was erased on request, noted outside the database: a restored backup knows nothing of it."""

import os
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

NAME = "erasures.txt"
UID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def note_erasures(uids: Iterable[UUID], now: datetime) -> None:
    """Append the ids of appointments to ``DATA_DIR/erasures.txt``, which say nothing of anybody; returns once on disk."""
    lines = "".join(f"{now:%Y-%m-%d} {uid}\n" for uid in uids)
    file = os.open(_path(), os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
    folder = os.open(_path().parent, os.O_RDONLY)
    try:
        os.write(file, lines.encode())
        os.fsync(file)
        os.fsync(folder)  # the file may be new
    finally:
        os.close(file)
        os.close(folder)


def list_erasures() -> list[UUID]:
    """The ids of all appointments whose person was erased on request."""
    # By their form, not by lines: one that a power cut left unfinished spoils no other.
    return [UUID(found) for found in UID.findall(_path().read_text("utf-8"))] if _path().exists() else []


def _path() -> Path:
    return Path(settings.DATA_DIR) / NAME
