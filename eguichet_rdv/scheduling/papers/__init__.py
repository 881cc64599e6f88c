"""What a citizen takes away from a booking: QR code, letter, calendar file, mail."""

from eguichet_rdv.scheduling.papers.calendar_file import Method, render_calendar
from eguichet_rdv.scheduling.papers.pdf import render_pdf
from eguichet_rdv.scheduling.papers.qr import qr_png, qr_svg

__all__ = ["Method", "qr_png", "qr_svg", "render_calendar", "render_pdf"]
