"""Addresses in each language. Fixed: documentation, letters and printed codes name them."""

from collections.abc import Mapping

from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import get_language

from eguichet_rdv.catalogue.domain.page_tree import INDEX_SLUGS

BOOK = {"fr": "reserver", "nl": "reserveren", "de": "buchen", "en": "book"}
PRIVACY = {"fr": "vie-privee", "nl": "privacy", "de": "datenschutz", "en": "privacy"}
LINKS = {"fr": "mes-liens", "nl": "mijn-links", "de": "meine-links", "en": "my-links"}


def active_language() -> str:
    """The base code of the active language, or the installation's own."""
    code = (get_language() or settings.LANGUAGE_CODE).partition("-")[0]
    return code if code in INDEX_SLUGS else settings.LANGUAGE_CODE.partition("-")[0]


def _join(*words: Mapping[str, str]) -> str:
    code = active_language()
    return "/".join([code, *(word[code] for word in words)]) + "/"


in_each_language = lazy(_join, str)
"""A route that django.urls reads anew for each language."""
