"""What a page says, in the language of its reader."""

from django.utils import translation
from django.utils.translation import gettext


def say(text: str, language: str = "fr", **facts: object) -> str:
    """The English ``text`` as the catalogue translates it, filled with ``facts``, its spaces single and plain.

    Fails when the catalogue does not translate it: an English sentence on a French page must not pass.
    """
    with translation.override(language):
        said = gettext(text)
    assert said != text, f"not translated into {language}: {text}"
    return " ".join((said % facts if facts else said).split())
