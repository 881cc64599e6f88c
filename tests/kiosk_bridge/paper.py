"""What a ticket looks like: an interpreter of the printer's language that draws, dot by dot, on paper 72 mm wide.

It follows the printer's manual, not the library that made the bytes: characters of 12 × 24 dots in the code page chosen,
magnified as told, 30 dots from line to line, rasters as they come. What does not fit on a line is carried to the next one,
as the printer does. A command it does not know is an error.
"""

from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

WIDTH = 576
CELL_WIDTH, CELL_HEIGHT, LINE = 12, 24, 30
PAGES = {0: "cp437", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 16: "cp1252", 18: "cp852", 19: "cp858"}
ESC, GS, LF = 0x1B, 0x1D, 0x0A
LEFT, CENTRE, RIGHT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Cell:
    """One character on its way to paper."""

    letter: str
    width: int
    height: int
    bold: bool


class Paper:
    """A roll, and the head above it."""

    def __init__(self) -> None:
        self.font = ImageFont.truetype("DejaVuSansMono.ttf", 20)
        self.strips: list[Image.Image] = []
        self.line: list[Cell] = []
        self.cuts = 0
        self.start()

    def start(self) -> None:
        """Forget every setting, as ``ESC @`` says."""
        self.page, self.align, self.bold, self.width, self.height = "cp437", LEFT, False, 1, 1

    def read(self, data: bytes) -> None:
        """Obey every byte."""
        place = 0
        while place < len(data):
            byte = data[place]
            if byte in {ESC, GS}:
                place += self.obey(byte, data[place + 1 : place + 8], data, place)
            elif byte == LF:
                self.feed()
                place += 1
            elif byte >= 0x20:
                self.put(bytes([byte]).decode(self.page))
                place += 1
            else:
                raise ValueError(f"byte {byte:#04x} at {place}")

    def obey(self, kind: int, rest: bytes, data: bytes, place: int) -> int:
        """Obey one command; return its length."""
        if (kind, rest[:1]) == (GS, b"v"):
            columns, rows = rest[3] + 256 * rest[4], rest[5] + 256 * rest[6]
            self.raster(columns, rows, data[place + 8 : place + 8 + columns * rows])
            return 8 + columns * rows
        if (kind, rest[:1]) == (ESC, b"@"):
            self.start()
            return 2
        commands = {
            (GS, b"V"): self.cut,
            (GS, b"!"): self.magnify,
            (ESC, b"!"): self.set_mode,
            (ESC, b"E"): self.set_bold,
            (ESC, b"a"): self.set_align,
            (ESC, b"t"): self.set_page,
            (ESC, b"d"): self.feed,
        }
        if (kind, rest[:1]) not in commands:
            raise ValueError(f"command {kind:#04x} {rest[:1]!r} at {place}")
        commands[kind, rest[:1]](rest[1])
        return 3

    def cut(self, _how: int) -> None:
        self.cuts += 1

    def magnify(self, value: int) -> None:
        self.width, self.height = (value >> 4) + 1, (value & 0x0F) + 1

    def set_mode(self, value: int) -> None:
        self.bold, self.height, self.width = bool(value & 8), 1 + (value >> 4 & 1), 1 + (value >> 5 & 1)

    def set_bold(self, value: int) -> None:
        self.bold = bool(value & 1)

    def set_align(self, value: int) -> None:
        self.align = value % 48

    def set_page(self, value: int) -> None:
        self.page = PAGES[value]

    def put(self, letter: str) -> None:
        """Add a character; a full line is printed first."""
        if sum(cell.width for cell in self.line) + self.width > WIDTH // CELL_WIDTH:
            self.feed()
        self.line.append(Cell(letter, self.width, self.height, self.bold))

    def feed(self, lines: int = 1) -> None:
        """Print the line and move on, by blank lines if there are to be more."""
        for _line in range(lines):
            self.print_line()

    def print_line(self) -> None:
        """Put the line on paper."""
        tallest = max((cell.height for cell in self.line), default=1)
        strip = Image.new("L", (WIDTH, max(LINE, tallest * CELL_HEIGHT + 6)), 255)
        used = sum(cell.width for cell in self.line) * CELL_WIDTH
        left = {LEFT: 0, CENTRE: (WIDTH - used) // 2, RIGHT: WIDTH - used}[self.align]
        for cell in self.line:
            picture = self.draw(cell)
            strip.paste(picture, (left, (tallest - cell.height) * CELL_HEIGHT))
            left += picture.width
        self.strips.append(strip)
        self.line.clear()

    def draw(self, cell: Cell) -> Image.Image:
        """Draw one character in its cell, magnified."""
        picture = Image.new("L", (CELL_WIDTH, CELL_HEIGHT), 255)
        pen = ImageDraw.Draw(picture)
        pen.fontmode = "1"
        pen.text((0, 0), cell.letter, fill=0, font=self.font, stroke_width=1 if cell.bold else 0)
        return picture.resize((CELL_WIDTH * cell.width, CELL_HEIGHT * cell.height), Image.Resampling.NEAREST)

    def raster(self, columns: int, rows: int, bits: bytes) -> None:
        """Print a picture as it comes."""
        strip = Image.new("L", (WIDTH, rows), 255)
        strip.paste(Image.frombytes("1", (columns * 8, rows), bytes(255 - byte for byte in bits)), (0, 0))
        self.strips.append(strip)

    def picture(self) -> Image.Image:
        """Return the whole ticket, with the margin a printer leaves."""
        margin = 32
        whole = Image.new("L", (WIDTH + 2 * margin, sum(strip.height for strip in self.strips) + 2 * margin), 255)
        top = margin
        for strip in self.strips:
            whole.paste(strip, (margin, top))
            top += strip.height
        return whole


def draw_ticket(data: bytes) -> Image.Image:
    """Return what a printer makes of these bytes."""
    paper = Paper()
    paper.read(data)
    assert paper.cuts == 1
    assert not paper.line
    return paper.picture()
