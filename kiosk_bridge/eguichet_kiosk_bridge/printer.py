"""Asking the printer how it is, and printing one ticket at most once."""

import logging
import threading
from collections.abc import Callable
from enum import Enum

from eguichet_kiosk_bridge.printer_ports import Port, read_until

logger = logging.getLogger(__name__)

# DLE EOT 1, 2, 4: online, cause of being offline, paper. One byte comes back for each.
QUESTIONS = (b"\x10\x04\x01", b"\x10\x04\x02", b"\x10\x04\x04")
FIXED_BITS, FIXED_VALUE = 0x93, 0x12
OFFLINE = 0x08
COVER_OPEN, PAPER_END_STOP, PRINTER_ERROR = 0x04, 0x20, 0x40
PAPER_OUT, PAPER_LOW = 0x60, 0x0C
ANSWER_WITHIN = 1.0


class PrinterState(Enum):
    """How the printer is, in the words of the heartbeat. Silence is UNKNOWN, never OK."""

    OK = "ok"
    PAPER_LOW = "paper_low"
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


PRINTS = {PrinterState.OK, PrinterState.PAPER_LOW}


class Printed(Enum):
    """How a ticket ended. Only one of which nothing was sent may be printed at a later wish of the visitor."""

    PRINTED = "printed"
    NOTHING_SENT = "not_printed"
    FAILED = "print_failed"
    UNSURE = "print_unsure"


def read_state(replies: bytes) -> PrinterState:
    """Tell the state from the three status bytes; a missing or malformed one means UNKNOWN."""
    if len(replies) != len(QUESTIONS) or any(reply & FIXED_BITS != FIXED_VALUE for reply in replies):
        return PrinterState.UNKNOWN
    online, cause, paper = replies
    if paper & PAPER_OUT or cause & PAPER_END_STOP:
        return PrinterState.PAPER_OUT
    if cause & COVER_OPEN:
        return PrinterState.COVER_OPEN
    if online & OFFLINE or cause & PRINTER_ERROR:
        return PrinterState.OFFLINE
    return PrinterState.PAPER_LOW if paper & PAPER_LOW else PrinterState.OK


def ask_state(port: Port, busy: float = 0.0) -> PrinterState:
    """Ask one question after the other; the first waits `busy` seconds more, for what is still on the line."""
    replies = b""
    for question in QUESTIONS:
        port.send(question)
        reply = read_until(port, 1, ANSWER_WITHIN + busy)
        if not reply:
            return PrinterState.UNKNOWN
        replies += reply
    return read_state(replies)


class Printer:
    """One printer; one exchange at a time, each on a fresh connection."""

    def __init__(
        self, open_port: Callable[[], Port], *, answers: bool = False, on_answer: Callable[[], object] = lambda: None
    ) -> None:
        """Remember how to reach it; `answers`: it once told its state; `on_answer` is rung when it first does."""
        self._open_port, self._answers, self._on_answer = open_port, answers, on_answer
        self._lock = threading.Lock()
        self.state, self._why = PrinterState.UNKNOWN, ""

    def check(self) -> PrinterState:
        """Ask for the state, unless a ticket is being printed: then the last known one holds."""
        if not self._lock.acquire(blocking=False):
            return self.state
        try:
            port = self._open_port()
            try:
                self._ask(port)
            finally:
                port.close()
        except Exception as error:  # noqa: BLE001 - whatever a driver raises, the rounds of the day go on
            self._note_unreachable(error)
        finally:
            self._lock.release()
        return self.state

    def _note_unreachable(self, error: Exception) -> None:
        self.state, why = PrinterState.OFFLINE, str(error)
        if why != self._why:
            logger.warning("the printer cannot be reached: %s", why, exc_info=not isinstance(error, OSError))
        self._why = why

    def _ask(self, port: Port, busy: float = 0.0) -> PrinterState:
        """Return what it says. Staff are told « offline » of one that answered before and is silent now."""
        said = ask_state(port, busy)
        self._why = ""
        is_silent = said is PrinterState.UNKNOWN
        self.state = PrinterState.OFFLINE if is_silent and self._answers else said
        if not is_silent and not self._answers:
            self._answers = True
            self._on_answer()
        return said

    def print(self, ticket: bytes) -> Printed:
        """Send one ticket in one go; never tried again, for nobody knows what a failed attempt left on paper."""
        with self._lock:
            try:
                port = self._open_port()
            except OSError as error:
                self._note_unreachable(error)
                return Printed.NOTHING_SENT
            ending = Printed.FAILED
            try:
                ending = self._print_through(port, ticket)
            finally:
                # One that never tells its state may well be printing.
                if ending is Printed.FAILED or (ending is Printed.UNSURE and self._answers):
                    port.abandon()
                else:
                    port.close()
            return ending

    def _print_through(self, port: Port, ticket: bytes) -> Printed:
        try:
            before = self._ask(port)
        except OSError as error:
            self._note_unreachable(error)
            return Printed.NOTHING_SENT
        # One that never answers is a simple one and prints blindly. One that no longer does would print late.
        blind = before is PrinterState.UNKNOWN and not self._answers
        if before not in PRINTS and not blind:
            return Printed.NOTHING_SENT
        try:
            port.send(ticket)
        except OSError as error:
            self._note_unreachable(error)
            return Printed.FAILED
        return Printed.UNSURE if blind else self._judge_after(port, len(ticket) * port.seconds_per_byte)

    def _judge_after(self, port: Port, busy: float) -> Printed:
        """Ask again: the bytes were taken without complaint, with or without paper."""
        try:
            after = self._ask(port, busy)
        except OSError as error:
            self._note_unreachable(error)
            return Printed.UNSURE
        if after in PRINTS:
            return Printed.PRINTED
        return Printed.UNSURE if after is PrinterState.UNKNOWN else Printed.FAILED
