"""What each message says: the built-in words, and those an editor has put in their place."""

from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from eguichet_rdv.messaging.domain.composing import PLACEHOLDER
from eguichet_rdv.messaging.domain.content import Content
from eguichet_rdv.messaging.models import MessageText


@dataclass(frozen=True, slots=True)
class Words:
    """Subject, title and text with ``{placeholders}``."""

    subject: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Placeholder:
    """``{name}`` in a text. One that is ``part`` stands for several lines and has a line of its own."""

    name: str
    meaning: str | Promise
    part: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """A message that editors may word anew. ``declared`` and ``preview`` answer in the active language."""

    code: str
    label: str | Promise
    declared: Callable[[], Words]
    preview: Callable[[Words], Content]
    in_subject: tuple[Placeholder, ...]
    in_text: tuple[Placeholder, ...]


_wordings: dict[str, Wording] = {}


def register_wording(wording: Wording) -> None:
    """Let editors change the words of ``wording`` in each language."""
    if _wordings.setdefault(wording.code, wording) is not wording:
        raise ValueError(f"The words of {wording.code} are declared twice")


def registered_wordings() -> dict[str, Wording]:
    """All wordings of all rooms, by code."""
    return dict(_wordings)


def find_wording(code: str) -> Wording | None:
    """The wording of ``code``, if a room has registered one."""
    return _wordings.get(code)


def sync_texts() -> None:
    """Keep one row per wording and language, for the list of the editors; nobody's words are touched."""
    codes = [code for code, _name in settings.LANGUAGES]
    rows = [MessageText(kind=kind, language=code) for kind in _wordings for code in codes]
    MessageText.objects.bulk_create(rows, ignore_conflicts=True)


def declared_words(code: str, language: str) -> Words:
    """The built-in words in ``language``."""
    with translation.override(language):
        return _wordings[code].declared()


def find_words(code: str, language: str) -> Words:
    """What the message says in ``language``: each of the editor's words, else the built-in one."""
    declared = declared_words(code, language)
    own = MessageText.objects.filter(kind=code, language=language).first()
    if own is None:
        return declared
    return Words(own.subject or declared.subject, own.title or declared.title, own.text or declared.text)


def keep_words(own: MessageText, words: Words) -> None:
    """Keep what differs from the built-in words; the rest follows them, also when a release improves them."""
    for name, typed, built_in in zip(
        ("subject", "title", "text"), astuple(words), astuple(declared_words(own.kind, own.language)), strict=True
    ):
        setattr(own, name, "" if typed == built_in else typed)
    own.save()


def find_faults(wording: Wording, words: Words) -> Iterator[tuple[str, str]]:
    """What is wrong with ``words``: (``subject``, ``title`` or ``text``, a sentence in the active language)."""
    for field, line, known in (
        ("subject", words.subject, wording.in_subject),
        ("title", words.title, ()),
        ("text", words.text, wording.in_text),
    ):
        used = PLACEHOLDER.findall(line)
        names = {placeholder.name for placeholder in known}
        if any(sign in PLACEHOLDER.sub("", line) for sign in "{}"):
            yield field, _("A brace is missing: placeholders are written {like_this}.")
        for name in dict.fromkeys(used):
            if name not in names:
                yield field, _say_unknown(name, names)
        for placeholder in known:
            if placeholder.required and placeholder.name not in used:
                yield field, _("{%(name)s} is missing: nobody may be left without it.") % {"name": placeholder.name}
            if placeholder.part and not _stands_alone(placeholder.name, line):
                yield field, _("Give {%(name)s} a line of its own.") % {"name": placeholder.name}


def _say_unknown(name: str, names: set[str]) -> str:
    if not names:
        return _("There are no placeholders here: {%(name)s} would be read as it stands.") % {"name": name}
    known = ", ".join(f"{{{one}}}" for one in sorted(names))
    return _("{%(name)s} is not known here. These are: %(known)s.") % {"name": name, "known": known}


def _stands_alone(name: str, text: str) -> bool:
    braced = f"{{{name}}}"
    return all(line.strip() == braced for line in text.splitlines() if braced in line)
