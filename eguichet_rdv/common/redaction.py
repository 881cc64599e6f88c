"""Keep tokens and codes out of the logs."""

import re
from collections.abc import MutableMapping
from typing import Any

TOKEN_PATH = re.compile(r"(/(?:rdv|t|c)/)[A-Za-z0-9_%#-]{6,}")


def redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace the token in every address of a log line; a structlog processor."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = TOKEN_PATH.sub(r"\1…", value)
    return event
