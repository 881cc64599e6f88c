"""What the page may ask the bridge; every value is checked before anything happens."""

import base64
import re
from collections.abc import Callable
from datetime import date
from http import HTTPStatus
from typing import Any

from eguichet_kiosk_bridge import speech
from eguichet_kiosk_bridge.answers import Json
from eguichet_kiosk_bridge.arrivals import CheckIn, WalkIn
from eguichet_kiosk_bridge.codes import Scan, classify_scan
from eguichet_kiosk_bridge.events import EventFeed
from eguichet_kiosk_bridge.house import House
from eguichet_kiosk_bridge.kiosk import Kiosk, UnknownQuestionError
from eguichet_kiosk_bridge.page_server import PageRefusalError, Route
from eguichet_kiosk_bridge.texts import find_page_texts, say

POLL_WITHIN = 20.0
EARLIEST_YEAR = 1900
MOST_PERSONS = 20
ID = r"[A-Za-z0-9-]{8,64}"
NUMBER = r"[A-Z]\d{1,6}"
ZONE = r"[A-Za-z0-9]{0,4}"
CODE = r"[a-z0-9][a-z0-9_-]{0,99}"


def require(data: Json, name: str, pattern: str) -> str:
    """Return a text of the page that has the right shape, or refuse."""
    value = data.get(name)
    if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
        raise PageRefusalError(HTTPStatus.UNPROCESSABLE_ENTITY)
    return value


def require_birth_date(data: Json, today: str) -> str:
    """Return a date of birth; day or month may be 00, but no date may be impossible or in the future."""
    text = require(data, "birth_date", r"\d{4}-\d{2}-\d{2}")
    year, month, day = (int(part) for part in text.split("-"))
    try:
        # A leap year lets 29 February pass where the day is known but not the month.
        date(year, month or 1, day or 1)
    except ValueError as error:
        raise PageRefusalError(HTTPStatus.UNPROCESSABLE_ENTITY) from error
    if year < EARLIEST_YEAR or text > today:
        raise PageRefusalError(HTTPStatus.UNPROCESSABLE_ENTITY)
    return text


