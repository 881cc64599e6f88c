"""The confirmation as a letter: one accessible A4 page (PDF/UA) that needs nothing from outside."""

from base64 import b64encode

from django.template.loader import render_to_string
from django.utils import translation

from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.scheduling.papers.qr import qr_svg
from eguichet_rdv.scheduling.papers.sheet import describe

TEMPLATE = "scheduling/papers/confirmation.html"


def render_pdf(appointment: Appointment, language: str | None = None) -> bytes:
    """The letter in ``language``, by default the one the citizen chose."""
    return print_html(render_letter(appointment, language))


def render_letter(appointment: Appointment, language: str | None = None) -> str:
    """The letter before it is printed."""
    sheet = describe(appointment, language)
    with translation.override(sheet.language):
        return render_to_string(TEMPLATE, {"sheet": sheet, "qr": as_data_url(qr_svg(sheet.code))})


def as_data_url(svg: str) -> str:
    """A drawing inside an address, so that the letter can show it as a picture with a description."""
    drawing = svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return f"data:image/svg+xml;base64,{b64encode(drawing.encode()).decode()}"


def print_html(html: str) -> bytes:
    """HTML as PDF/UA; only ``data:`` addresses are read, neither network nor files."""
    # Drawn by few processes: Pango and its fonts are not loaded by every one.
    from weasyprint import HTML  # noqa: PLC0415
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    fetcher = URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    return bytes(HTML(string=html, url_fetcher=fetcher).write_pdf(pdf_variant="pdf/ua-1", pdf_tags=True))
