"""The bridge as a whole: its parts, put together and started."""

from eguichet_kiosk_bridge.arrivals import Arrivals
from eguichet_kiosk_bridge.config import Config
from eguichet_kiosk_bridge.events import EventFeed
from eguichet_kiosk_bridge.house import House
from eguichet_kiosk_bridge.journal import Journal
from eguichet_kiosk_bridge.kiosk import Kiosk
from eguichet_kiosk_bridge.page_api import PageApi
from eguichet_kiosk_bridge.page_server import PageServer
from eguichet_kiosk_bridge.print_queue import PrintQueue
from eguichet_kiosk_bridge.printer import Printer
from eguichet_kiosk_bridge.printer_ports import open_port
from eguichet_kiosk_bridge.repeating import Repeating
from eguichet_kiosk_bridge.scanner import Scanner
from eguichet_kiosk_bridge.server import Clock, Server
from eguichet_kiosk_bridge.signing import Signer
from eguichet_kiosk_bridge.upkeep import Upkeep


class Bridge:
    """One running kiosk. It starts without a server, a printer or a scanner, and uses them when they come."""

    def __init__(self, config: Config, clock: Clock | None = None) -> None:
        """Open the journal and take the port; nothing runs before `start`."""
        self.journal = Journal(config.data_dir / f"{config.kiosk}.sqlite3")
        clock = clock or Clock()
        clock.offset_ms = int(self.journal.recall("offset_ms") or 0)
        self.server = Server(config.server, Signer(config.kiosk, config.key), clock)
        self.house, self.feed = House(self.journal, clock), EventFeed()
        self.printer = None if config.printer == "none" else self._make_printer(config)
        self._printing = PrintQueue(self.printer) if self.printer else None
        self._scanner = None if config.scanner == "none" else self._make_scanner(config)
        self.upkeep = Upkeep(
            self.server,
            self.journal,
            self.house,
            self.feed,
            printer=self.printer,
            scanner=self._scanner,
            demo=config.demo,
        )
        self._beating = Repeating("heartbeat", config.heartbeat_every, self._beat)
        self._rounds = [
            self._beating,
            Repeating("devices", config.devices_every, self._watch),
            Repeating("roster", config.roster_every, self.upkeep.fetch),
            Repeating("upload", config.upload_every, self.upkeep.upload),
        ]
        self.kiosk = Kiosk(
            Arrivals(self.server, self.journal, self.house, config.answer_within),
            self.journal,
            self.house,
            self.feed,
            self._printing,
            demo=config.demo,
            on_printed=self._beating.wake,
        )
        api = PageApi(self.kiosk, self.house, self.feed, self.upkeep.find_health, demo=config.demo)
        self._page = PageServer(config.port, api.list_reads(), api.list_commands())

    def _make_printer(self, config: Config) -> Printer:
        # That it tells its state is kept: a bridge started beside a stalled printer must not print late.
        return Printer(
            lambda: open_port(config),
            answers=self.journal.recall("answering_printer") == config.printer,
            on_answer=lambda: self.journal.keep("answering_printer", config.printer),
        )

    def _make_scanner(self, config: Config) -> Scanner:
        printer = config.printer.removeprefix("serial:") if config.printer.startswith("serial:") else None
        return Scanner(config.scanner, config.baud, self._scan, printer)

    @property
    def url(self) -> str:
        """Return the address of the page."""
        return f"http://127.0.0.1:{self._page.port}/"

    def start(self) -> None:
        """Start every thread; the page answers when this returns."""
        self._page.start()
        if self._printing:
            self._printing.start()
        if self._scanner:
            self._scanner.start()
        for part in self._rounds:
            part.start()

    def stop(self) -> None:
        """Stop every thread and close the journal; a ticket in progress is finished."""
        if self._scanner:
            self._scanner.stop()
        self.feed.close()
        self._page.stop()
        if self._printing:
            self._printing.stop()
        for part in self._rounds:
            part.stop()
        self.server.close()
        self.journal.close()

    def _scan(self, text: str) -> None:
        self.kiosk.scan(text)

    def _watch(self) -> None:
        if self.upkeep.watch():
            self._beating.wake()

    def _beat(self) -> None:
        self.kiosk.forget_old()
        self.upkeep.beat()
