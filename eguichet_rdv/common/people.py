"""Names, e-mail addresses and telephone numbers as people type them."""

import re
import unicodedata

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _
from rapidfuzz.distance import DamerauLevenshtein

from eguichet_rdv.common.refusals import Refusal

LONGEST_NAME = 120
MOST_MARKS = 4
"""Marks on one letter; real scripts stay below, piles of them are a prank."""
COMMON_DOMAINS = (
    "gmail.com",
    "hotmail.com",
    "hotmail.be",
    "outlook.com",
    "outlook.be",
    "skynet.be",
    "proximus.be",
    "telenet.be",
    "voo.be",
    "yahoo.com",
    "yahoo.fr",
    "icloud.com",
    "live.be",
    "gmx.de",
)


class BadName(Refusal):
    """Nobody can be called that."""

    code = "bad_name"
    sentence = _("Write the name with letters, as on the identity card, in at most 120 characters.")


class BadEmail(Refusal):
    """Not exactly one address."""

    code = "bad_email"
    sentence = _("Write one e-mail address, for example marie@example.org.")


class BadPhone(Refusal):
    """Not a number one may write to."""

    code = "bad_phone"
    sentence = _("Write one telephone number, for example 0470 12 34 56; for another country begin with +.")


def clean_name(text: str) -> str:
    """The name unchanged but for outer and doubled spaces; raises ``BadName`` when nobody can be called that."""
    name = " ".join(unicodedata.normalize("NFC", text).split(" ")).strip()
    name = re.sub(r" {2,}", " ", name)
    if not name or len(name) > LONGEST_NAME or not any(sign.isalnum() for sign in name):
        raise BadName
    marks = 0
    for sign in unicodedata.normalize("NFD", name):
        # Cc: control signs; Cf: invisible ones such as direction overrides; ZWJ and ZWNJ are part of real scripts.
        if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} and sign not in "\u200c\u200d":
            raise BadName
        marks = marks + 1 if unicodedata.combining(sign) else 0
        if marks > MOST_MARKS:
            raise BadName
    return name


def clean_email(text: str) -> str:
    """One address with its domain in small letters; raises ``BadEmail``.

    Stricter than Django's: a domain needs a dot, and two addresses in one field would send to both.
    """
    address = text.strip()
    if any(sign in address for sign in "\r\n,;<> ") or len(address) > 254:  # noqa: PLR2004 - RFC 5321
        raise BadEmail
    try:
        validate_email(address)
    except ValidationError as error:
        raise BadEmail from error
    local, _at, domain = address.rpartition("@")
    if "." not in domain:
        raise BadEmail
    return f"{local}@{domain.lower()}"


def suggest_email(address: str) -> str:
    """The address with a well-known domain that differs by one typing error, or nothing."""
    local, _at, domain = address.rpartition("@")
    if domain in COMMON_DOMAINS:
        return ""
    near = [known for known in COMMON_DOMAINS if DamerauLevenshtein.distance(domain, known) == 1]
    return f"{local}@{near[0]}" if near else ""


def clean_phone(text: str, region: str = "BE") -> str:
    """The number as E.164, ``+32470123456``; raises ``BadPhone`` also for numbers one must not write to."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise BadPhone from error
    kind = phonenumbers.number_type(number)
    forbidden = {phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST}
    if not phonenumbers.is_valid_number(number) or kind in forbidden:
        raise BadPhone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
