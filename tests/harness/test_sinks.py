import signal
import smtplib
import socket
from email.message import EmailMessage
from pathlib import Path

import pytest
import serial
from escpos.printer import Dummy, Network

from tests.harness.escpos_text import read_printout
from tests.harness.printers import Paper, TcpPrinter
from tests.harness.processes import PYTHON, DiedEarlyError, Process, find_free_port, is_listening, list_family
from tests.harness.serial_line import Pty
from tests.harness.smtp import SmtpMode, SmtpSink
from tests.harness.waiting import StillWaitingError, wait_until


def send_mail(sink: SmtpSink, text: str = "Bonjour") -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "hall@example.org", "anna@example.org", "Été"
    message.set_content(text)
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=1) as client:
        client.send_message(message)


def test_accepted_mail_is_kept_as_it_came(smtp_sink: SmtpSink) -> None:
    send_mail(smtp_sink)
    [mail] = smtp_sink.wait_for(1, "anna@example.org")
    assert (mail.sender, mail.recipients, mail.message["Subject"]) == ("hall@example.org", ("anna@example.org",), "Été")


@pytest.mark.parametrize(
    ("mode", "error", "kept"),
    [
        (SmtpMode.REFUSE, smtplib.SMTPRecipientsRefused, 0),
        (SmtpMode.UNAVAILABLE, smtplib.SMTPSenderRefused, 0),
        (SmtpMode.LATER, smtplib.SMTPDataError, 0),
        (SmtpMode.STALL, smtplib.SMTPServerDisconnected, 0),
        (SmtpMode.CLOSE_AFTER_DATA, smtplib.SMTPServerDisconnected, 1),
    ],
)
def test_a_misbehaving_mail_server(smtp_sink: SmtpSink, mode: SmtpMode, error: type[Exception], kept: int) -> None:
    smtp_sink.mode = mode
    with pytest.raises(error):
        send_mail(smtp_sink)
    assert len(smtp_sink.mails) == kept


def test_an_outage_of_the_mail_server_ends_on_the_same_port(smtp_sink: SmtpSink) -> None:
    smtp_sink.stop()
    with pytest.raises(ConnectionRefusedError):
        send_mail(smtp_sink)
    smtp_sink.start()
    send_mail(smtp_sink)
    assert len(smtp_sink.mails) == 1


def test_a_printout_is_read_back_with_its_letters_and_pictures() -> None:
    device = Dummy(profile="TM-T20II")
    device.set(align="center", custom_size=True, width=4, height=4)
    device.text("P042\n")
    device.set(normal_textsize=True)
    device.text("Zone A – à l'étage, Bürger, œuvre, 5 €\n")
    device.qr("ABC234", size=4)
    device.cut()
    printout = read_printout(device.output)
    assert printout.lines[0] == "P042"
    assert printout.lines[1].startswith("Zone A")
    assert "à l'étage, Bürger" in printout.lines[1]
    assert (printout.cuts, printout.pictures > 0, (4, 4) in printout.sizes) == (1, True, True)


def test_the_printer_keeps_jobs_apart_and_tells_its_state(printer: TcpPrinter) -> None:
    for number, paper in enumerate([Paper.OK, Paper.LOW, Paper.OUT]):
        printer.paper = paper
        device = Network("127.0.0.1", printer.port, timeout=2, profile="TM-T20II")
        assert device.paper_status() == {Paper.OK: 2, Paper.LOW: 1, Paper.OUT: 0}[paper]
        device.text(f"P{number}\n")
        device.cut()
        device.close()
    printer.wait_for_printout(3)
    assert [printout.lines for printout in printer.printouts] == [["P0"], ["P1"], ["P2"]]


def test_a_silent_printer_and_an_unplugged_one(printer: TcpPrinter) -> None:
    printer.stalled = True
    with socket.create_connection(("127.0.0.1", printer.port), timeout=0.2) as line:
        line.sendall(b"\x10\x04\x04")
        with pytest.raises(TimeoutError):
            line.recv(1)
    printer.unplug()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", printer.port), timeout=1)


def test_a_scanner_is_read_and_comes_back_under_another_name(tmp_path: Path, serial_line: Pty) -> None:
    with serial.Serial(str(serial_line.path), timeout=2) as device:
        serial_line.scan("cABC")
        assert device.read_until(b"\r") == b"cABC\r"
    before = serial_line.path
    serial_line.replug(tmp_path / "scanner-2")
    assert (before.exists(), serial_line.path.exists()) == (False, True)


def test_a_port_counts_only_when_the_process_itself_listens(tmp_path: Path) -> None:
    port = find_free_port()
    code = f"import socket, time; s = socket.create_server(('127.0.0.1', {port})); print('up', flush=True); s.accept()"
    with (
        Process([PYTHON, "-c", code], log=tmp_path / "log") as child,
        Process(["sleep", "60"], log=tmp_path / "other") as other,
    ):
        child.wait_for_line("up")
        child.wait_for_port(port)
        assert (is_listening(port, child.pid), is_listening(port, other.pid)) == (True, False)
    assert child.code == -signal.SIGTERM


def test_a_process_that_dies_shows_its_log(tmp_path: Path) -> None:
    with (
        Process([PYTHON, "-c", "raise SystemExit('no such table')"], log=tmp_path / "log") as child,
        pytest.raises(DiedEarlyError, match="no such table"),
    ):
        child.wait_for_port(find_free_port())


def test_what_a_process_leaves_behind_is_ended_too(tmp_path: Path) -> None:
    code = "import subprocess, sys; c = subprocess.Popen(['sleep', '60']); print('child', c.pid, flush=True); c.wait()"
    with Process([PYTHON, "-c", code], log=tmp_path / "log") as parent:
        grandchild = int(parent.wait_for_line("child").split()[1])
        assert list_family(parent.pid) == [parent.pid, grandchild]

    def is_gone() -> bool:
        stat = Path(f"/proc/{grandchild}/stat")
        return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] == "Z"

    wait_until(is_gone, 5, "the grandchild has ended")


def test_waiting_says_what_it_waited_for() -> None:
    with pytest.raises(StillWaitingError, match="the screen shows P042"):
        wait_until(lambda: False, 0.05, "the screen shows P042")
