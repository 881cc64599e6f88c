"""A real bridge in a process of its own, whose clock is a file: ``python -m tests.kiosk.outage_bridge SETTINGS``."""

import json
import signal
import sys
from pathlib import Path

from eguichet_kiosk_bridge.bridge import Bridge
from eguichet_kiosk_bridge.config import Config, decode_device_key
from eguichet_kiosk_bridge.server import Clock


def main() -> None:
    settings = json.loads(sys.argv[1])
    clock = Path(settings["clock"])
    config = Config(
        server=settings["server"],
        kiosk=settings["kiosk"],
        key=decode_device_key(settings["key"]),
        port=0,
        data_dir=Path(settings["data_dir"]),
    )
    bridge = Bridge(config, Clock(lambda: float(clock.read_text())))
    bridge.start()
    sys.stdout.write(f"{bridge.url}\n")
    sys.stdout.flush()
    signal.pause()


if __name__ == "__main__":
    main()
