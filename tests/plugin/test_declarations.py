from collections.abc import Callable
from dataclasses import FrozenInstanceError
from datetime import timedelta
from typing import Any

import pytest

from eguichet_rdv.plugin import (
    Bring,
    Counter,
    DeclarationError,
    Mode,
    Procedure,
    Question,
    Service,
    Text,
    _,
    minutes,
)

PROCEDURE = Procedure("adult", _("Passport, adult"), minutes(15))


def make_procedure(**facts: Any) -> Procedure:
    return Procedure("adult", _("Passport, adult"), **{"duration": minutes(15), **facts})


def make_service(**facts: Any) -> Service:
    return Service(**{"code": "passports", "label": _("Passports"), "letter": "P", "procedures": (PROCEDURE,), **facts})


def test_marked_text_is_its_source() -> None:
    assert str(_("Identity card")) == "Identity card"
    assert _("Identity card") == Text("Identity card")


def test_declarations_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        PROCEDURE.duration = minutes(5)  # type: ignore[misc]


@pytest.mark.parametrize("code", ["", "Adult", "1a", "a_b", "a--b", "-a", "a-", "é", "a b", "a" * 41])
@pytest.mark.parametrize(
    "build",
    [
        lambda code: Bring(code, _("Photo")),
        lambda code: Question(code, _("File number")),
        lambda code: Counter(code, _("Counter")),
        lambda code: Procedure(code, _("Passport"), minutes(15)),
        lambda code: make_service(code=code),
    ],
)
def test_code_of_another_shape_is_refused(build: Callable[[str], object], code: str) -> None:
    with pytest.raises(DeclarationError, match=r"small letters, digits and single hyphens"):
        build(code)


