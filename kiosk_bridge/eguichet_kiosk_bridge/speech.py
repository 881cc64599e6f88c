"""Spoken help: what a screen says, read aloud. Fixed sentences, labels, and what was answered; never what was typed."""

import functools
import logging
import shutil
import subprocess

from eguichet_kiosk_bridge.answers import Json
from eguichet_kiosk_bridge.texts import PAGE_TEXTS, SENTENCES, translate

logger = logging.getLogger(__name__)

PROGRAM = "espeak-ng"
VOICES = {"fr": "fr-be", "nl": "nl", "de": "de", "en": "en-gb"}
WORDS_PER_MINUTE = 140
SPOKEN_WITHIN = 5.0

# What each screen says, by the keys of its texts; choices made by the municipality are added to it.
SCREENS = {
    "idle": ("welcome", "scan_hint", "or_desk"),
    "menu": ("menu_title", "scan_hint", "birth_choice", "reference_choice", "walk_in_choice", "or_desk"),
    "birth": ("birth_title", "day", "month", "year", "confirm", "or_desk"),
    "reference": ("reference_hint", "confirm", "or_desk"),
    "services": ("services_title",),
    "procedures": ("procedures_title",),
    "which_hour": ("which_hour",),
    "party": ("party_yes", "party_no"),
    "locked": ("locked",),
    "more_time": ("more_time_title", "more_time_hint", "more_time_yes", "more_time_no"),
    "date_incomplete": ("date_incomplete",),
    "date_impossible": ("date_impossible",),
    "reference_incomplete": ("reference_incomplete",),
    "not_printed": ("not_printed",),
    "print_unsure": ("print_unsure",),
}


def find_program() -> str | None:
    """Return the path of the program that speaks, or None when this machine has none."""
    return shutil.which(PROGRAM)


def speak(program: str, text: str, language: str) -> bytes:
    """Return a text as a WAV file; empty when the program fails."""
    try:
        return run_program(program, text, language)
    except (OSError, subprocess.SubprocessError) as error:
        logger.warning("nothing can be spoken: %s", type(error).__name__)
        return b""


@functools.lru_cache(maxsize=200)
def run_program(program: str, text: str, language: str) -> bytes:
    """Return what the program says, made once; raise when it fails, as a failure is not to be kept."""
    command = [program, "-v", VOICES.get(language, language), "-s", str(WORDS_PER_MINUTE), "--stdin", "--stdout"]
    return subprocess.run(command, input=text.encode(), capture_output=True, timeout=SPOKEN_WITHIN, check=True).stdout


def compose_screen(screen: str, language: str, choices: list[str]) -> str:
    """Return what is said about a screen and its choices, or nothing for one that is not known."""
    keys = SCREENS.get(screen, ())
    return ". ".join([*(translate(PAGE_TEXTS[key], language) for key in keys), *(choices if keys else [])])


def compose_outcome(outcome: str, language: str) -> str:
    """Return the sentence of an outcome; that of the reception desk for one whose sentence has blanks."""
    text = SENTENCES.get(outcome, "")
    return translate(text if text and "{" not in text else SENTENCES["go_to_desk"], language)


def compose_number(number: str, zone: str, language: str) -> str:
    """Return number and zone, letter by letter: « P 0 4 2 » cannot be misheard."""
    said = [(PAGE_TEXTS["your_number"], number), (PAGE_TEXTS["zone"], zone)]
    return ". ".join(f"{translate(text, language)}: {', '.join(value)}" for text, value in said)


def find_choices(services: list[Json], service: str | None, language: str) -> list[str]:
    """Return the labels of the services, or of the procedures of one."""
    found = [known for known in services if known["code"] == service]
    shown = found[0].get("procedures", []) if found else services
    return [choose_text(one["labels"], language) for one in shown]


def find_where(services: list[Json], service: str | None, language: str) -> str:
    """Return where somebody is to go who comes for a service that has no tickets here; empty when that is not known."""
    return next((choose_text(one.get("where") or {}, language) for one in services if one["code"] == service), "")


def choose_text(texts: dict[str, str], language: str) -> str:
    """Return a text of the municipality in a language, else in any."""
    return str(texts.get(language) or next(iter(texts.values()), ""))
