"""The letter as somebody hears it who cannot see it: its structure as poppler reads it, which did not write it."""

import re
import zlib
from collections import Counter
from pathlib import Path

import pytest
from weasyprint import HTML

from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.scheduling.papers import render_pdf
from eguichet_rdv.scheduling.papers.pdf import print_html
from tests.scheduling.papers.conftest import BookIt
from tests.scheduling.papers.test_papers import run

SPOKEN = re.compile(r'^\s*"(.*)"$', re.MULTILINE)
ELEMENT = re.compile(r"^\s*([A-Z][A-Za-z0-9]*)", re.MULTILINE)
STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)


def unpack(pdf: bytes) -> bytes:
    """The file with its compressed parts in clear."""
    clear = [pdf]
    for packed in STREAM.findall(pdf):
        try:
            clear.append(zlib.decompress(packed))
        except zlib.error:
            continue  # a font or a picture packed in another way
    return b"\n".join(clear)


def find_faults(pdf: bytes, directory: Path, *, language: str, unspoken: str = "") -> list[str]:
    """What keeps a screen reader from the letter. ``unspoken`` is what the foot of the page repeats."""
    path = directory / "letter.pdf"
    path.write_bytes(pdf)
    tree = run("pdfinfo", "-struct-text", path)
    facts = dict(re.findall(r"^(\w[\w ]*):\s*(.*)$", run("pdfinfo", path), re.MULTILINE))
    clear = unpack(pdf)
    headings = re.findall(r"^\s*(H\d)\b", tree, re.MULTILINE)
    figures = ELEMENT.findall(tree).count("Figure")
    # Letters, not words: a line may be broken anywhere.
    printed = Counter(re.sub(r"\s", "", run("pdftotext", "-raw", path, "-")))
    spoken = Counter(re.sub(r"\s", "", "".join(SPOKEN.findall(tree)) + unspoken))
    return [
        name
        for name, bad in {
            "not tagged": facts.get("Tagged") != "yes" or b"/Marked true" not in clear,
            "no title": not facts.get("Title") or b"/DisplayDocTitle true" not in clear,
            "no language": f"/Lang ({language})".encode() not in clear,
            "headings out of order": headings[:1] != ["H1"] or set(headings[1:]) - {"H2"},
            "a picture without words": clear.count(b"/Alt (") + clear.count(b"/Alt <") != figures,
            "printed and not spoken": printed - spoken,
        }.items()
        if bad
    ]


def foot(appointment: Appointment) -> str:
    return appointment.location.municipality + appointment.reference


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_everything_printed_is_spoken_in_its_language_and_order(language: str, book_it: BookIt, tmp_path: Path) -> None:
    appointment = book_it(language, persons=2)
    assert find_faults(render_pdf(appointment), tmp_path, language=language, unspoken=foot(appointment)) == []


def test_control_a_letter_without_all_this_is_found_out(tmp_path: Path) -> None:
    html = "<html><body><h2>Hello</h2><p>you</p></body></html>"
    assert find_faults(HTML(string=html).write_pdf(), tmp_path, language="fr") == [
        "not tagged",
        "no title",
        "no language",
        "headings out of order",
        "printed and not spoken",
    ]
    blue = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'/%3E"
    html = f'<html lang="fr"><title>t</title><body><h1>Hello</h1><img width="9" height="9" src="{blue}"></body></html>'
    assert find_faults(print_html(html), tmp_path, language="fr") == ["a picture without words"]
