"""Paper: what is printed, when it is not, and never twice."""

import dataclasses
import itertools
import os
import pty
import sqlite3
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import ImageChops

from eguichet_kiosk_bridge.answers import Ticket
from eguichet_kiosk_bridge.escpos_ticket import ForbiddenCommandError, check_commands, render_ticket
from eguichet_kiosk_bridge.print_queue import PrintQueue
from eguichet_kiosk_bridge.printer import Printed, Printer, PrinterState, read_state
from eguichet_kiosk_bridge.printer_ports import NetworkPort, SerialPort
from eguichet_kiosk_bridge.ticket_layout import compose_ticket
from eguichet_kiosk_bridge.usb_port import UsbPort
from tests.harness.printers import Paper, TcpPrinter
from tests.harness.usb_bus import VENDOR_CLASS, UsbPrinter
from tests.kiosk_bridge.conftest import StartBridge, wait_until
from tests.kiosk_bridge.framework import Framework
from tests.kiosk_bridge.paper import draw_ticket
from tests.kiosk_bridge.sink import QUESTION, QUESTIONS, REPLIES, Sink, read_slip

BRUSSELS = ZoneInfo("Europe/Brussels")
FOLLOW = "https://rdv.example.org/t/tAbCdEfGhIjKlMnOpQrStUvWx"
TICKET = Ticket(
    number="P042",
    zone="A",
    zone_name="Cœur de l'hôtel, 5 €, Łódź",
    hour="09:30",
    date="2026-12-01",
    place="Hôtel de Ville",
    issued_at="2026-12-01T08:12:00Z",
    language="fr",
    wait=(5, 15),
)


def print_to(sink: Sink, ticket: Ticket = TICKET) -> tuple[Printed, PrinterState]:
    printer = Printer(lambda: NetworkPort("127.0.0.1", sink.port))
    return printer.print(render_ticket(compose_ticket(ticket, BRUSSELS))), printer.state


def test_accents_number_zone_and_hours(sink: Sink) -> None:
    assert print_to(sink) == (Printed.PRINTED, PrinterState.OK)
    slip = read_slip(sink.tickets[0])
    assert slip.lines == [
        "Hôtel de Ville",
        "-" * 48,
        "Votre numéro",
        "P042",
        "Zone d'attente A",
        "Cœur de l'hôtel, 5 €, Łódź",
        "Rendez-vous à 09:30",
        "Attente prévue\u00a0: 5 à 15 minutes",
        "-" * 48,
        "Installez-vous dans votre zone. Votre numéro",
        "sera affiché à l'écran et appelé.",
        "Délivré le 01/12/2026 à 09:12",
    ]
    assert (slip.sizes["P042"], slip.sizes["Zone d'attente A"]) == (8, 3)
    assert slip.images == []


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("nl", "Afspraak om 09:30"),
        ("de", "Termin um 09:30"),
        ("en", "Appointment at 09:30"),
        ("it", "Appointment at 09:30"),
    ],
)
def test_ticket_speaks_the_visitors_language(sink: Sink, language: str, line: str) -> None:
    print_to(sink, dataclasses.replace(TICKET, language=language))
    assert line in read_slip(sink.tickets[0]).lines


@pytest.mark.parametrize(
    ("mode", "printed", "state", "tickets"),
    [
        ("paper_low", Printed.PRINTED, PrinterState.PAPER_LOW, 1),
        ("paper_out", Printed.NOTHING_SENT, PrinterState.PAPER_OUT, 0),
        ("cover_open", Printed.NOTHING_SENT, PrinterState.COVER_OPEN, 0),
        ("error", Printed.NOTHING_SENT, PrinterState.OFFLINE, 0),
        ("empty", Printed.NOTHING_SENT, PrinterState.OFFLINE, 0),
        ("silent", Printed.UNSURE, PrinterState.UNKNOWN, 1),
        ("garbage", Printed.UNSURE, PrinterState.UNKNOWN, 1),
        ("runs_out", Printed.FAILED, PrinterState.PAPER_OUT, 1),
    ],
)
def test_faults(sink: Sink, mode: str, printed: Printed, state: PrinterState, tickets: int) -> None:
    sink.mode = mode
    assert print_to(sink) == (printed, state)
    sink.wait(lambda: len(sink.tickets) == tickets)


