"""What the bridge does by itself, all day: report, fetch the roster, bring home what the server does not have."""

import logging

from eguichet_kiosk_bridge import __version__
from eguichet_kiosk_bridge.answers import Json, UnreadableError
from eguichet_kiosk_bridge.events import EventFeed
from eguichet_kiosk_bridge.house import House
from eguichet_kiosk_bridge.journal import Journal, Pending
from eguichet_kiosk_bridge.printer import Printer, PrinterState
from eguichet_kiosk_bridge.scanner import Scanner, ScannerState
from eguichet_kiosk_bridge.server import (
    RefusedError,
    RevokedError,
    Server,
    ServerFaultError,
    ServerUnavailableError,
)

logger = logging.getLogger(__name__)

HEARTBEAT_WITHIN = 5.0
UPLOAD_WITHIN = 20.0
# The first roster of a big house takes the server a while; nobody stands and waits for it.
ROSTER_WITHIN = 60.0


class Upkeep:
    """The rounds of one bridge; each raises nothing when the server is merely away."""

    def __init__(
        self,
        server: Server,
        journal: Journal,
        house: House,
        feed: EventFeed,
        *,
        printer: Printer | None,
        scanner: Scanner | None,
        demo: bool,
    ) -> None:
        """Remember the parts."""
        self._server, self._journal, self._house, self._feed = server, journal, house, feed
        self._printer, self._scanner, self._demo = printer, scanner, demo
        self.server_answers = False
        self._noted: str | None = None
        self._told: tuple[object, object] | None = None
        self._heard: str | None = None

    def find_health(self) -> Json:
        """Return the bridge's own view of itself, without asking anybody."""
        return {
            "status": "ok",
            "version": __version__,
            "server": "ok" if self.server_answers else "unreachable",
            "printer": self._printer_state(),
            "scanner": (self._scanner.state if self._scanner else ScannerState.NONE).value,
            "backlog": self._journal.count_backlog(),
            "locked": self._house.is_closed,
            "pages": self._feed.waiting_pages,
        }

    def _printer_state(self) -> str:
        if self._printer:
            state: PrinterState = self._printer.state
            return str(state.value)
        # The demonstration prints on the page, and that always works.
        return "ok" if self._demo else "unknown"

    def watch(self) -> bool:
        """Look after devices and hours; tell whether the server should hear of a device now, not with the next beat."""
        if self._printer:
            self._printer.check()
        if self._house.notice_hours():
            self._feed.post("reload")
        health = self.find_health()
        return self._told is not None and (health["printer"], health["scanner"]) != self._told

    def beat(self) -> None:
        """Tell the server how the devices are, and hear whether the kiosk may be used."""
        health, clock = self.find_health(), self._server.clock
        body = {name: health[name] for name in ("version", "printer", "scanner", "backlog")}
        body["stuck"] = self._journal.find_stuck()
        # What staff ordered since then is said again: an answer may be lost on its way.
        body["heard"] = self._heard
        sent = clock.kiosk_time()
        try:
            reply = self._server.post("heartbeat", {**body, **clock.stamp()}, HEARTBEAT_WITHIN)
        except (ServerUnavailableError, RefusedError) as error:
            self._note_server(answers=False, why=str(error))
            return
        except RevokedError:
            self._close_for_good()
            return
        self._told = (body["printer"], body["scanner"])
        self._heard = reply.get("now")
        clock.measure(str(self._heard or ""), sent, clock.kiosk_time())
        self._journal.keep("offset_ms", clock.offset_ms)
        self._note_server(answers=True)
        self._house.lock(locked=bool(reply.get("locked")))
        if reply.get("reload"):
            self._feed.post("reload")

    def fetch(self) -> None:
        """Refresh configuration and roster, and forget the days that are past."""
        try:
            if self._house.learn(self._server.get("config")):
                self._feed.post("reload")
            roster = self._server.get("roster", ROSTER_WITHIN)
            self._journal.replace_roster(list(roster["days"]), list(roster["leases"]))
            # Only now is the date certain: a clock set wrong or right in an outage would wipe what is needed in it.
            self._journal.wipe_before(self._house.today())
        except ServerUnavailableError as error:
            logger.info("no fresh roster: %s", error)
        except RevokedError:
            self._close_for_good()
        except (RefusedError, UnreadableError, KeyError, TypeError, ValueError) as error:
            logger.warning("the roster cannot be used: %s", error)

    def upload(self) -> None:
        """Bring home what was decided here, in order; one the server fails at waits for the next round, alone."""
        place = 0
        while pending := self._journal.find_pending(after=place):
            place = pending[-1].seq
            try:
                self._send(pending)
            except ServerUnavailableError as error:
                logger.info("%d arrivals wait: %s", len(pending), error)
                return
            except RevokedError:
                # They stay: a new key may still bring them home.
                return

    def _send(self, pending: list[Pending]) -> None:
        if len(pending) > 1:
            try:
                self._send_together(pending)
            except (RefusedError, ServerFaultError) as problem:
                logger.warning("%d arrivals are sent one by one: %s", len(pending), problem)
            else:
                return
        faults = [fault for entry in pending if (fault := self._send_alone(entry))]
        if len(faults) == len(pending) > 1:
            # It fails at everything: nobody's entry is to blame.
            raise faults[0]

    def _send_alone(self, entry: Pending) -> ServerFaultError | None:
        """Send one entry; return the fault the server had with it, if any."""
        try:
            self._send_together([entry])
        except RefusedError:
            logger.exception("the server cannot read arrival %d", entry.seq)
            self._journal.note_stuck(entry.seq)
        except ServerFaultError as fault:
            logger.warning("the server fails at arrival %d", entry.seq)
            return fault
        return None

    def _send_together(self, pending: list[Pending]) -> None:
        offset = self._server.clock.offset_ms
        entries = [{**entry.body, "offset_ms": entry.body["offset_ms"] or offset} for entry in pending]
        reply = self._server.post("journal", {"entries": entries}, UPLOAD_WITHIN)
        known = {entry.seq for entry in pending}
        results = reply.get("results")
        seqs = [r["seq"] for r in results if r.get("seq") in known] if isinstance(results, list) else []
        if not seqs:
            message = "the server took none of the arrivals"
            raise ServerUnavailableError(message)
        self._journal.note_uploaded(seqs)

    def _note_server(self, *, answers: bool, why: str = "") -> None:
        note = "the server answers" if answers else f"the server does not answer: {why}"
        if note != self._noted:
            logger.warning("%s", note)
        self.server_answers, self._noted = answers, note

    def _close_for_good(self) -> None:
        """Forget everybody who is expected: the key of this kiosk was revoked."""
        self._note_server(answers=False, why="this kiosk's key was revoked")
        self._journal.wipe_roster()
        self._house.lock(locked=True)
