"""Compare every message catalogue with the texts in the code: nothing missing, nothing doubtful, nothing left over."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("fr", "nl", "de")
"""The source texts are English."""
IGNORED = shutil.ignore_patterns("locale", "__pycache__", "migrations", "vendor", "*.mo", "tests")
MOST_SHOWN = 10
LOOSE_FRENCH = re.compile(r" [:;?!»](?!\w)|« |(?<=\w)'(?=\w)")
"""A sign that may come alone on the next line for want of a no-break space, or a typewriter's apostrophe."""

Message = tuple[str, str]
"""Context (may be empty) and text."""


def find_packages() -> list[Path]:
    """The packages that carry a catalogue of their own."""
    packages = [ROOT / "eguichet_rdv", ROOT / "kiosk_bridge" / "eguichet_kiosk_bridge"]
    packages += sorted(path.parent for path in ROOT.glob("plugins/*/*/__init__.py") if path.parent.name != "tests")
    return packages


def read_messages(catalogue: polib.POFile) -> set[Message]:
    """The messages in use of one catalogue."""
    return {(entry.msgctxt or "", entry.msgid) for entry in catalogue if not entry.obsolete}


def extract_messages(package: Path) -> set[Message]:
    """The texts that the code, templates and scripts of a package mark for translation."""
    # With settings, Django would write into the catalogues of the house instead of the copy.
    without_settings = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / package.name
        shutil.copytree(package, copy, ignore=IGNORED)
        (copy / "locale").mkdir()
        for domain in ("django", "djangojs"):
            subprocess.run(
                [sys.executable, "-m", "django", "makemessages", "--locale", "fr", "--domain", domain],
                cwd=copy,
                env=without_settings,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        found: set[Message] = set()
        for path in (copy / "locale").rglob("*.po"):
            found |= read_messages(polib.pofile(str(path)))
        return found


def list_some(title: str, messages: set[Message]) -> Iterator[str]:
    """The title with the first few messages, if there are any."""
    if messages:
        yield f"{title}: {len(messages)}"
        yield from (f"    {text[:100]!r}" for _context, text in sorted(messages)[:MOST_SHOWN])


def read_texts(entry: polib.POEntry) -> list[str]:
    """The translation of a message, in each of its plural forms."""
    return [entry.msgstr, *entry.msgstr_plural.values()]


def find_faults(package: Path) -> Iterator[str]:
    """What is wrong with the catalogues of a package, in full sentences."""
    wanted = extract_messages(package)
    shown = package.relative_to(ROOT)
    for language in LANGUAGES:
        catalogues = [polib.pofile(str(path)) for path in (package / "locale" / language).rglob("*.po")]
        present: set[Message] = set().union(*(read_messages(catalogue) for catalogue in catalogues))
        entries = [entry for catalogue in catalogues for entry in catalogue if not entry.obsolete]
        doubtful = {(entry.msgctxt or "", entry.msgid) for entry in entries if entry.fuzzy}
        empty = {(entry.msgctxt or "", entry.msgid) for entry in entries if not (entry.translated() or entry.fuzzy)}
        yield from list_some(f"{shown} {language}: not in the catalogue", wanted - present)
        yield from list_some(f"{shown} {language}: not translated", empty)
        yield from list_some(f"{shown} {language}: fuzzy", doubtful)
        yield from list_some(f"{shown} {language}: no longer in the code", present - wanted)
        if language == "fr":
            loose = {("", text) for entry in entries for text in read_texts(entry) if LOOSE_FRENCH.search(text)}
            yield from list_some(f"{shown} fr: wants a no-break space or « ’ »", loose)


def main() -> int:
    """1 when a catalogue is not complete."""
    faults = [fault for package in find_packages() for fault in find_faults(package)]
    print("\n".join(faults) if faults else "All catalogues are complete")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
