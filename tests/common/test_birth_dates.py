"""Dates of birth in every usual way of typing."""

from datetime import date

import pytest

from eguichet_rdv.common.birth_dates import (
    BadBirthDate,
    BirthDateInFuture,
    BirthDateTooOld,
    NoSuchDay,
    parse_birth_date,
)

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    "text",
    ["1/2/90", "01021990", "010290", "1 février 1990", "1er fevrier 1990", "1. Februar 1990", "1 februari 1990",
     "1990-02-01", "01.02.1990", "1-2-1990", " 1 2 1990 ", "0１/02/1990", "1st February 1990"],
)  # fmt: skip
def test_reads_the_first_of_february_1990(text: str) -> None:
    assert parse_birth_date(text, today=TODAY) == "1990-02-01"


@pytest.mark.parametrize(("text", "iso"), [("00 00 1950", "1950-00-00"), ("00/07/1961", "1961-07-00")])
def test_unknown_day_or_month_exists(text: str, iso: str) -> None:
    assert parse_birth_date(text, today=TODAY) == iso


def test_two_digits_are_the_latest_year_not_in_the_future() -> None:
    assert parse_birth_date("1/1/26", today=TODAY) == "2026-01-01"
    assert parse_birth_date("1/1/27", today=TODAY) == "1927-01-01"


@pytest.mark.parametrize(
    ("text", "refusal"),
    [("31/02/1990", NoSuchDay), ("29/02/2025", NoSuchDay), ("24/11/2026", BirthDateInFuture),
     ("1/1/0000", BirthDateTooOld), ("1/1/9999", BirthDateInFuture), ("1/13/1990", NoSuchDay),
     ("05/00/1990", NoSuchDay), ("1 brumaire 1990", NoSuchDay), ("", BadBirthDate), ("hello", BadBirthDate),
     ("1/2/199", BadBirthDate), ("------", BadBirthDate)],
)  # fmt: skip
def test_refuses_what_cannot_be(text: str, refusal: type[BadBirthDate]) -> None:
    with pytest.raises(refusal):
        parse_birth_date(text, today=TODAY)
