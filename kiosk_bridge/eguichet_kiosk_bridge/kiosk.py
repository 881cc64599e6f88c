"""What happens at one kiosk: a scan or the page asks, the answer is shown, the ticket is printed once."""

import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from eguichet_kiosk_bridge.answers import Answer, Ticket
from eguichet_kiosk_bridge.arrivals import Arrivals, CheckIn, WalkIn
from eguichet_kiosk_bridge.codes import Scan, classify_scan
from eguichet_kiosk_bridge.escpos_ticket import ForbiddenCommandError, render_ticket
from eguichet_kiosk_bridge.events import EventFeed
from eguichet_kiosk_bridge.house import House
from eguichet_kiosk_bridge.journal import Journal
from eguichet_kiosk_bridge.print_queue import PrintQueue
from eguichet_kiosk_bridge.printer import Printed
from eguichet_kiosk_bridge.texts import say
from eguichet_kiosk_bridge.ticket_layout import compose_ticket

logger = logging.getLogger(__name__)

SAME_SCAN_WITHIN = 5.0
REMEMBERED = 120.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request and its answer, remembered for a short while."""

    request: CheckIn | WalkIn
    answer: Answer
    at: float


class UnknownQuestionError(Exception):
    """The page answers a question that is no longer remembered."""


class Kiosk:
    """The one door for scanner and page; a second request waits for the first."""

    def __init__(
        self,
        arrivals: Arrivals,
        journal: Journal,
        house: House,
        feed: EventFeed,
        printing: PrintQueue | None,
        *,
        demo: bool = False,
        on_printed: Callable[[], object] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Remember the parts; without `printing` the number is only shown; `on_printed` is rung after each ticket."""
        self._arrivals, self._journal, self._house = arrivals, journal, house
        self._feed, self._printing, self._demo, self._monotonic = feed, printing, demo, monotonic
        self._on_printed = on_printed
        self._lock = threading.RLock()
        self._asked: dict[str, Asked] = {}
        self._last_scan: tuple[str, float, Answer] | None = None
        self.language: str | None = None

    def scan(self, text: str) -> None:
        """Treat what the scanner read; the page hears the answer. The same code again at once is the same scan."""
        with self._lock:
            now = self._monotonic()
            if self._last_scan and self._last_scan[0] == text and now - self._last_scan[1] < SAME_SCAN_WITHIN:
                answer = self._last_scan[2]
                self._last_scan = (text, now, answer)
            else:
                answer = self._treat_scan(text)
            self._feed.post("answer", answer=answer.to_json(), language=self.language)

    def _treat_scan(self, text: str) -> Answer:
        self._last_scan = None
        try:
            answer = self._answer_scan(text)
        except Exception:  # a disk that is full, say: whoever waits before the page hears where to go
            logger.exception("a scan could not be treated")
            language = self._house.choose_language(self.language)
            return Answer("go_to_desk", say("go_to_desk", language), id=str(uuid.uuid4()))
        self._last_scan = (text, self._monotonic(), answer)
        return answer

    def _answer_scan(self, text: str) -> Answer:
        language = self._house.choose_language(self.language)
        answer_id = str(uuid.uuid4())
        if self._house.is_closed:
            return Answer("locked", say("locked", language), id=answer_id)
        if classify_scan(text) is Scan.FOREIGN:
            return Answer("foreign", say("foreign", language), id=answer_id)
        self._feed.post("working")
        # Without a choice at the kiosk the appointment's language counts.
        return self.check_in(answer_id, CheckIn(language=self.language, code=text))

    def check_in(self, answer_id: str, request: CheckIn) -> Answer:
        """Answer a check-in; the same id again gives the same answer."""
        with self._lock:
            return self._answer_once(
                answer_id, request, lambda: self._arrivals.check_in(request, self._name(answer_id))
            )

    def walk_in(self, answer_id: str, request: WalkIn) -> Answer:
        """Answer somebody without appointment; the same id again gives the same answer."""
        with self._lock:
            return self._answer_once(answer_id, request, lambda: self._arrivals.walk_in(request, self._name(answer_id)))

    def continue_check_in(
        self, answer_id: str, continues: str, hour: str | None, *, party_complete: bool | None
    ) -> Answer:
        """Answer again, now that the visitor has replied to our question about an earlier request."""
        with self._lock:
            asked = self._asked.get(continues)
            if asked is None or not isinstance(asked.request, CheckIn):
                raise UnknownQuestionError
            request = asked.request
            if hour is not None:
                request = replace(request, hour=hour)
            if party_complete is not None:
                request = replace(request, party_complete=party_complete)
            answer = self.check_in(answer_id, request)
            if self._last_scan and self._last_scan[2].id == continues:
                # The phone still lies before the scanner: it shows the ticket again, not the question.
                self._last_scan = (self._last_scan[0], self._monotonic(), answer)
            return answer

    def find_answer(self, answer_id: str) -> Answer | None:
        """Return an answer given a moment ago."""
        with self._lock:
            asked = self._asked.get(answer_id)
            return asked.answer if asked else None

    def _name(self, answer_id: str) -> str:
        """Name the arrival after the page's request: asked again after a power cut, it is the same one."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self._house.kiosk}/{answer_id}"))

    def forget_old(self) -> None:
        """Forget requests nobody continues any more; they hold codes and dates of birth."""
        with self._lock:
            limit = self._monotonic() - REMEMBERED
            self._asked = {key: asked for key, asked in self._asked.items() if asked.at > limit}
            if self._last_scan and self._last_scan[1] < limit:
                self._last_scan = None

    def _answer_once(self, answer_id: str, request: CheckIn | WalkIn, answer: Callable[[], Answer]) -> Answer:
        self.forget_old()
        if answer_id not in self._asked:
            result = self._hand_over(answer().with_id(answer_id))
            self._asked[answer_id] = Asked(request, result, self._monotonic())
        return self._asked[answer_id].answer

    def _hand_over(self, answer: Answer) -> Answer:
        """Print the ticket of an answer, if there is one and it is not on paper yet."""
        ticket = answer.ticket
        if ticket is None:
            return answer
        lines = compose_ticket(ticket, self._house.timezone, "" if answer.waits else answer.message)
        if self._demo:
            answer = replace(answer, lines=tuple(line.to_json() for line in lines))
        if self._printing is None or not self._should_print(answer):
            return answer
        try:
            output = render_ticket(lines)
        except ForbiddenCommandError:
            logger.exception("the ticket holds a command that no ticket needs")
            return replace(answer, printing=Printed.NOTHING_SENT.value)
        # Noted before it is true: after a power cut a number on the screen is better than a second ticket.
        self._journal.note_printed(self._house.today(), ticket.number, printed=True)
        self._printing.add(output, lambda printed: self._note_end(answer, ticket, printed))
        return replace(answer, printing="printing")

    def _should_print(self, answer: Answer) -> bool:
        """Print a number once; one given before only where it was given, and if nothing reached the printer."""
        if answer.ticket is None:
            return False
        today, number = self._house.today(), answer.ticket.number
        if self._journal.has_printed(today, number):
            return False
        return answer.outcome == "ticket" or self._journal.knows_number(today, number)

    def _note_end(self, answer: Answer, ticket: Ticket, printed: Printed) -> None:
        try:
            if printed is Printed.NOTHING_SENT:
                self._journal.note_printed(self._house.today(), ticket.number, printed=False)
        finally:
            with self._lock:
                self._remember_end(replace(answer, printing=printed.value))
            self._feed.post("printing", id=answer.id, printing=printed.value)
            self._on_printed()

    def _remember_end(self, answer: Answer) -> None:
        """Let an answer that is given again tell how its ticket ended."""
        if asked := self._asked.get(answer.id):
            self._asked[answer.id] = replace(asked, answer=answer)
        if self._last_scan and self._last_scan[2].id == answer.id:
            self._last_scan = (*self._last_scan[:2], answer)