def test_printer_on_a_serial_line() -> None:
    master, slave = pty.openpty()
    paper = bytearray()

    def answer() -> None:
        for_ticket, replied = bytearray(), 0
        while replied < 2 * len(QUESTIONS):
            data = os.read(master, 4096)
            for_ticket += QUESTION.sub(b"", data)
            for question in QUESTION.findall(data):
                os.write(master, bytes([REPLIES["ok"][QUESTIONS[question]]]))
                replied += 1
        paper.extend(for_ticket)

    answering = threading.Thread(target=answer, daemon=True)
    answering.start()
    printer = Printer(lambda: SerialPort(os.ttyname(slave), 38400))
    assert printer.print(render_ticket(compose_ticket(TICKET, BRUSSELS))) is Printed.PRINTED
    answering.join(15)
    assert "P042" in read_slip(bytes(paper)).lines
    os.close(master)
    os.close(slave)


def test_printer_on_usb_is_never_reset_and_its_ticket_goes_out_whole() -> None:
    device = UsbPrinter(at_once=1000)
    device.replies = [0x1A]  # too late for the exchange before
    printer, ticket = Printer(lambda: UsbPort(device.find())), render_ticket(compose_ticket(TICKET, BRUSSELS)) * 10
    assert (printer.check(), printer.print(ticket)) == (PrinterState.OK, Printed.PRINTED)
    assert (len(ticket) > 3 * device.at_once, device.data == ticket) == (True, True)
    assert device.log == ["detach 1", *["claim 1", "release 1", "close"] * 2]


def test_half_a_ticket_on_usb_is_not_called_printed() -> None:
    device = UsbPrinter(takes=100)
    ticket = render_ticket(compose_ticket(TICKET, BRUSSELS))
    assert Printer(lambda: UsbPort(device.find())).print(ticket) is Printed.FAILED
    assert device.data == ticket[:100]


def test_time_limits_on_usb() -> None:
    device = UsbPrinter(printer_class=VENDOR_CLASS)
    device.answers = False
    port = UsbPort(device.find())
    device.timeouts.clear()
    port.send(b"P042\n")
    assert (port.receive(0.25), port.receive(0.0)) == (b"", b"")
    # Asking with a limit leaves that of writing as it is; zero would be for ever.
    assert device.timeouts[1:] == [250, 1]
    port.send(b"P043\n")
    assert {limit for limit in (device.timeouts[0], device.timeouts[3]) if not 1000 < limit <= 2000} == set()
    port.close()


def test_printer_that_breaks_off_is_not_sure(sink: Sink) -> None:
    sink.mode = "breaks"
    printed, state = print_to(sink)
    assert printed in {Printed.FAILED, Printed.UNSURE}
    assert state is PrinterState.OFFLINE


def test_absent_printer(sink: Sink) -> None:
    def refuse() -> NetworkPort:
        raise ConnectionRefusedError

    printer = Printer(refuse)
    assert (printer.print(b""), printer.check()) == (Printed.NOTHING_SENT, PrinterState.OFFLINE)


def test_why_the_printer_is_not_reached_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    def refuse() -> NetworkPort:
        raise ValueError("a driver's own words")

    printer = Printer(refuse)
    assert [printer.check(), printer.check()] == [PrinterState.OFFLINE] * 2
    assert caplog.messages == ["the printer cannot be reached: a driver's own words"]


@pytest.mark.parametrize("replies", [b"", b"\x12", b"\x12\x12", b"\x00\x00\x00", b"\x12\x12\x12\x12", b"\xff\x12\x12"])
def test_silence_is_not_ok(replies: bytes) -> None:
    assert read_state(replies) is PrinterState.UNKNOWN


def test_control_bytes_in_texts_never_reach_the_printer(sink: Sink) -> None:
    nasty = "A\x1bp\x00\x19\xfa\x10\x14\x01\x1d(E\u202eB\x00"
    print_to(sink, dataclasses.replace(TICKET, zone_name=nasty, place=nasty))
    slip = read_slip(sink.tickets[0])
    assert "Ap\xfa(EB" in slip.lines


@pytest.mark.parametrize(
    "data",
    [b"\x1bp\x00\x19\xfa", b"\x10\x14\x01", b"\x1d(E\x00", b"\x1c.", b"text\x00", b"\x1b", b"\x1b=\x01", b"\x0c"],
)
def test_command_no_ticket_needs_is_refused(data: bytes) -> None:
    with pytest.raises(ForbiddenCommandError):
        check_commands(data)


