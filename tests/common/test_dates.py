from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from eguichet_rdv.common.dates import say_date, say_moment, say_month, say_time

FIRST = date(2026, 12, 1)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "mardi 1er décembre 2026"),
        ("nl", "dinsdag 1 december 2026"),
        ("de", "Dienstag, 1. Dezember 2026"),
        ("en", "Tuesday 1 December 2026"),
        ("fr-be", "mardi 1er décembre 2026"),
    ],
)
def test_day_in_words(language: str, words: str) -> None:
    assert plain(say_date(FIRST, language)) == words


def test_only_the_first_is_an_ordinal_in_french() -> None:
    assert plain(say_date(date(2027, 8, 21), "fr")) == "samedi 21 août 2027"
    assert plain(say_date(date(2027, 2, 11), "fr")) == "jeudi 11 février 2027"


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_every_month_has_a_name(language: str, month: int) -> None:
    assert len(say_date(date(2026, month, 3), language).split()) >= 3


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", ["8 h 30", "8 h", "12 h", "0 h", "16 h 05"]),
        ("nl", ["8.30 uur", "8 uur", "12 uur", "0 uur", "16.05 uur"]),
        ("de", ["8.30 Uhr", "8 Uhr", "12 Uhr", "0 Uhr", "16.05 Uhr"]),
        ("en", ["8.30 am", "8 am", "12 noon", "12 midnight", "4.05 pm"]),
    ],
)
def test_hour_in_words(language: str, words: list[str]) -> None:
    hours = [time(8, 30), time(8), time(12), time(0), time(16, 5)]
    assert [plain(say_time(hour, language)) for hour in hours] == words


def test_english_half_past_midnight_and_noon() -> None:
    assert plain(say_time(time(0, 30), "en")) == "12.30 am"
    assert plain(say_time(time(12, 30), "en")) == "12.30 pm"


def test_the_hour_never_breaks_over_two_lines() -> None:
    assert [" " in say_time(time(8, 30), language) for language in ("fr", "nl", "de", "en")] == [False] * 4


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "mardi 1er décembre 2026 à 8 h 30"),
        ("nl", "dinsdag 1 december 2026 om 8.30 uur"),
        ("de", "Dienstag, 1. Dezember 2026 um 8.30 Uhr"),
        ("en", "Tuesday 1 December 2026 at 8.30 am"),
    ],
)
def test_day_and_hour_in_one_phrase(language: str, words: str) -> None:
    moment = datetime(2026, 12, 1, 8, 30, tzinfo=ZoneInfo("Europe/Brussels"))
    assert plain(say_moment(moment, language)) == words


def test_month_and_short_day() -> None:
    assert [say_month(FIRST, language) for language in ("fr", "nl", "de", "en")] == [
        "décembre 2026",
        "december 2026",
        "Dezember 2026",
        "December 2026",
    ]
