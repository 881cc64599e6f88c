"""The ticket in the printer's language (ESC/POS), checked against a short list of allowed commands."""

import textwrap
from collections.abc import Iterable

from escpos.printer import Dummy
from PIL import Image

from eguichet_kiosk_bridge.ticket_layout import Line

# The profile with the right code pages: « simple » prints « ? » for œ and €.
PROFILE = "TM-T20II"
COLUMNS = 48
DOTS = 576
QR_QUIET_MODULES = 4
QR_DOTS = 200

ESC, GS, LF = 0x1B, 0x1D, 0x0A
# Fixed-length commands: initialise, print mode, bold, align, code page, feed; character size, cut.
ALLOWED = {
    (ESC, ord("@")): 0,
    (ESC, ord("!")): 1,
    (ESC, ord("E")): 1,
    (ESC, ord("a")): 1,
    (ESC, ord("t")): 1,
    (ESC, ord("d")): 1,
    (GS, ord("!")): 1,
    (GS, ord("V")): 1,
}
RASTER = bytes([GS, ord("v"), ord("0")])
RASTER_HEAD = 8
FIRST_PRINTABLE = 0x20


class ForbiddenCommandError(Exception):
    """The bytes of a ticket hold a command that no ticket needs; nothing is sent."""


def render_ticket(lines: Iterable[Line]) -> bytes:
    """Return the bytes of one ticket, cut included."""
    printer = Dummy(profile=PROFILE)
    printer.hw("INIT")
    for line in lines:
        render_line(printer, line)
    printer.cut(mode="PART")
    output = bytes(printer.output)
    check_commands(output)
    return output


def render_line(printer: Dummy, line: Line) -> None:
    """Add one line in its style."""
    if line.style == "qr":
        printer.image(draw_raster(line.qr), impl="bitImageRaster")
        return
    if line.style == "rule":
        printer.set(align="center", bold=False, normal_textsize=True)
        printer.text("-" * COLUMNS + "\n")
        return
    width = {"number": 8, "zone": 3, "title": 2, "label": 2}.get(line.style, 1)
    printer.set(
        align="center", bold=line.style in {"title", "number", "zone"}, custom_size=True, width=width, height=width
    )
    # The printers' Western code pages of old have no typographic apostrophe.
    text = line.text.replace("’", "'")
    printer.text("\n".join(textwrap.wrap(text, COLUMNS // width)) + "\n")
    if line.style == "number":
        printer.set(custom_size=True, width=1, height=1)
        printer.text("\n")


def draw_raster(modules: tuple[str, ...]) -> Image.Image:
    """Return the code as an image as wide as the paper: a printer's own QR command cannot be centred."""
    size = len(modules) + 2 * QR_QUIET_MODULES
    scale = max(2, QR_DOTS // size)
    image = Image.new("1", (DOTS, size * scale), 1)
    left = (DOTS - size * scale) // 2
    for y, row in enumerate(modules, QR_QUIET_MODULES):
        for x, module in enumerate(row, QR_QUIET_MODULES):
            if module == "1":
                image.paste(0, (left + x * scale, y * scale, left + (x + 1) * scale, (y + 1) * scale))
    return image


def check_commands(output: bytes) -> None:
    """Read the bytes as the printer will; raise ForbiddenCommandError at anything a ticket does not need."""
    place = 0
    while place < len(output):
        byte = output[place]
        if output.startswith(RASTER, place) and place + RASTER_HEAD <= len(output):
            head = output[place : place + RASTER_HEAD]
            place += RASTER_HEAD + (head[4] + 256 * head[5]) * (head[6] + 256 * head[7])
        elif byte in {ESC, GS}:
            arguments = ALLOWED.get((byte, output[place + 1] if place + 1 < len(output) else -1))
            if arguments is None:
                message = f"command {output[place : place + 3].hex(' ')} at byte {place}"
                raise ForbiddenCommandError(message)
            place += 2 + arguments
        elif byte >= FIRST_PRINTABLE or byte == LF:
            place += 1
        else:
            message = f"control byte {byte:#04x} at byte {place}"
            raise ForbiddenCommandError(message)
