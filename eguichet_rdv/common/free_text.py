"""Short free texts: kept as typed, except for what must not be kept."""

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from eguichet_rdv.common.refusals import Refusal

NATIONAL_NUMBER = re.compile(r"(?<!\d)(\d{2})[.\s/-]?(\d{2})[.\s/-]?(\d{2})[.\s/-]?(\d{3})[.\s/-]?(\d{2})(?!\d)")
MASK = "…"


class BadText(Refusal):
    """The text holds signs nobody can see."""

    code = "bad_text"
    sentence = _("Please write this with ordinary letters and signs.")


def clean_answer(text: str) -> str:
    """The text on one line, national numbers masked; raises ``BadText`` for invisible control signs."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    if any(unicodedata.category(sign) in {"Cc", "Cs", "Co"} or sign in "\u202a\u202b\u202d\u202e" for sign in line):
        raise BadText
    return mask_national_numbers(line)


def mask_national_numbers(text: str) -> str:
    """Replace Belgian national numbers (valid modulo 97, for births before and since 2000)."""
    return NATIONAL_NUMBER.sub(lambda found: MASK if _is_valid("".join(found.groups())) else found[0], text)


def _is_valid(digits: str) -> bool:
    base, check = int(digits[:9]), int(digits[9:])
    return check in {97 - base % 97, 97 - (2_000_000_000 + base) % 97}
