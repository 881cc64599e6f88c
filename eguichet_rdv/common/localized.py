"""Texts kept per language."""

from collections.abc import Mapping
from typing import Self

from django.conf import settings


class Localized(str):
    """A text that knows its language, so that a fallback can be marked with ``lang``."""

    __slots__ = ("language",)
    language: str

    def __new__(cls, text: str, language: str) -> Self:
        """Bind ``text`` to the language it is written in."""
        made = super().__new__(cls, text)
        made.language = language
        return made


def localize(texts: Mapping[str, str], language: str | None, fallback: str = "") -> Localized:
    """The text in ``language``, else in the site's first language that has one, else ``fallback``."""
    wanted = (language or settings.LANGUAGE_CODE).partition("-")[0]
    for code in (wanted, *(code for code, _name in settings.LANGUAGES)):
        if texts.get(code):
            return Localized(texts[code], code)
    return Localized(fallback, wanted)