def test_job_dies_rather_than_printing_late(sink: Sink) -> None:
    times = iter([0.0, 61.0, 100.0, 159.0])
    printed: list[Printed] = []
    jobs = PrintQueue(Printer(lambda: NetworkPort("127.0.0.1", sink.port)), now=lambda: next(times))
    output = render_ticket(compose_ticket(TICKET, BRUSSELS))
    tell: Callable[[Printed], None] = printed.append
    jobs.start()
    jobs.add(output, tell)
    wait_until(lambda: len(printed) == 1)
    jobs.add(output, tell)
    wait_until(lambda: len(printed) == 2)
    jobs.stop()
    assert printed == [Printed.NOTHING_SENT, Printed.PRINTED]
    assert len(sink.tickets) == 1


def test_visitor_sees_the_number_and_may_print_when_paper_is_back(start_bridge: StartBridge, sink: Sink) -> None:
    sink.mode = "paper_out"
    page = start_bridge(printer=sink.address)
    answer = page.check_in(code="cAAAAAAAAAAAAAAAAAAAAAAAA")
    assert (answer["ticket"]["number"], page.hear("printing")["printing"]) == ("P042", "not_printed")
    sink.mode = "ok"
    assert page.check_in(code="cAAAAAAAAAAAAAAAAAAAAAAAA")["printing"] == "printing"
    assert page.hear("printing")["printing"] == "printed"
    assert page.check_in(code="cAAAAAAAAAAAAAAAAAAAAAAAA")["printing"] == "none"
    assert len(sink.tickets) == 1


def test_the_server_hears_of_a_device_before_the_next_beat(
    start_bridge: StartBridge, framework: Framework, sink: Sink
) -> None:
    start_bridge(printer=sink.address, heartbeat_every=3600)
    for mode in ("ok", "paper_out", "cover_open", "ok"):
        sink.mode = mode
        framework.wait(lambda: [beat["printer"] for beat in framework.bodies("heartbeat")[-1:]] == [sink.mode])


def test_a_printer_silent_since_before_the_start_prints_nothing_late(
    start_bridge: StartBridge, framework: Framework, printer: TcpPrinter
) -> None:
    address = f"tcp://127.0.0.1:{printer.port}"
    page = start_bridge(printer=address)
    framework.wait(lambda: [beat["printer"] for beat in framework.bodies("heartbeat")[-1:]] == ["ok"])
    page.bridge.stop()
    printer.stalled = True
    page = start_bridge(printer=address)
    page.check_in(code="cAAAAAAAAAAAAAAAAAAAAAAAA")
    assert page.hear("printing")["printing"] == "not_printed"
    framework.wait(lambda: framework.bodies("heartbeat")[-1]["printer"] == "offline")
    mend_printer(printer)
    framework.wait(lambda: framework.bodies("heartbeat")[-1]["printer"] == "ok")
    assert sum(printout.cuts for printout in printer.printouts) == 0


@pytest.mark.parametrize(("copies", "ending"), [(1, Printed.UNSURE), (1000, Printed.FAILED)])
def test_a_ticket_the_printer_stalls_in_does_not_come_out_later(
    printer: TcpPrinter, copies: int, ending: Printed
) -> None:
    printer.stall_in_ticket()
    # One the kernel of this side takes whole, and one it does not.
    ticket = render_ticket(compose_ticket(dataclasses.replace(TICKET, follow_url=FOLLOW), BRUSSELS))
    assert Printer(lambda: NetworkPort("127.0.0.1", printer.port)).print(ticket * copies) is ending
    printer.stalled = False
    printer.wait_until_idle()
    [begun] = printer.jobs
    assert (0 < len(begun) < len(ticket), ticket.startswith(begun)) == (True, True)


def test_the_same_scan_again_tells_how_the_ticket_ended(start_bridge: StartBridge, sink: Sink) -> None:
    sink.mode = "paper_out"
    page = start_bridge(printer=sink.address)
    for ending in ("printing", "not_printed"):
        page.bridge.kiosk.scan("cAAAAAAAAAAAAAAAAAAAAAAAA")
        assert page.hear_answer()["printing"] == ending
        if ending == "printing":
            page.hear("printing")


def test_one_fault_does_not_end_the_printing_of_the_day(sink: Sink) -> None:
    ports = iter([0, sink.port, sink.port])
    printed: list[Printed] = []

    def tell(ending: Printed) -> None:
        printed.append(ending)
        if len(printed) == 2:
            raise sqlite3.OperationalError("database or disk is full")

    def open_port() -> NetworkPort:
        port = next(ports)
        if not port:
            raise UnicodeError("encoding with 'idna' codec failed")
        return NetworkPort("127.0.0.1", port)

    jobs = PrintQueue(Printer(open_port))
    jobs.start()
    for _ in range(3):
        jobs.add(render_ticket(compose_ticket(TICKET, BRUSSELS)), tell)
    jobs.stop()
    assert printed == [Printed.FAILED, Printed.PRINTED, Printed.PRINTED]


