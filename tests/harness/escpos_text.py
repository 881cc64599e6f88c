"""Reading back what a receipt printer was sent: an independent decoder of the ESC/POS commands a ticket uses."""

from dataclasses import dataclass, field

ESC, GS, FS, DLE = 0x1B, 0x1D, 0x1C, 0x10
CODE_PAGES = {
    0: "cp437",
    2: "cp850",
    3: "cp860",
    4: "cp863",
    5: "cp865",
    13: "cp857",
    14: "cp737",
    16: "cp1252",
    17: "cp866",
    18: "cp852",
    19: "cp858",
    45: "cp1250",
}
"""Number after ``ESC t`` → Python codec, as in Epson's table."""

# Commands of a fixed length: how many bytes follow the two of the command itself.
ESC_ARGUMENTS = {
    **dict.fromkeys(b"@2<=", 0),
    **dict.fromkeys(b"!aEGJMRVdtr-{ 3iTU%?cS", 1),
    **dict.fromkeys(b"$\\p", 2),
}
ESC_ARGUMENTS[ord("i")] = ESC_ARGUMENTS[ord("m")] = 0
ESC_ARGUMENTS[ord("p")] = 3
GS_ARGUMENTS = {**dict.fromkeys(b"!BHhwfbrIa", 1), **dict.fromkeys(b"LWPx", 2)}
CUT_WITH_FEED = (65, 66, 97, 98, 103, 104)


class NotEscposError(ValueError):
    """The bytes hold a command this decoder does not know."""


@dataclass
class Printout:
    """What lies in the tray: the text, whether it was cut, how many pictures were on it."""

    text: str = ""
    cuts: int = 0
    pictures: int = 0
    sizes: set[tuple[int, int]] = field(default_factory=set)
    """Character sizes used, as (width, height) multipliers."""

    @property
    def lines(self) -> list[str]:
        """The lines that are not blank, without surrounding space."""
        return [line.strip() for line in self.text.splitlines() if line.strip()]


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.codec = "cp437"
        self.run = bytearray()
        self.out = Printout()

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise NotEscposError(f"The bytes end in the middle of a command at {self.at}")
        part = self.data[self.at : self.at + count]
        self.at += count
        return part

    def flush(self) -> None:
        self.out.text += self.run.decode(self.codec, errors="replace")
        self.run.clear()

    def read(self) -> Printout:
        while self.at < len(self.data):
            byte = self.take(1)[0]
            if byte == ESC:
                self.read_esc()
            elif byte == GS:
                self.read_gs()
            elif byte == FS:
                self.take(2 if self.take(1) in b"!-SW" else 0)
            elif byte == DLE:
                self.take(2)
            elif byte == 0x0A or byte >= 0x20 or byte == 0x09:
                self.run.append(byte)
        self.flush()
        return self.out

    def read_esc(self) -> None:
        self.flush()
        command = self.take(1)[0]
        if command == ord("*"):
            mode, low, high = self.take(3)
            self.take((low + 256 * high) * (3 if mode in {32, 33} else 1))
            self.out.pictures += 1
            return
        if command == ord("D"):
            while self.take(1) != b"\0":
                pass
            return
        if command not in ESC_ARGUMENTS:
            raise NotEscposError(f"Unknown command ESC {command:#x} at {self.at}")
        arguments = self.take(ESC_ARGUMENTS[command])
        if command == ord("t"):
            self.codec = CODE_PAGES.get(arguments[0], "ascii")
        elif command == ord("@"):
            self.codec = "cp437"
        elif command in b"dJ":
            self.run.append(0x0A)

    def read_gs(self) -> None:
        self.flush()
        command = self.take(1)[0]
        if command == ord("V"):
            if self.take(1)[0] in CUT_WITH_FEED:
                self.take(1)
            self.out.cuts += 1
        elif command == ord("v"):
            _zero, _mode, width_low, width_high, low, high = self.take(6)
            self.take((width_low + 256 * width_high) * (low + 256 * high))
            self.out.pictures += 1
        elif command == ord("("):
            _function, low, high = self.take(3)
            body = self.take(low + 256 * high)
            if body[1:2] in {b"\x32", b"\x51", b"\x02"}:
                self.out.pictures += 1
        elif command == ord("!"):
            size = self.take(1)[0]
            self.out.sizes.add(((size >> 4) + 1, (size & 0x0F) + 1))
        elif command in GS_ARGUMENTS:
            self.take(GS_ARGUMENTS[command])
        else:
            raise NotEscposError(f"Unknown command GS {command:#x} at {self.at}")


def read_printout(data: bytes) -> Printout:
    """What a printer would have put on paper for these bytes."""
    return _Reader(data).read()
