"""Names, addresses and numbers, real and hostile."""

import pytest

from eguichet_rdv.common.people import BadEmail, BadName, BadPhone, clean_email, clean_name, clean_phone, suggest_email


@pytest.mark.parametrize(
    "name", ["O", "O'Neill", "d'Haese", "Łukasz", "محمد", "陳", "Jean-Pierre", "Nguyễn", "<script>", "{{7*7}}", "=A1"]
)
def test_accepts_names_unchanged(name: str) -> None:
    assert clean_name(f"  {name} ") == name


@pytest.mark.parametrize(
    "name", ["", "   ", "\u200b\u200b", "\u202eevil", "a" + "\u0301" * 200, "a\x00b", "x" * 10_000, "?!", "a\r\nb"]
)
def test_refuses_what_is_no_name(name: str) -> None:
    with pytest.raises(BadName):
        clean_name(name)


def test_accepts_an_address_and_lowers_its_domain() -> None:
    assert clean_email(" Marie@Example.ORG ") == "Marie@example.org"


@pytest.mark.parametrize(
    "text",
    [
        "a@b",
        "a@b..be",
        "jan@localhost",
        "a@b.be, x@evil.be",
        "a@b.be;x@c.be",
        "a" * 250 + "@b.be",
        "a@b.be\r\nBcc: x",
        "",
    ],
)
def test_refuses_what_is_no_single_address(text: str) -> None:
    with pytest.raises(BadEmail):
        clean_email(text)


def test_suggests_a_well_known_domain() -> None:
    assert suggest_email("marie@gmial.com") == "marie@gmail.com"
    assert suggest_email("marie@gmail.com") == ""
    assert suggest_email("marie@verviers.be") == ""


@pytest.mark.parametrize("text", ["0470/12.34.56", "+32 470 12 34 56", "0032470123456", "0470 12 34 56"])
def test_numbers_get_one_form(text: str) -> None:
    assert clean_phone(text) == "+32470123456"


@pytest.mark.parametrize("text", ["0900 12 345", "112", "+1 900 555 1234", "12", "abc", ""])
def test_refuses_numbers_one_cannot_write_to(text: str) -> None:
    with pytest.raises(BadPhone):
        clean_phone(text)
