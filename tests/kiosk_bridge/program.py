"""The bridge as it is started on a kiosk: a process of its own."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.kiosk_bridge.framework import DEVICE_KEY_TEXT, KIOSK, Framework


@contextmanager
def run_program(framework: Framework, folder: Path, *, port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the bridge in demo mode and wait until it is ready; its process and the address of its page."""
    command = [sys.executable, "-m", "eguichet_kiosk_bridge", "--server", framework.address, "--kiosk", KIOSK]
    command += ["--key", DEVICE_KEY_TEXT, "--port", str(port), "--demo", "--data-dir", str(folder / "data")]
    with (
        (folder / "bridge.log").open("a") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            ready = re.fullmatch(r"Ready: (http://127\.0\.0\.1:\d+/)\n", process.stdout.readline())
            assert ready is not None, (folder / "bridge.log").read_text()
            yield process, ready[1]
        finally:
            process.kill()
