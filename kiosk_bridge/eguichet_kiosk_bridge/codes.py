"""What a scanned text can be. Only a check-in token is worth a question to the server."""

import re
from enum import Enum

# Longest text a QR code can hold; anything longer is not a code but a fault.
LONGEST_SCAN = 4296
CHECK_IN_TOKEN = re.compile(r"c[A-Za-z0-9_-]{16,64}")


class Scan(Enum):
    """The two kinds of scanned text."""

    CHECK_IN = "check_in"
    FOREIGN = "foreign"


def classify_scan(text: str) -> Scan:
    """Tell a possible check-in token from everything else: shop codes, Wi-Fi, cards, our own other links."""
    return Scan.CHECK_IN if CHECK_IN_TOKEN.fullmatch(text) else Scan.FOREIGN
