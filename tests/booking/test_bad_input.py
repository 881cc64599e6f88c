"""Whatever is wrong is said at its field, in the reader's language, and everything else stays."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import time_machine
from django import forms
from django.utils import translation
from django.utils.datastructures import MultiValueDict

from eguichet_rdv.booking.forms import CancelForm, LinksForm, MoveForm, PersonForm, TimeForm, VisitForm
from eguichet_rdv.catalogue.models import Procedure, Service
from tests.booking.conftest import PERSON
from tests.town import MONDAY

QUESTION = {"key": "file", "label": "?", "required": True}
KIDS = Procedure(service=Service(code="population"), code="kids-id", minutes_declared=15, max_persons_declared=4)

Build = Callable[..., forms.Form]
PERSON_FORM: Build = partial(PersonForm, questions=[QUESTION])
VISIT_FORM: Build = partial(VisitForm, procedure=KIDS, places=(), companions=())

NAMES = (
    "",
    " ",
    "\u200b\u200d",
    "a\u202eb",
    "\u2066x",
    "a" + "\u0301" * 200,
    "a\0b",
    "x" * 10_000,
    "a\r\nBcc: x",
)
DATES = ("31 2 1990", "29 2 2027", "24 11 2026", "1 1 0000", "1 1 9999", "0 0 0", "32 1 1990", "1 13 1990", "x y z")
EMAILS = (
    "a@b",
    "a@b..be",
    "jan@localhost",
    "a@b.be, x@c.be",
    "a@b.be x@c.be",
    "a" * 250 + "@b.be",
    "a@b.be\r\nBcc: x@c.be",
)
PHONES = ("0900 12 345", "112", "+1 900 555 0100", "12", "abc", "+32 470 12 34 5", "1" * 40)
STARTS = ("", "soon", "2026-11-24T08:30", "9999-12-31T23:55+00:00", "\0", "2026-13-01T08:30+01:00")
PERSONS = ("", "0", "-1", "99", "two", "1e3", "1.5")

CASES: list[tuple[Build, str, tuple[str, ...]]] = [
    (PERSON_FORM, "last_name", NAMES),
    (PERSON_FORM, "first_name", NAMES[2:]),
    (PERSON_FORM, "birth_date", DATES),
    (PERSON_FORM, "email", EMAILS),
    (PERSON_FORM, "phone", PHONES),
    (PERSON_FORM, "language", ("tlh", "", "fr,nl")),
    (PERSON_FORM, "needs", ("crutches",)),
    (PERSON_FORM, "question_file", ("", "a\u202eb", "x\0", "x" * 500)),
    (VISIT_FORM, "persons", PERSONS),
    (TimeForm, "start", STARTS),
    (MoveForm, "start", STARTS),
    (LinksForm, "email", EMAILS),
    (CancelForm, "reason", ("x" * 500, "a\0b", "a\u202eb")),
]


def fill(field: str, value: str) -> MultiValueDict[str, Any]:
    """A form in which everything but ``field`` is right."""
    good = PERSON | {"question_file": "12", "intent": "7b1cf0e4-7a27-4be4-a6a4-0d7bfc0a3fd1", "persons": "1"}
    typed = {**good, field: value}
    if field == "birth_date":
        typed |= dict(zip(("birth_date_day", "birth_date_month", "birth_date_year"), value.split(), strict=True))
    return MultiValueDict({name: [text] for name, text in typed.items()})


@pytest.mark.parametrize(("build", "field", "values"), CASES, ids=lambda part: part if isinstance(part, str) else "")
def test_each_bad_input_has_its_sentence_at_its_field(build: Build, field: str, values: tuple[str, ...]) -> None:
    with time_machine.travel(MONDAY, tick=False):
        for value in values:
            said = {}
            for language in ("en", "fr", "nl", "de"):
                with translation.override(language):
                    form = build(fill(field, value))
                    assert list(form.errors) == [field], (value, form.errors)
                    said[language] = [str(error) for error in form.errors[field]]
            assert len({str(sentences) for sentences in said.values()}) == len(said), (value, said)
            assert all(len(sentences) == 1 for sentences in said.values()), (value, said)