class PageApi:
    """The reading and commanding addresses of the page."""

    def __init__(
        self, kiosk: Kiosk, house: House, feed: EventFeed, find_health: Callable[[], Json], *, demo: bool
    ) -> None:
        """Remember the parts."""
        self._kiosk, self._house, self._feed, self._find_health, self._demo = kiosk, house, feed, find_health, demo
        self._speaker = speech.find_program()

    def list_reads(self) -> dict[str, Route]:
        """Return the addresses that change nothing."""
        return {"/api/state": self.read_state, "/api/events": self.read_events, "/healthz": self.read_health}

    def list_commands(self) -> dict[str, Route]:
        """Return the addresses that act."""
        return {
            "/api/check-in": self.check_in,
            "/api/walk-in": self.walk_in,
            "/api/language": self.choose_language,
            "/api/scan": self.scan,
            "/api/speech": self.speak,
        }

    def read_state(self, _query: Json) -> Json:
        """Return everything the page needs to draw itself."""
        languages = self._house.languages
        return {
            "place": self._feed.last,
            "location": self._house.location,
            "languages": languages,
            "texts": {language: find_page_texts(language) for language in languages},
            "services": self._house.services,
            "today": self._house.today(),
            "demo": self._demo,
            "speaks": self._speaker is not None,
            "locked": self._house.is_closed or not self._house.is_known,
        }

    def read_events(self, query: Json) -> Json:
        """Return what happened after a place, waiting for it up to twenty seconds."""
        place = int(require(query, "after", r"\d{1,12}"))
        if place > self._feed.last:
            return {"place": self._feed.last, "events": [{"type": "reload"}]}
        events = self._feed.wait_after(place, POLL_WITHIN)
        return {"place": events[-1].place if events else place, "events": [event.body for event in events]}

    def read_health(self, _query: Json) -> Json:
        """Return how the bridge and its devices are."""
        return self._find_health()

    def check_in(self, data: Json) -> Json:
        """Check somebody in by code, date of birth or reference, or go on after a question."""
        answer_id, language = require(data, "id", ID), self._house.choose_language(data.get("language"))
        if "continues" in data:
            return self._continue(answer_id, data)
        if "code" in data:
            code = data["code"].strip() if isinstance(data["code"], str) else ""
            if classify_scan(code) is Scan.FOREIGN:
                return {"outcome": "foreign", "message": say("foreign", language), "id": answer_id}
            request = CheckIn(language, code=code)
        elif "reference" in data:
            request = CheckIn(language, reference=require(data, "reference", r"[A-Z0-9]{6}"))
        else:
            request = CheckIn(language, birth_date=require_birth_date(data, self._house.today()))
        return self._kiosk.check_in(answer_id, request).to_json()

    def _continue(self, answer_id: str, data: Json) -> Json:
        hour = require(data, "hour", r"\d{2}:\d{2}") if "hour" in data else None
        party: Any = data.get("party_complete")
        if not (party is None or isinstance(party, bool)):
            raise PageRefusalError(HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            answer = self._kiosk.continue_check_in(
                answer_id, require(data, "continues", ID), hour, party_complete=party
            )
        except UnknownQuestionError as error:
            raise PageRefusalError(HTTPStatus.CONFLICT) from error
        return answer.to_json()

    def walk_in(self, data: Json) -> Json:
        """Give a number to somebody without an appointment."""
        persons: Any = data.get("persons", 1)
        if not isinstance(persons, int) or not 1 <= persons <= MOST_PERSONS:
            raise PageRefusalError(HTTPStatus.UNPROCESSABLE_ENTITY)
        service, procedure = require(data, "service", CODE), require(data, "procedure", CODE)
        if not self._house.offers(service, procedure):
            raise PageRefusalError(HTTPStatus.UNPROCESSABLE_ENTITY)
        request = WalkIn(
            language=self._house.choose_language(data.get("language")),
            service=service,
            procedure=procedure,
            persons=persons,
        )
        return self._kiosk.walk_in(require(data, "id", ID), request).to_json()

    def choose_language(self, data: Json) -> Json:
        """Remember the language of whoever stands there, for the next scan; null forgets it."""
        language = data.get("language")
        self._kiosk.language = language if language in self._house.languages else None
        return {}

    def speak(self, data: Json) -> Json:
        """Return a screen read aloud, as a WAV file in base64; without a program that speaks, nothing.

        What was answered is named by the id of its request and said in its own language.
        """
        language = self._house.choose_language(data.get("language"))
        text = self._compose(require(data, "screen", r"[a-z_]{1,20}"), data, language)
        sound = speech.speak(self._speaker, text, language) if self._speaker and text else b""
        return {"sound": base64.b64encode(sound).decode()}

    def _compose(self, screen: str, data: Json, language: str) -> str:
        answer = self._kiosk.find_answer(require(data, "answer", ID)) if data.get("answer") else None
        message = answer.message if answer and answer.language == language else ""
        services, service = self._house.services, data.get("service")
        if screen == "ticket":
            number = speech.compose_number(require(data, "number", NUMBER), require(data, "zone", ZONE), language)
            return f"{message} {number}".strip()
        if screen == "message":
            outcome = require(data, "outcome", r"[a-z_]{1,20}")
            return (
                message or speech.find_where(services, service, language) or speech.compose_outcome(outcome, language)
            )
        choices: list[str] = []
        if screen in {"services", "procedures"}:
            choices = speech.find_choices(services, service, language)
        elif screen == "which_hour" and answer:
            choices = list(answer.hours)
        said = speech.compose_screen(screen, language, choices)
        return f"{message} {said}".strip() if screen == "party" else said

    def scan(self, data: Json) -> Json:
        """Treat a pasted code as the scanner's; the demonstration only."""
        if not self._demo:
            raise PageRefusalError(HTTPStatus.NOT_FOUND)
        text = data.get("text")
        if not isinstance(text, str):
            raise PageRefusalError(HTTPStatus.UNPROCESSABLE_ENTITY)
        self._kiosk.scan(text.strip())
        return {}
