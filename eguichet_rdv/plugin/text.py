"""Texts that a plugin marks for translation without knowing who translates them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A source text (a message id of the plugin's own gettext catalogue).

    The catalogue reads the translations from the plugin's ``locale/`` folder when it records the declaration;
    a language without one is simply missing.
    """

    source: str

    def __str__(self) -> str:
        return self.source


def _(source: str) -> Text:
    """Mark ``source`` as translatable; ``makemessages`` finds it by the name of this function."""
    return Text(source)
