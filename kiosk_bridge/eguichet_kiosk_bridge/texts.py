"""Every sentence the kiosk shows or prints, in the visitor's language (gettext catalogue « kiosk », English source)."""

import functools
import gettext
from pathlib import Path

LOCALE_DIR = Path(__file__).parent / "locale"
FALLBACK_LANGUAGES = ("fr", "nl", "de", "en")
AUTONYMS = {"fr": "Français", "nl": "Nederlands", "de": "Deutsch", "en": "English"}


def _(text: str) -> str:
    """Mark a text for extraction; it is translated when it is shown."""
    return text


PAGE_TEXTS = {
    "welcome": _("Welcome"),
    "scan_title": _("Scan your code"),
    "scan_hint": _("Hold the QR code of your appointment in front of the scanner."),
    "without_code": _("No code? Touch here."),
    "menu_title": _("How can we find your appointment?"),
    "birth_choice": _("Type my date of birth"),
    "reference_choice": _("Type my reference"),
    "reference_choice_hint": _("6 letters and digits, in your message"),
    "walk_in_choice": _("I have no appointment"),
    "or_desk": _("Or go to the reception desk: somebody will help you."),
    "birth_title": _("Your date of birth"),
    "day": _("Day"),
    "month": _("Month"),
    "year": _("Year"),
    "unknown_day": _("I don't know the day"),
    "unknown_month": _("I don't know the month"),
    "erase": _("Erase"),
    "confirm": _("Confirm"),
    "back": _("Back"),
    "restart": _("Start again"),
    "date_incomplete": _("Fill in the day, the month and the year with four digits."),
    "date_impossible": _("This date does not exist. Please check it."),
    "reference_title": _("Your reference"),
    "reference_hint": _("The 6 letters and digits in your confirmation"),
    "reference_incomplete": _("A reference has 6 letters and digits."),
    "services_title": _("What do you come for?"),
    "procedures_title": _("Choose your procedure"),
    "persons": _("How many people?"),
    "fewer": _("One person fewer"),
    "more": _("One person more"),
    "next_page": _("More choices"),
    "working": _("One moment, please…"),
    "your_number": _("Your number"),
    "zone": _("Waiting zone"),
    "hour": _("Appointment at"),
    "wait": _("Expected wait: {low} to {high} minutes"),
    "printing": _("Your ticket is being printed…"),
    "printed": _("Take your ticket."),
    "not_printed": _("The ticket could not be printed. Note your number: it is valid without a ticket."),
    "print_unsure": _("If no ticket comes out, note your number: it is valid without a ticket."),
    "not_needed": _("Note your number."),
    "sit_down": _("Sit down in your zone and watch the screen."),
    "which_hour": _("At what hour is your appointment?"),
    "party_title": _("Is everybody here ({persons} persons)?"),
    "party_yes": _("Yes, everybody is here"),
    "party_no": _("No, not yet"),
    "finish": _("Finish"),
    "try_again": _("Try again"),
    "more_time_title": _("Do you need more time?"),
    "more_time_hint": _("Without an answer, everything you typed is erased."),
    "more_time_yes": _("Yes, more time"),
    "more_time_no": _("No, I have finished"),
    "low": _("Lower buttons"),
    "contrast": _("Stronger contrast"),
    "spoken": _("Read aloud"),
    "language": _("Language"),
    "locked": _("This kiosk is closed for the moment. Please go to the reception desk."),
    "demo_code": _("Demonstration: paste a check-in code"),
    "demo_ticket": _("The printed ticket"),
    "previous": _("Number given just before: {number}, zone {zone}"),
    "lost_bridge": _("This kiosk does not answer for the moment. Please go to the reception desk."),
}

SENTENCES = {
    "ticket": _("Welcome. You are registered."),
    "same_ticket": _("You are already registered: this is your number."),
    "wait_for_party": _("Please tell the reception when everybody is here; you are called after that."),
    "foreign": _("This is not an appointment code."),
    "unknown": _("This is not an appointment code."),
    "other_day": _("Your appointment is on another day: {date}."),
    "which_hour": _("At what hour is your appointment?"),
    "party": _("Is everybody here ({persons} persons)?"),
    "go_to_desk": _("Please go to the reception desk: somebody will help you."),
    "locked": _("This kiosk is closed for the moment. Please go to the reception desk."),
}

TICKET_TEXTS = {
    "number": _("Your number"),
    "zone": _("Waiting zone"),
    "hour": _("Appointment at {hour}"),
    "no_hour": _("Without appointment"),
    "wait": _("Expected wait: {low} to {high} minutes"),
    "next": _("Sit down in your zone. Your number will be shown on the screen and called."),
    "follow": _("Follow your turn on your phone:"),
    "issued": _("Issued on {date} at {hour}"),
    "date": _("%m/%d/%Y"),
}


@functools.cache
def load_catalogue(language: str) -> gettext.NullTranslations:
    """Return the catalogue of a language; an unknown one falls back to the English source."""
    return gettext.translation("kiosk", LOCALE_DIR, languages=[language], fallback=True)


def translate(text: str, language: str) -> str:
    """Return a marked text in a language."""
    return load_catalogue(language).gettext(text)


def say(key: str, language: str, **values: object) -> str:
    """Return the sentence of an outcome in a language, its blanks filled."""
    return translate(SENTENCES[key], language).format(**values)


def find_page_texts(language: str) -> dict[str, str]:
    """Return every text of the page in a language, and the generic sentence of each outcome without blanks."""
    texts = {key: translate(text, language) for key, text in PAGE_TEXTS.items()}
    sentences = {f"outcome_{key}": translate(text, language) for key, text in SENTENCES.items() if "{" not in text}
    return {**texts, **sentences, "autonym": AUTONYMS.get(language, language)}
