"""A visitor, a kiosk, a clerk and a screen, on real parts."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.harness.installation import BIN, Installation
from tests.harness.printers import TcpPrinter
from tests.harness.processes import Process
from tests.harness.serial_line import Pty
from tests.harness.waiting import wait_until

KIOSK = "borne-1"


class KioskBridge:
    """The bridge as it runs on a kiosk, with a scanner on a serial line and a printer on the network."""

    def __init__(self, directory: Path, site: Installation, printer: TcpPrinter, line: Pty) -> None:
        self.line = line
        self.printer = printer
        key = directory / "key"
        key.touch(mode=0o600)
        key.write_text(site.manage("kiosk_key", KIOSK).split()[-1])
        command = [
            *(str(BIN / "eguichet-kiosk-bridge"), "--server", site.url, "--kiosk", KIOSK, "--key-file", str(key)),
            *("--port", "0", "--data-dir", str(directory / "kiosk")),
            *("--printer", f"tcp://127.0.0.1:{printer.port}", "--scanner", str(line.path)),
        ]
        self.process = Process(command, log=directory / "bridge.log", env=site.env)
        self.url = self.process.wait_for_line("Ready:").split()[1]
        wait_until(lambda: self.health()["scanner"] == "ok", 20, "the bridge has opened the scanner")
        wait_until(lambda: self.health()["server"] == "ok", 20, "the bridge has heard the server")

    def health(self) -> dict[str, object]:
        """What the bridge says of itself."""
        answer: dict[str, object] = httpx.get(f"{self.url}healthz", trust_env=False).json()
        return answer


@pytest.fixture
def kiosk(tmp_path: Path, installation: Installation, printer: TcpPrinter, serial_line: Pty) -> Iterator[KioskBridge]:
    """The first kiosk of the demo town."""
    bridge = KioskBridge(tmp_path, installation, printer, serial_line)
    yield bridge
    bridge.process.stop()


@pytest.fixture
def decode_picture(tmp_path: Path) -> Callable[[bytes], str]:
    """Decode a QR code from a picture with zbar, a decoder that has nothing to do with ours."""

    def decode(picture: bytes) -> str:
        path = tmp_path / "code.png"
        path.write_bytes(picture)
        return subprocess.run(
            ["zbarimg", "--quiet", "--raw", str(path)], check=True, capture_output=True, text=True
        ).stdout.strip()

    return decode
