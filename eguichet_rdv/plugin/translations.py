"""Reads the translations of a plugin's texts from its own ``locale/`` folder, with the standard library only."""

import struct
from collections.abc import Iterable
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from eguichet_rdv.plugin.packages import find_folders
from eguichet_rdv.plugin.text import Text

SOURCE_LANGUAGE = "en"
DOMAIN = "django"
TWO_LETTERS = 2


class _Missing(NullTranslations):
    """Answers "" for what a catalogue does not contain, where gettext would repeat the question."""

    def gettext(self, message: str) -> str:
        return ""


def translate(text: Text, package: str, languages: Iterable[str]) -> dict[str, str]:
    """``text`` in each of ``languages`` that ``package`` has a translation for; English, the source, is always there.

    Languages are written as in Django's settings (``fr``, ``de-ch``); one without a translation is absent.
    """
    translated = {SOURCE_LANGUAGE: text.source}
    for language in languages if text.source else ():  # the header of a catalogue stands under ""
        found = _read_catalogue(package, language).gettext(text.source)
        if found:
            translated[language] = found
    return translated


def _read_catalogue(package: str, language: str) -> NullTranslations:
    for folder in find_folders(package):
        file = folder / "locale" / _name_locale(language) / "LC_MESSAGES" / f"{DOMAIN}.mo"
        if file.is_file():
            return _parse(file, file.stat().st_mtime_ns)
    return _Missing()


def _name_locale(language: str) -> str:
    """``de-ch`` is in the folder ``de_CH``, ``zh-hans`` in ``zh_Hans``, as Django names them."""
    language, _, country = language.partition("-")
    if not country:
        return language
    return f"{language}_{country.upper() if len(country) == TWO_LETTERS else country.title()}"


@lru_cache(maxsize=64)
def _parse(file: Path, _changed: int) -> NullTranslations:
    try:
        with file.open("rb") as stream:
            catalogue = GNUTranslations(stream)
    except (OSError, ValueError, struct.error):
        return _Missing()  # a damaged file counts as a missing one
    catalogue.add_fallback(_Missing())
    return catalogue
