"""Paper: what is printed, when it is not, and never twice."""

import dataclasses
import os
import pty
import threading
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from eguichet_kiosk_bridge.answers import Ticket
from eguichet_kiosk_bridge.escpos_ticket import ForbiddenCommandError, check_commands, render_ticket
from eguichet_kiosk_bridge.print_queue import PrintQueue
from eguichet_kiosk_bridge.printer import Printed, Printer, PrinterState, read_state
from eguichet_kiosk_bridge.printer_ports import NetworkPort, SerialPort
from eguichet_kiosk_bridge.ticket_layout import compose_ticket
from tests.kiosk_bridge.conftest import StartBridge, wait_until
from tests.kiosk_bridge.framework import Framework
from tests.kiosk_bridge.sink import QUESTION, QUESTIONS, REPLIES, Sink, read_slip

BRUSSELS = ZoneInfo("Europe/Brussels")
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
        "Attente estimée\u00a0: 5 à 15 minutes",
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


def test_half_printed_ticket_is_not_printed_again(start_bridge: StartBridge, sink: Sink) -> None:
    sink.mode = "runs_out"
    page = start_bridge(printer=sink.address)
    page.check_in(code="cAAAAAAAAAAAAAAAAAAAAAAAA")
    assert page.hear("printing")["printing"] == "print_failed"
    sink.mode = "ok"
    assert page.check_in(code="cAAAAAAAAAAAAAAAAAAAAAAAA")["printing"] == "none"
