"""Keep the parts of an installation running until somebody says stop."""

import signal
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType

from eguichet_rdv.demo.children import Child, stop_children

LOOK_EVERY = 0.2


class Supervisor:
    """Starts the children, starts again those that end, stops all when told to or when a vital one ends."""

    def __init__(self, children: Sequence[Child], say: Callable[[str], None]) -> None:
        self.children = children
        self.say = say
        self.stopping = threading.Event()

    def run(self, when_ready: Callable[[], bool]) -> int:
        """Until a signal (0) or until a vital child has ended (1). ``when_ready`` is asked until it says yes."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        try:
            for child in self.children:
                child.start()
            ready = False
            while not self.stopping.wait(LOOK_EVERY):
                if not self._look_after_all():
                    return 1
                ready = ready or when_ready()
            return 0
        finally:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave anything behind
            stop_children(self.children)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping.set()

    def _look_after_all(self) -> bool:
        for child in self.children:
            if child.running:
                continue
            if child.vital:
                self.say(f"{child.name} has ended; everything stops. The end of {child.log}:\n{child.read_log()}")
                return False
            if not child.again_at:
                pause = child.plan_restart()
                self.say(f"{child.name} has ended (see {child.log}); it is started again in {pause:g} s.")
            elif time.monotonic() >= child.again_at:
                child.again_at = 0.0
                child.start()
        return True
