"""From the bytes of a scanner to codes. No device, no thread: the clock is an argument."""

from eguichet_kiosk_bridge.codes import LONGEST_SCAN

# A scanner without CR or LF ends its code by silence; two codes within this time are one burst.
SILENCE = 0.15
ENDS = b"\r\n"
FIRST_PRINTABLE, LAST_PRINTABLE = 0x20, 0x7E
# What is handed on in the place of bytes that cannot be a code: it matches nothing.
UNREADABLE = "\N{REPLACEMENT CHARACTER}"


class ScanLines:
    """Collects bytes and gives back at most one text per burst; two different codes in a burst are unreadable."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._line = bytearray()
        self._too_long = False
        self._texts: list[str] = []
        self._deadline: float | None = None

    @property
    def deadline(self) -> float | None:
        """Return when the burst in progress ends, on the clock of `add`; None without one."""
        return self._deadline

    def add(self, data: bytes, now: float) -> None:
        """Take what the scanner sent."""
        for byte in data:
            if byte in ENDS:
                self._end_line()
            elif len(self._line) < LONGEST_SCAN:
                self._line.append(byte)
            else:
                self._too_long = True
        # A complete code is not kept waiting by what follows it; an incomplete one is, by each byte.
        if self._deadline is None or not self._texts:
            self._deadline = now + SILENCE

    def take(self, now: float) -> str | None:
        """Return the text of a burst that is over, else None."""
        if self._deadline is None or now < self._deadline:
            return None
        self._end_line()
        texts, self._texts, self._deadline = set(self._texts), [], None
        if not texts:
            return None
        return texts.pop() if len(texts) == 1 else UNREADABLE

    def _end_line(self) -> None:
        line, too_long = bytes(self._line), self._too_long
        self._line.clear()
        self._too_long = False
        if too_long or any(not FIRST_PRINTABLE <= byte <= LAST_PRINTABLE for byte in line):
            self._texts.append(UNREADABLE)
        elif text := line.decode("ascii").strip():
            self._texts.append(text)
