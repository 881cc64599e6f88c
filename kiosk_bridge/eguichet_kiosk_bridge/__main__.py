"""`eguichet-kiosk-bridge`: run the bridge until it is told to stop."""

import logging
import signal
import sys
import threading
from collections.abc import Sequence

from eguichet_kiosk_bridge.bridge import Bridge
from eguichet_kiosk_bridge.config import ConfigError, read_config

WRONG_USE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one bridge; returns 0 after SIGTERM or Ctrl-C, 2 when it was told something unusable."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # Addresses of requests say nothing of use, once a second.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        bridge = Bridge(read_config(sys.argv[1:] if argv is None else argv))
    except (ConfigError, OSError) as error:
        sys.stderr.write(f"eguichet-kiosk-bridge: {error}\n")
        return WRONG_USE
    stopping = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: stopping.set())
    bridge.start()
    sys.stdout.write(f"Ready: {bridge.url}\n")
    sys.stdout.flush()
    stopping.wait()
    bridge.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