def test_half_printed_ticket_is_not_printed_again(start_bridge: StartBridge, sink: Sink) -> None:
    sink.mode = "runs_out"
    page = start_bridge(printer=sink.address)
    page.check_in(code="cAAAAAAAAAAAAAAAAAAAAAAAA")
    assert page.hear("printing")["printing"] == "print_failed"
    sink.mode = "ok"
    assert page.check_in(code="cAAAAAAAAAAAAAAAAAAAAAAAA")["printing"] == "none"


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_ticket_as_it_lies_in_the_hand(language: str, tmp_path: Path) -> None:
    ticket = dataclasses.replace(TICKET, language=language, follow_url=FOLLOW, place="Hôtel de Ville de Verviers")
    picture = draw_ticket(render_ticket(compose_ticket(ticket, BRUSSELS)))
    picture.save(tmp_path / "ticket.png")
    code = subprocess.run(
        ["zbarimg", "--raw", "-q", str(tmp_path / "ticket.png")], capture_output=True, check=True, text=True
    )
    assert code.stdout.strip() == FOLLOW
    # Eight dots are a millimetre: the number is over 15 mm high, and nothing stands in the margin.
    ink = [row for row in range(picture.height) if min(picture.crop((0, row, picture.width, row + 1)).tobytes()) == 0]
    assert max(len(list(run)) for _gap, run in itertools.groupby(enumerate(ink), lambda pair: pair[1] - pair[0])) > 120
    left, _top, right, _bottom = ImageChops.invert(picture).getbbox() or (0, 0, 0, 0)
    assert 32 <= left < right <= picture.width - 32


# What happens to the paper, to the visitor and to the staff when the printer is not well ------------------------------


@pytest.mark.parametrize(
    "case",
    [
        ("paper_out", "not_printed", "paper_out"),
        ("paper_low", "printed", "paper_low"),
        ("cover_open", "not_printed", "cover_open"),
        ("unplugged", "not_printed", "offline"),
        ("stalled", "not_printed", "offline"),
        ("drops", "printed", "ok"),
    ],
)
def test_six_faults_of_a_printer(
    start_bridge: StartBridge, framework: Framework, printer: TcpPrinter, case: tuple[str, str, str]
) -> None:
    fault, ending, told = case
    page = start_bridge(printer=f"tcp://127.0.0.1:{printer.port}", heartbeat_every=3600)
    framework.wait(lambda: [beat["printer"] for beat in framework.bodies("heartbeat")[-1:]] == ["ok"])
    break_printer(printer, fault)
    answer = page.check_in(code="cAAAAAAAAAAAAAAAAAAAAAAAA")
    # The number does not wait for the paper.
    assert (answer["ticket"]["number"], answer["printing"]) == ("P042", "printing")
    assert page.hear("printing")["printing"] == ending
    framework.wait(lambda: framework.bodies("heartbeat")[-1]["printer"] == told)
    # Well again: nothing comes out late, and scanning again prints only what certainly never reached the paper.
    mend_printer(printer)
    framework.wait(lambda: framework.bodies("heartbeat")[-1]["printer"] == "ok")
    assert page.check_in(code="cAAAAAAAAAAAAAAAAAAAAAAAA")["ticket"]["number"] == "P042"
    if ending == "not_printed":
        assert page.hear("printing")["printing"] == "printed"
    page.bridge.stop()
    assert sum(printout.cuts for printout in printer.printouts) <= 1


def break_printer(printer: TcpPrinter, fault: str) -> None:
    """Put a printer into one of six faults; « drops »: it says that all is well and keeps nothing."""
    if fault in {"paper_out", "paper_low"}:
        printer.paper = Paper.OUT if fault == "paper_out" else Paper.LOW
    elif fault == "unplugged":
        printer.unplug()
    else:
        setattr(printer, {"cover_open": "cover_open", "stalled": "stalled", "drops": "keeps_nothing"}[fault], True)


def mend_printer(printer: TcpPrinter) -> None:
    """End the fault; what a stalled printer had not read yet it reads now, as a real one does: late, if it is a ticket."""
    printer.paper, printer.cover_open, printer.stalled, printer.keeps_nothing = Paper.OK, False, False, False
    if not printer.is_plugged_in:
        printer.plug_in()
