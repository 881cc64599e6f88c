"""Somebody arrives: the server decides within 800 ms, otherwise the roster does, and nothing is forgotten.

Whom the roster does not know (an appointment made a minute ago, a typed reference) only the server can help: it gets more
time before somebody is sent to the desk.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from eguichet_kiosk_bridge.answers import Answer, Json, Ticket, UnreadableError
from eguichet_kiosk_bridge.house import House
from eguichet_kiosk_bridge.journal import Journal
from eguichet_kiosk_bridge.roster import (
    NOBODY,
    Expected,
    Found,
    NextNumber,
    Search,
    find_by_birth_date,
    find_by_code,
    find_zone,
    take_number,
)
from eguichet_kiosk_bridge.server import RefusedError, RevokedError, Server, ServerUnavailableError
from eguichet_kiosk_bridge.texts import TICKET_TEXTS, say, translate

# Guessing dates of birth while the server cannot count: after so many misses in so many seconds, the desk helps.
MISSES = 10
MISSES_WITHIN = 600.0

PATIENCE = 5
"""How many times longer the server is waited for when nobody else has an answer."""


@dataclass(frozen=True, slots=True)
class CheckIn:
    """What somebody shows or types: exactly one of code, birth_date (ISO, 00 for unknown) and reference.

    Without a chosen language that of the appointment counts.
    """

    language: str | None
    code: str | None = None
    birth_date: str | None = None
    reference: str | None = None
    hour: str | None = None
    party_complete: bool | None = None

    def to_json(self) -> Json:
        """Return the fields the server reads, without the absent ones."""
        names = ("language", "code", "birth_date", "reference", "hour", "party_complete")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


@dataclass(frozen=True, slots=True)
class WalkIn:
    """Somebody without an appointment."""

    language: str
    service: str
    procedure: str
    persons: int = 1

    def to_json(self) -> Json:
        """Return the fields the server reads."""
        names = ("language", "service", "procedure", "persons")
        return {name: getattr(self, name) for name in names}


class Arrivals:
    """Answers one visitor at a time."""

    def __init__(
        self,
        server: Server,
        journal: Journal,
        house: House,
        answer_within: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Remember the parts; `answer_within` is in seconds."""
        self._server, self._journal, self._house = server, journal, house
        self._within, self._monotonic = answer_within, monotonic
        self._lock = threading.Lock()
        self._misses: deque[float] = deque(maxlen=MISSES)

    def check_in(self, request: CheckIn, arrival_id: str) -> Answer:
        """Answer somebody with an appointment; `arrival_id` (a UUID) is the same when the same question comes again."""
        with self._lock:
            if self._house.is_closed:
                return self._answer("locked", request.language)
            search = self._search(request)
            if held := self._find_held(search.expected, request):
                return held
            seq, body = self._begin("check_in", arrival_id, request.to_json())
            answer = self._ask_server("check-in", seq, body, request.language, alone=search.found is Found.NOBODY)
            if answer is None:
                return self._decide_check_in(search, request, seq, body)
            return replace(answer, waits=answer.outcome != "already_called" and request.party_complete is not False)

    def walk_in(self, request: WalkIn, arrival_id: str) -> Answer:
        """Answer somebody without an appointment; `arrival_id` as in `check_in`."""
        with self._lock:
            if self._house.is_closed:
                return self._answer("locked", request.language)
            # The bridge was killed before its answer was heard: the number it gave is theirs.
            if number := self._journal.find_given(arrival_id):
                return self._give_again(number, request)
            # The server is asked for the number given here when its answer comes too late: paper and line say the same.
            taken = self._take_number(request.service)
            wish = {"number": taken.number} if taken else {}
            seq, body = self._begin("walk_in", arrival_id, request.to_json() | wish)
            # While numbers given here are unknown to the server, it could give one of them a second time.
            known = not self._journal.find_pending(1)
            answer = self._ask_server("walk-in", seq, body, request.language, alone=not taken) if known else None
            return answer or self._decide_walk_in(request, taken, seq, body)

    def _ask_server(self, name: str, seq: int, body: Json, language: str | None, *, alone: bool) -> Answer | None:
        """Return the server's answer, or None when it is ours to decide; `alone`: nothing here could."""
        try:
            answer = self._ask(name, seq, body, self._within * (PATIENCE if alone else 1))
        except RevokedError:
            return self._answer("locked", language)
        except RefusedError as refusal:
            answer = Answer("go_to_desk", str(refusal) or self._say("go_to_desk", language))
        except (ServerUnavailableError, UnreadableError):
            return None
        spoken = answer.language or (answer.ticket.language if answer.ticket else self._house.choose_language(language))
        return replace(answer, language=spoken)

    def _begin(self, kind: str, arrival_id: str, fields: Json) -> tuple[int, Json]:
        seq = self._journal.begin(kind, arrival_id, self._house.today())
        return seq, {"id": arrival_id, "seq": seq, **self._server.clock.stamp(), **fields}

    def _ask(self, name: str, seq: int, body: Json, within: float) -> Answer:
        try:
            answer = Answer.from_json(self._server.post(name, body, within))
        except RevokedError:
            self._journal.wipe_roster()
            self._house.lock(locked=True)
            raise
        is_new = answer.ticket is not None and answer.outcome == "ticket"
        self._journal.note_answer(seq, answer.ticket.number if is_new and answer.ticket else None)
        return answer

    def _say(self, key: str, language: str | None, **values: object) -> str:
        return say(key, self._house.choose_language(language), **values)

    def _answer(self, outcome: str, language: str | None, **values: object) -> Answer:
        return Answer(outcome, self._say(outcome, language, **values), language=self._house.choose_language(language))

    def _find_held(self, expected: Expected | None, request: CheckIn) -> Answer | None:
        """Return the ticket of somebody who was registered here while the server was away and does not know it yet."""
        if expected is None or not self._journal.holds_arrival(expected.appointment, is_pending=True):
            return None
        return self._give_ticket("same_ticket", expected, request)

    def _search(self, request: CheckIn) -> Search:
        if not self._may_search(request):
            return NOBODY
        days, today = self._journal.find_roster(), self._house.today()
        if request.code is not None:
            return find_by_code(days, request.code, today)
        if request.birth_date is not None:
            return find_by_birth_date(days, request.birth_date, request.hour, today)
        return NOBODY

    def _may_search(self, request: CheckIn) -> bool:
        if request.birth_date is None or len(self._misses) < MISSES:
            return True
        return self._monotonic() - self._misses[0] > MISSES_WITHIN

    def _decide_check_in(self, search: Search, request: CheckIn, seq: int, body: Json) -> Answer:
        if search.found is Found.WHICH_HOUR:
            return replace(self._answer("which_hour", request.language), hours=search.hours)
        if search.found is Found.OTHER_DAY and search.date:
            form = translate(TICKET_TEXTS["date"], self._house.choose_language(request.language))
            day = date.fromisoformat(search.date).strftime(form)
            return self._answer("other_day", request.language, date=day)
        if search.expected is None:
            if request.birth_date is not None:
                self._misses.append(self._monotonic())
            return self._answer("go_to_desk", request.language)
        return self._register(search.expected, request, seq, body)

    def _register(self, expected: Expected, request: CheckIn, seq: int, body: Json) -> Answer:
        if self._journal.holds_arrival(expected.appointment, is_pending=True):
            return self._give_ticket("same_ticket", expected, request)
        # The server knows of the first time. They may have been marked as absent since and come back: it hears of it.
        again = expected.arrived or self._journal.holds_arrival(expected.appointment)
        if not again and expected.persons > 1 and request.party_complete is None:
            question = self._answer("party", request.language or expected.language, persons=expected.persons)
            return replace(question, persons=expected.persons)
        entry = {"kind": "check_in", **body, "number": expected.number}
        # The number itself is only noted where it was given: what another kiosk printed is not printed here as well.
        self._journal.note_decision(seq, entry, None if again else expected.number, expected.appointment)
        return self._give_ticket("same_ticket" if again else "ticket", expected, request)

    def _give_ticket(self, outcome: str, expected: Expected, request: CheckIn) -> Answer:
        language = request.language or expected.language
        ticket = self._make_ticket(expected.number, expected.zone, expected.zone_name, expected.hour, language)
        # A party calls nobody until the reception knows that it is complete; one asked once is not asked again.
        waits = expected.persons == 1 or request.party_complete is True
        message = say(outcome if waits else "wait_for_party", language)
        return Answer(outcome, message, ticket, language=language, waits=waits)

    def _take_number(self, service: str) -> NextNumber | None:
        today = self._house.today()
        leases = self._journal.recall("leases") or []
        return take_number(leases, service, today, self._journal.find_numbers(today))

    def _decide_walk_in(self, request: WalkIn, taken: NextNumber | None, seq: int, body: Json) -> Answer:
        if taken is None:
            return self._answer("go_to_desk", request.language)
        entry = {"kind": "walk_in", **body}
        self._journal.note_decision(seq, entry, taken.number, None)
        zone = self._house.find_zone(request.service, request.procedure) or (taken.zone, taken.zone_name)
        ticket = self._make_ticket(taken.number, *zone, None, request.language)
        return Answer("ticket", say("ticket", request.language), ticket, language=request.language)

    def _give_again(self, number: str, request: WalkIn) -> Answer:
        zone = self._house.find_zone(request.service, request.procedure) or find_zone(
            self._journal.recall("leases") or [], number, self._house.today()
        )
        ticket = self._make_ticket(number, *zone, None, request.language)
        return Answer("same_ticket", say("same_ticket", request.language), ticket, language=request.language)

    def _make_ticket(self, number: str, zone: str, zone_name: str, hour: str | None, language: str) -> Ticket:
        return Ticket(
            number=number,
            zone=zone,
            zone_name=zone_name,
            hour=hour,
            date=self._house.today(),
            place=str(self._house.location.get("name", "")),
            issued_at=str(self._server.clock.stamp()["at"]),
            language=language,
        )
