"""QR codes with a quiet zone of four modules, readable from a scratched telephone (level Q)."""

from io import BytesIO

import segno

LEVEL = "q"
QUIET_ZONE = 4


def qr_svg(text: str) -> str:
    """An inline ``<svg>`` without size, style or script: the page decides how large it is."""
    return str(
        segno.make(text, error=LEVEL, micro=False, boost_error=False).svg_inline(
            border=QUIET_ZONE, omitsize=True, light="#fff", dark="#000", svgclass="qr", lineclass=None
        )
    )


def qr_png(text: str, scale: int = 8) -> bytes:
    """A PNG with ``scale`` pixels a module."""
    picture = BytesIO()
    segno.make(text, error=LEVEL, micro=False, boost_error=False).save(
        picture, kind="png", scale=scale, border=QUIET_ZONE, light="#fff", dark="#000"
    )
    return picture.getvalue()
