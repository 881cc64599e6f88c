"""Who speaks on the screens: recorded clips where the municipality has some, else espeak-ng, else nobody.

A voice knows a letter, a number and a counter; it never hears of a person.
"""

import io
import re
import subprocess
import time
import wave
from dataclasses import dataclass
from html import escape
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Protocol

from django.conf import settings
from django.utils.translation import gettext, override

SPEAKING_SECONDS = 5
"""No announcement takes the program longer to make."""
WORDS_PER_MINUTE = 140
PAUSE_MS = 250
ASK_AGAIN_SECONDS = 60
"""A program that did not say which voices it has is asked again after this long."""


class CannotSpeakError(Exception):
    """The voice failed; the gong is heard all the same."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is said: « number P 0 42, counter 5 »."""

    language: str
    number: str
    counter: str

    @property
    def parts(self) -> list[str]:
        """The number as it is read from the ticket: letters and leading zeros one by one, the rest as a number."""
        return re.findall(r"[A-Z]|0(?=\d)|\d+", self.number.upper())


class Voice(Protocol):
    """Something that speaks one language or several."""

    def find_locale(self, language: str) -> str | None:
        """How this voice calls what it speaks in ``language``: part of the name of the file; None if it cannot."""

    def speak(self, said: Announcement) -> bytes:
        """A WAV file. Raises ``CannotSpeakError``."""


class Espeak:
    """The program espeak-ng with the voices of ``EGUICHET_VOICES``: ``fr-be`` says septante and nonante."""

    def __init__(self) -> None:
        self._voices: frozenset[str] = frozenset()
        self._ask_at = 0.0

    def find_locale(self, language: str) -> str | None:
        """The voice in the settings, if the program has it."""
        voice: str = settings.EGUICHET_VOICES.get(language, "")
        return f"espeak-{voice}-{WORDS_PER_MINUTE}" if voice in self._find_voices() else None

    def speak(self, said: Announcement) -> bytes:
        """One run of the program, some twenty milliseconds."""
        with TemporaryDirectory(prefix="eguichet-voice-") as directory:
            # Into a file: what the program writes to its output has no length in its header.
            made = Path(directory) / "said.wav"
            voice = settings.EGUICHET_VOICES[said.language]
            words = ["espeak-ng", "-v", voice, "-s", str(WORDS_PER_MINUTE), "-m", "--stdin", "-w", str(made)]
            try:
                subprocess.run(
                    words, input=write_ssml(said).encode(), timeout=SPEAKING_SECONDS, check=True, capture_output=True
                )
                return made.read_bytes()
            except (OSError, subprocess.SubprocessError) as error:
                raise CannotSpeakError(said.language) from error

    def _find_voices(self) -> frozenset[str]:
        """Asked until the program has answered once; a computer that has just been switched on may be too busy."""
        if not self._voices and time.monotonic() >= self._ask_at:
            self._voices = list_espeak_voices()
            self._ask_at = time.monotonic() + ASK_AGAIN_SECONDS
        return self._voices


class Recorded:
    """Clips in ``EGUICHET_VOICE_CLIPS/<language>/``: ``number.wav``, ``p.wav``, ``0.wav`` … ``999.wav``, ``counter.wav``.

    All with the same rate and width. The counter's name is a clip too, in lower case.
    """

    def find_locale(self, language: str) -> str | None:
        """« recorded », when there are clips of this language."""
        home = self._find_home(language)
        return f"recorded-{language}" if home and (home / "number.wav").is_file() else None

    def speak(self, said: Announcement) -> bytes:
        """The clips one after the other."""
        home = self._find_home(said.language) or Path()
        names = ["number", *said.parts, "counter", said.counter]
        sound = io.BytesIO()
        try:
            with wave.open(sound, "wb") as whole:
                for place, name in enumerate(names):
                    with wave.open(str(home / f"{Path(name.lower()).name}.wav"), "rb") as clip:
                        if place == 0:
                            whole.setparams(clip.getparams())
                        elif clip.getparams()[:3] != whole.getparams()[:3]:
                            raise CannotSpeakError(name)
                        whole.writeframes(clip.readframes(clip.getnframes()))
        except (OSError, EOFError, wave.Error) as error:
            raise CannotSpeakError(said.language) from error
        return sound.getvalue()

    def _find_home(self, language: str) -> Path | None:
        return Path(settings.EGUICHET_VOICE_CLIPS) / language if settings.EGUICHET_VOICE_CLIPS else None


VOICES: tuple[Voice, ...] = (Recorded(), Espeak())
"""In the order in which they are asked."""


def list_voices(language: str) -> list[tuple[Voice, str]]:
    """Who can speak this language, the best first, each with its locale."""
    found = ((voice, voice.find_locale(language)) for voice in VOICES)
    return [(voice, locale) for voice, locale in found if locale]


def list_espeak_voices() -> frozenset[str]:
    """The names of the program's voices; none without the program, or while it does not answer."""
    program = which("espeak-ng")
    if program is None:
        return frozenset()
    try:
        asked = subprocess.run([program, "--voices"], timeout=SPEAKING_SECONDS, check=True, capture_output=True)
    except (OSError, subprocess.SubprocessError):
        return frozenset()
    rows = (line.split() for line in asked.stdout.decode(errors="replace").splitlines()[1:])
    return frozenset(row[1] for row in rows if len(row) > 1)


def write_ssml(said: Announcement) -> str:
    """The sentence, with the letter spelled: « A » is not an article, « Y » not an « i »."""
    with override(said.language):
        number, counter = gettext("Number"), gettext("counter")
    parts = [f'<say-as interpret-as="characters">{part}</say-as>' if part.isalpha() else part for part in said.parts]
    return (
        f'<speak>{escape(number)} {" ".join(parts)}<break time="{PAUSE_MS}ms"/>'
        f"{escape(counter)} {escape(said.counter)}</speak>"
    )
