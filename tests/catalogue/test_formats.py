from datetime import timedelta

import pytest

from eguichet_rdv.catalogue.domain.formats import describe_fee, format_amount, format_duration
from eguichet_rdv.catalogue.models import Procedure


@pytest.mark.parametrize(
    ("cents", "language", "expected"),
    [
        (3330, "fr", "33,30\u00a0€"),
        (3330, "nl", "€\u00a033,30"),
        (3330, "de", "33,30\u00a0€"),
        (3330, "en", "€33.30"),
        (3330, "fr-be", "33,30\u00a0€"),
        (123456, "fr", "1\u00a0234,56\u00a0€"),
        (123456, "de", "1.234,56\u00a0€"),
        (123456, "en", "€1,234.56"),
        (5, "nl", "€\u00a00,05"),
    ],
)
def test_amounts_are_written_as_people_write_them(cents: int, language: str, expected: str) -> None:
    assert format_amount(cents, language) == expected


def test_a_fee_is_an_amount_a_word_or_the_municipalitys_own_words() -> None:
    procedure = Procedure(fee_cents_declared=None)
    assert describe_fee(procedure, "en") == "according to the municipal rules"
    procedure.fee_cents_override = 0
    assert describe_fee(procedure, "en") == "free of charge"
    procedure.fee_cents_override = 500
    assert describe_fee(procedure, "en") == "€5.00"
    procedure.text_overrides = {"fee": {"fr": "5 € par Bancontact"}}
    assert describe_fee(procedure, "fr") == "5 € par Bancontact"
    assert describe_fee(procedure, "en") == "€5.00"


def test_durations_in_words() -> None:
    assert format_duration(timedelta(minutes=15), "en") == "15 minutes"
    assert format_duration(timedelta(minutes=60), "en") == "1 hour"
    assert format_duration(timedelta(minutes=90), "en") == "1 h 30 min"
