"""QR code, letter and calendar file, read back by programs that know nothing of ours."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from icalendar import Calendar

from eguichet_rdv.scheduling.domain.cancel import cancel
from eguichet_rdv.scheduling.domain.move import move
from eguichet_rdv.scheduling.domain.tokens import check_in_token, manage_token
from eguichet_rdv.scheduling.enums import CancelledBy
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.scheduling.papers import Method, qr_png, qr_svg, render_calendar, render_pdf
from eguichet_rdv.scheduling.papers.pdf import print_html, render_letter
from eguichet_rdv.scheduling.papers.sheet import describe
from tests.scheduling.papers.conftest import BookIt
from tests.town import MONDAY, Town

LABELS_OF_A_SECRET = {"fr": "Adoption simple", "nl": "Gewone adoptie"}


def run(program: str, *arguments: str | Path) -> str:
    path = shutil.which(program)
    assert path, f"{program} is not installed: make setup-test"
    return subprocess.run([path, *arguments], check=True, capture_output=True, text=True).stdout


def read_pdf(data: bytes, directory: Path) -> str:
    path = directory / "letter.pdf"
    path.write_bytes(data)
    return run("pdftotext", "-layout", path, "-").replace("\N{NO-BREAK SPACE}", " ")


def decode(picture: bytes, directory: Path) -> list[str]:
    path = directory / "picture.png"
    path.write_bytes(picture)
    return run("zbarimg", "-q", "--raw", path).splitlines()


def event_of(appointment: Appointment, method: str = Method.PUBLISH) -> Calendar:
    return Calendar.from_ical(render_calendar(appointment, method))


@pytest.mark.parametrize("text", ["c" + "A" * 22, "cx-_9876543210abcdefgh_", "https://rdv.example.be/t/tABC"])
def test_the_picture_is_read_by_another_decoder(text: str, tmp_path: Path) -> None:
    assert decode(qr_png(text), tmp_path) == [text]
    assert decode(qr_png(text, scale=3), tmp_path) == [text]


def test_the_drawing_has_no_style_and_no_script() -> None:
    drawing = qr_svg("c" + "A" * 22)
    assert drawing.startswith("<svg ")
    assert not any(word in drawing for word in ("style", "script", "<?xml", "width=", "height="))


# The letter


@pytest.mark.parametrize(
    ("language", "moment"),
    [
        ("fr", ("Mardi 1er décembre 2026", "8 h 30")),
        ("nl", ("Dinsdag 1 december 2026", "8.30 uur")),
        ("de", ("Dienstag, 1. Dezember 2026", "8.30 Uhr")),
        ("en", ("Tuesday 1 December 2026", "8.30 am")),
    ],
)
def test_the_letter_says_what_matters(language: str, moment: tuple[str, str], book_it: BookIt, tmp_path: Path) -> None:
    appointment = book_it(language)
    text = read_pdf(render_pdf(appointment), tmp_path)
    reference = f"{appointment.reference[:3]} {appointment.reference[3:]}"
    for words in (*moment, reference, check_in_token(appointment), "Anne O'Neill", "Place du Marché 55", "+3287325240"):
        assert words in text


def test_the_code_on_the_printed_letter_can_be_scanned(book_it: BookIt, tmp_path: Path) -> None:
    appointment = book_it()
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(render_pdf(appointment))
    run("pdftoppm", "-r", "150", "-png", "-singlefile", letter, tmp_path / "page")
    assert decode((tmp_path / "page.png").read_bytes(), tmp_path) == [check_in_token(appointment)]


def test_the_letter_is_one_tagged_page_with_embedded_fonts(book_it: BookIt, tmp_path: Path) -> None:
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(render_pdf(book_it()))
    facts = dict(line.split(":", 1) for line in run("pdfinfo", letter).splitlines() if ":" in line)
    assert [facts[name].strip() for name in ("Tagged", "Pages", "Page size")] == [
        "yes",
        "1",
        "595.276 x 841.89 pts (A4)",
    ]
    assert "pdfuaid:part" in run("pdfinfo", "-meta", letter)
    fonts = run("pdffonts", letter).splitlines()[2:]
    assert fonts
    assert all("DejaVu" in font and " yes " in font for font in fonts)


def test_the_letter_in_another_language_on_request(book_it: BookIt, tmp_path: Path) -> None:
    assert "Dinsdag 1 december 2026" in read_pdf(render_pdf(book_it("fr"), "nl"), tmp_path)


def test_the_letter_of_a_cancelled_appointment_has_no_code(book_it: BookIt, tmp_path: Path) -> None:
    appointment = cancel(book_it(), by=CancelledBy.CITIZEN, now=MONDAY)
    assert check_in_token(appointment) not in read_pdf(render_pdf(appointment), tmp_path)


def test_a_letter_fetches_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("not for the letter")
    html = f'<html lang="en"><title>t</title><p>before<object data="{secret.as_uri()}">plain</object></p>'
    text = read_pdf(print_html(html), tmp_path)
    assert "not for the letter" not in text
    assert "before" in text


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "{{7*7}}", "=HYPERLINK(1)", "%n", "d'Haese", "Łukasz", "محمد", "O"]
)
def test_names_stay_plain_text(name: str, book_it: BookIt) -> None:
    appointment = book_it(last_name=name, first_name="")
    assert describe(appointment).name == name
    letter = render_letter(appointment)
    assert "<script" not in letter
    assert "49" not in letter.partition("<body")[2].partition("<img")[0]


def test_a_name_with_control_characters_stays_on_one_line(book_it: BookIt) -> None:
    appointment = book_it(last_name="Evil\r\nBcc: x@y.example\u202e", first_name="")
    assert describe(appointment).name == "Evil Bcc: x@y.example"


# Sensitive procedures


def test_of_a_sensitive_procedure_only_the_service_is_named(town: Town, book_it: BookIt, tmp_path: Path) -> None:
    town.card.texts = {"label": LABELS_OF_A_SECRET, "who": {"fr": "La personne qui adopte"}}
    town.card.bring = [{"code": "x", "label": {"fr": "Votre demande d’adoption"}}]
    town.card.sensitive_declared = True
    town.card.save()
    appointment = book_it()
    everything = read_pdf(render_pdf(appointment), tmp_path) + render_calendar(appointment).decode()
    assert "Population" in everything
    assert "adopt" not in everything.lower()


# The calendar file


def test_the_calendar_file_says_when_and_where(book_it: BookIt) -> None:
    appointment = book_it()
    calendar = event_of(appointment)
    (event,) = calendar.walk("VEVENT")
    assert (calendar["METHOD"], str(event["UID"]), event["SEQUENCE"]) == ("PUBLISH", str(appointment.uid), 0)
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (
        datetime(2026, 12, 1, 7, 30, tzinfo=UTC),
        datetime(2026, 12, 1, 7, 45, tzinfo=UTC),
    )
    assert str(event["SUMMARY"]) == "Carte d'identité – Maison communale"
    assert str(event["LOCATION"]) == "Maison communale, Place du Marché 55, 4800 Verviers"
    assert appointment.reference in str(event["DESCRIPTION"])
    assert "ATTENDEE" not in event


def test_the_calendar_file_gives_no_token_away(book_it: BookIt) -> None:
    appointment = book_it()
    content = render_calendar(appointment, Method.REQUEST).decode().replace("\r\n ", "")
    assert not any(token in content for token in (check_in_token(appointment), manage_token(appointment)))


def test_a_move_keeps_the_uid_and_raises_the_sequence(town: Town, book_it: BookIt) -> None:
    appointment = book_it()
    moved = move(appointment, town.at("09:00", day=2, month=12), now=MONDAY, intent=uuid4())
    (event,) = event_of(moved, Method.REQUEST).walk("VEVENT")
    assert (str(event["UID"]), event["SEQUENCE"], event["STATUS"]) == (str(appointment.uid), 1, "CONFIRMED")
    assert event.decoded("dtstart") == datetime(2026, 12, 2, 8, 0, tzinfo=UTC)


def test_a_cancellation_removes_it_from_the_calendar(book_it: BookIt) -> None:
    appointment = cancel(book_it(), by=CancelledBy.CITIZEN, now=MONDAY)
    calendar = event_of(appointment, Method.CANCEL)
    (event,) = calendar.walk("VEVENT")
    assert (calendar["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 1)
    assert str(event["ATTENDEE"]) == "mailto:anne@people.example"


def test_the_same_appointment_gives_the_same_file(book_it: BookIt) -> None:
    appointment = book_it()
    assert render_calendar(appointment) == render_calendar(Appointment.objects.get(pk=appointment.pk))


def test_lines_of_the_place_cannot_break_out_of_the_file(town: Town, book_it: BookIt) -> None:
    town.location.name = "Hall; one,\nEND:VEVENT"
    town.location.save()
    (event,) = event_of(book_it()).walk("VEVENT")
    assert str(event["LOCATION"]).startswith("Hall; one,\nEND:VEVENT, Place")


@pytest.mark.parametrize(("month", "day", "utc_hour"), [(3, 26, 7), (3, 29, 6), (10, 29, 6), (11, 2, 7)], ids=str)
def test_hours_around_a_change_of_clocks(month: int, day: int, utc_hour: int, town: Town, book_it: BookIt) -> None:
    appointment = book_it()
    start = datetime(2027, month, day, 8, 30, tzinfo=town.location.tz)
    Appointment.objects.filter(pk=appointment.pk).update(start=start, end=start.replace(minute=45))
    appointment.refresh_from_db()
    (event,) = event_of(appointment).walk("VEVENT")
    assert event.decoded("dtstart") == datetime(2027, month, day, utc_hour, 30, tzinfo=UTC)
    assert describe(appointment, "en").hour == "8.30\N{NO-BREAK SPACE}am"
