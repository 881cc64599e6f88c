"""A scanner that poses as a keyboard, taken away from the page: its keys are read here and nowhere else."""

import evdev
from evdev import ecodes

PLAIN = {
    **{f"KEY_{c}": c.lower() for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
    **{f"KEY_{c}": c for c in "0123456789"},
    "KEY_MINUS": "-",
    "KEY_ENTER": "\r",
    "KEY_KPENTER": "\r",
}
SHIFTED = {"KEY_MINUS": "_"}
SHIFTS = {ecodes.KEY_LEFTSHIFT, ecodes.KEY_RIGHTSHIFT}
OTHER = "\x01"


class EvdevSource:
    """Reads keys of the United States layout, which scanners send unless told otherwise (extra « evdev »)."""

    def __init__(self, path: str) -> None:
        """Open the device and take it for ourselves; raises OSError."""
        self._device = evdev.InputDevice(path)
        self._device.grab()
        self._shifted = False

    def fileno(self) -> int:
        """Return the descriptor of the device."""
        return int(self._device.fd)

    def read(self) -> bytes:
        """Return the characters of the keys pressed; a key that is in no token becomes a control character."""
        return "".join(self._read_key(event) for event in self._device.read()).encode("ascii")

    def close(self) -> None:
        """Give the device back."""
        self._device.close()

    def _read_key(self, event: evdev.InputEvent) -> str:
        if event.type != ecodes.EV_KEY:
            return ""
        if event.code in SHIFTS:
            self._shifted = event.value != 0
            return ""
        if event.value != 1:
            return ""
        names = ecodes.KEY.get(event.code, "")
        name = names if isinstance(names, str) else names[0]
        if self._shifted:
            plain = PLAIN.get(name, OTHER)
            return SHIFTED.get(name) or (plain.upper() if plain.isalpha() else OTHER)
        return PLAIN.get(name, OTHER)