@pytest.mark.parametrize("label", ["Photo", Text(" "), None])
@pytest.mark.parametrize(
    "build",
    [
        lambda label: Bring("photo", label),
        lambda label: Question("number", label),
        lambda label: Counter("general", label),
        lambda label: Procedure("adult", label, minutes(15)),
        lambda label: make_service(label=label),
    ],
)
def test_unmarked_or_empty_label_is_refused(build: Callable[[object], object], label: object) -> None:
    with pytest.raises(DeclarationError, match=r"must be a text marked with _\(\)"):
        build(label)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"duration": minutes(0)}, "multiple of 5 minutes"),
        ({"duration": minutes(-5)}, "multiple of 5 minutes"),
        ({"duration": minutes(7)}, "multiple of 5 minutes"),
        ({"duration": minutes(1441)}, "multiple of 5 minutes"),
        ({"duration": minutes(485)}, "multiple of 5 minutes"),
        ({"per_extra_person": minutes(3)}, "multiple of 5 minutes"),
        ({"per_extra_person": minutes(-5)}, "multiple of 5 minutes"),
        ({"step": minutes(0)}, "multiple of 5 minutes"),
        ({"step": minutes(12)}, "multiple of 5 minutes"),
        ({"max_persons": 0}, "from 1 to 20"),
        ({"max_persons": -1}, "from 1 to 20"),
        ({"max_persons": 99}, "from 1 to 20"),
        ({"max_persons": True}, "from 1 to 20"),
        ({"max_persons": 20, "per_extra_person": minutes(30)}, "takes longer than"),
        ({"fee_cents": -1}, "whole cents"),
        ({"fee_cents": 33.30}, "whole cents"),
        ({"child_from_age": -1}, "from 0 to 17"),
        ({"child_from_age": 18}, "from 0 to 17"),
        ({"last_start": "15h00"}, "write it as 15:00"),
        ({"last_start": "25:00"}, "write it as 15:00"),
        ({"last_start": "15:03"}, "write it as 15:00"),
        ({"minimum_notice": minutes(-1)}, "is negative"),
        ({"horizon": timedelta()}, "longer than the minimum notice"),
        ({"horizon": timedelta(days=401)}, "at most 400 days"),
        ({"minimum_notice": timedelta(days=60)}, "longer than the minimum notice"),
        ({"legal_deadline": timedelta()}, "longer than nothing"),
        ({"mode": "online"}, "take one of Mode"),
        ({"online_url": "e-guichet.example/x"}, "must begin with https://"),
        ({"online_url": "javascript:alert(1)"}, "must begin with https://"),
        ({"online_url": "https://"}, "must begin with https://"),
        ({"mode": Mode.EGUICHET}, "has no online address"),
        ({"follows": "adult"}, "follows itself"),
        ({"summary": "Valid for 7 years."}, r"must be a text marked with _\(\)"),
        ({"who": ""}, r"must be a text marked with _\(\)"),
        ({"delay": "3 weeks"}, r"must be a text marked with _\(\)"),
        ({"bring": Bring("photo", _("Photo"))}, "mind the comma"),
        ({"bring": [Bring("photo", _("Photo"))]}, "mind the comma"),
        ({"bring": ("photo",)}, "mind the comma"),
        ({"bring": (Bring("photo", _("Photo")), Bring("photo", _("Two photos")))}, "stands twice"),
        ({"questions": Question("number", _("File number"))}, "mind the comma"),
        ({"questions": tuple(Question(f"q{n}", _("Which?")) for n in range(3))}, "at most 2 are allowed"),
        ({"questions": (Question("q", _("Which?")), Question("q", _("Whose?")))}, "stands twice"),
    ],
)
def test_impossible_procedure_is_refused(facts: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DeclarationError, match=sentence):
        make_procedure(**facts)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"letter": ""}, "take one capital A–Z"),
        ({"letter": "p"}, "take one capital A–Z"),
        ({"letter": "PP"}, "take one capital A–Z"),
        ({"letter": "É"}, "take one capital A–Z"),
        ({"letter": "I"}, "not I or O"),
        ({"letter": "O"}, "not I or O"),
        ({"api": 0}, "whole number of the contract"),
        ({"api": "1"}, "whole number of the contract"),
        ({"procedures": ()}, "declares no procedure"),
        ({"procedures": PROCEDURE}, "mind the comma"),
        ({"procedures": (PROCEDURE, PROCEDURE)}, "stands twice among the procedures"),
        ({"summary": "Passports."}, r"must be a text marked with _\(\)"),
        ({"neutral_label": "Town hall"}, r"must be a text marked with _\(\)"),
        ({"counters": Counter("one", _("One"))}, "mind the comma"),
        ({"counters": (Counter("one", _("One")), Counter("one", _("Other")))}, "stands twice among the counters"),
        ({"counters": (Counter("one", _("One"), handles=("minor",)),)}, "handles « minor », which"),
        ({"procedures": (make_procedure(follows="minor"),)}, "follows « minor », which"),
        (
            {
                "procedures": (
                    make_procedure(bring=(Bring("photo", _("Photo")),)),
                    Procedure("minor", _("Minor"), minutes(20), bring=(Bring("photo", _("Two photos")),)),
                )
            },
            "share one object",
        ),
    ],
)
def test_impossible_service_is_refused(facts: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DeclarationError, match=sentence):
        make_service(**facts)


def test_handles_must_be_a_tuple() -> None:
    with pytest.raises(DeclarationError, match="mind the comma"):
        Counter("one", _("One"), handles="adult")  # type: ignore[arg-type]


def test_everything_possible_is_accepted() -> None:
    photo = Bring("photo", _("Photo"))
    ask = make_procedure(
        summary=_("Valid for 7 years."),
        bring=(photo,),
        who=_("The person concerned"),
        child_from_age=0,
        fee_cents=0,
        delay=_("2 weeks"),
        legal_deadline=timedelta(days=15),
        step=minutes(5),
        last_start="15:00",
        max_persons=5,
        per_extra_person=minutes(10),
        residents_only=True,
        online_url="https://e-guichet.example/passport",
        sensitive=True,
        questions=(Question("number", _("File number"), required=True),),
    )
    collect = Procedure("collect", _("Collect"), minutes(480), bring=(photo,), mode=Mode.WALK_IN, follows="adult")
    service = make_service(
        procedures=(ask, collect), counters=(Counter("all", _("All")), Counter("one", _("One"), ("collect",)))
    )
    assert [procedure.code for procedure in service.procedures] == ["adult", "collect"]
    assert service.api == 1
