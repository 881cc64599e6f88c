import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from eguichet_rdv.api.models import ApiKey
from eguichet_rdv.scheduling.domain.tokens import find_by_check_in_token
from eguichet_rdv.scheduling.enums import Channel
from eguichet_rdv.scheduling.models import Appointment
from tests.api.partner import Partner
from tests.town import Town

NAMES = ["O", "O'Neill", "d'Haese", "Łukasz", "محمد", "陳"]


def test_a_time_is_booked(partner: Partner) -> None:
    person = {
        "last_name": "Lejeune",
        "first_name": "Anne",
        "birth_date": "1990-02-01",
        "email": "anne@example.org",
        "phone": "0470/12.34.56",
    }
    answer = partner.book(language="de", person=person)
    assert answer.status_code == 201
    body = answer.json()
    found = find_by_check_in_token(body.pop("check_in_code"))
    assert found is not None
    assert body == {
        "reference": found.reference,
        "start": "2026-11-24T08:30",
        "end": "2026-11-24T08:45",
        "timezone": "Europe/Brussels",
        "place": "Maison communale, Place du Marché 55, 4800 Verviers",
    }
    visitor = found.visitor
    assert visitor is not None
    assert (visitor.last_name, visitor.phone, visitor.birth_date) == ("Lejeune", "+32470123456", "1990-02-01")
    assert (found.channel, found.language) == (Channel.API, "de")


def test_the_same_request_again_gives_the_same_appointment(partner: Partner) -> None:
    first, again = partner.book(), partner.book()
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert Appointment.objects.count() == 1


def test_the_same_number_with_other_content_is_refused(partner: Partner) -> None:
    partner.book()
    for change in ({"start": "2026-11-24T09:00"}, {"language": "nl"}, {"person": {"last_name": "Other"}}):
        answer = partner.book(**change)
        assert (answer.status_code, answer.json()["error"]) == (422, "intent_mismatch")


def test_two_programs_may_use_the_same_number(partner: Partner) -> None:
    other = Partner("other")
    assert partner.book().json()["reference"] != other.book().json()["reference"]


def test_a_taken_time_is_answered_with_three_others(partner: Partner) -> None:
    assert [partner.book(intent=str(each)).status_code for each in range(3)] == [201, 201, 409]
    answer = partner.book(intent="fourth").json()
    assert answer["error"] == "time_taken"
    assert answer["message"]
    assert answer["alternatives"] == ["2026-11-24T08:45", "2026-11-24T09:00", "2026-11-24T09:15"]


@pytest.mark.parametrize("start", ["2026-11-22T08:30", "2026-11-24T13:00", "2027-11-24T08:30", "2026-11-24T08:32"])
def test_a_time_that_is_not_offered(partner: Partner, start: str) -> None:
    answer = partner.book(start)
    assert (answer.status_code, answer.json()["error"]) == (409, "time_not_offered")


def test_a_time_in_the_past_still_gets_three_others(partner: Partner) -> None:
    assert len(partner.book("2026-01-05T08:30").json()["alternatives"]) == 3


@pytest.mark.parametrize(
    "start",
    [
        "2027-03-28T02:30",
        "2026-02-30T08:30",
        "2026-11-24T25:00",
        "0001-01-01T00:00",
        "9999-12-31T23:55",
        "tomorrow",
        "",
    ],
)
def test_an_hour_that_does_not_exist(partner: Partner, start: str) -> None:
    answer = partner.book(start)
    assert (answer.status_code, answer.json()["field"]) == (422, "start")


@pytest.mark.parametrize("name", NAMES)
def test_names_are_kept_as_they_are(partner: Partner, name: str) -> None:
    assert partner.book(person={"last_name": name}).status_code == 201
    visitor = Appointment.objects.get().visitor
    assert visitor is not None
    assert visitor.last_name == name


@pytest.mark.parametrize(
    "name",
    ["", " ", "\u200b", "\u202eabc", "a\u0000b", "e" + "\u0301" * 200, "x" * 300, "x" * 10_000, "\ud800", 7, None],
)
def test_impossible_names_are_refused(partner: Partner, name: Any) -> None:
    answer = partner.book(person={"last_name": name})
    assert answer.status_code == 422
    assert Appointment.objects.count() == 0


@pytest.mark.parametrize(
    "person",
    [
        {"birth_date": "2026-02-31"},
        {"birth_date": "2027-02-29"},
        {"birth_date": "2026-12-24"},
        {"birth_date": "0000-01-01"},
        {"birth_date": "9999-01-01"},
        {"birth_date": "1990-2-1"},
        {"email": "a@b"},
        {"email": "a@example.org, b@example.org"},
        {"email": "a@example.org\r\nBcc: b@example.org"},
        {"email": "x" * 255 + "@example.org"},
        {"phone": "112"},
        {"phone": "call me"},
        {"national_number": "85073003328"},
    ],
)
def test_impossible_facts_are_refused(partner: Partner, person: dict[str, str]) -> None:
    answer = partner.book(person={"last_name": "Lejeune"} | person)
    assert answer.status_code == 422
    assert answer.json()["message"]


def test_an_unknown_day_of_birth_is_possible(partner: Partner) -> None:
    assert partner.book(person={"last_name": "Lejeune", "birth_date": "1990-00-00"}).status_code == 201


@pytest.mark.parametrize(
    ("facts", "status", "field"),
    [
        ({"persons": 0}, 422, "persons"),
        ({"persons": -1}, 422, "persons"),
        ({"persons": 1e9}, 422, "persons"),
        ({"persons": "1"}, 422, "persons"),
        ({"persons": True}, 422, "persons"),
        ({"language": "tlh"}, 422, "language"),
        ({"language": ["fr"]}, 422, "language"),
        ({"colour": "red"}, 422, "colour"),
        ({"person": None}, 422, "person"),
        ({"person": {"last_name": "A", "age": 3}}, 422, "person.age"),
        ({"service": "nobody"}, 404, None),
        ({"procedure": "\u0000"}, 404, None),
        ({"location": "nowhere"}, 404, None),
    ],
)
def test_other_content_is_refused(partner: Partner, facts: dict[str, Any], status: int, field: str | None) -> None:
    answer = partner.book(**facts)
    assert (answer.status_code, answer.json().get("field")) == (status, field)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"NaN", 400),
        (b'{"persons": NaN}', 400),
        (b'{"persons": Infinity}', 400),
        (b"\xff\xfe", 400),
        (b"null", 422),
        (b"[]", 422),
        (b"7", 422),
        (b'"text"', 422),
        (b"[" * 200 + b"]" * 200, 422),
        (b"[" * 100_000 + b"]" * 100_000, 400),
        (b"1" * 100_000, 400),
        (b'{"service": "' + b"x" * 300_000 + b'"}', 413),
    ],
)
def test_unreadable_content(partner: Partner, body: bytes, status: int) -> None:
    answer = partner.post("/appointments", body, **{"Idempotency-Key": "one"})
    assert answer.status_code == status
    assert set(answer.json()) >= {"error", "message"}


def test_only_json_is_taken(partner: Partner) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
        answer = partner.post("/appointments", b"{}", content_type=kind, **{"Idempotency-Key": "one"})
        assert (answer.status_code, answer.json()["error"]) == (415, "unsupported_media_type")


def test_a_request_number_is_needed(partner: Partner) -> None:
    answer = partner.post("/appointments", {"service": "population"})
    assert (answer.status_code, answer.json()["error"]) == (422, "missing_field")


def test_no_key_no_booking(partner: Partner) -> None:
    ApiKey.objects.create(name="gone", digest="x", revoked_at=timezone.now())
    for key in ("", "eg_unknown", "x" * 5000):
        answer = Partner(key=key).book()
        assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")
        assert answer["WWW-Authenticate"] == "Bearer"
    ApiKey.objects.update(revoked_at=timezone.now())
    assert partner.book().status_code == 401


def test_writes_are_limited(partner: Partner, settings: Settings) -> None:
    settings.EGUICHET_API_WRITES_PER_MINUTE = 2
    assert [partner.book().status_code for _try in range(3)] == [201, 201, 429]


def test_cancelling_gives_the_time_back(partner: Partner, town: Town) -> None:
    reference = partner.book().json()["reference"]
    for _again in range(2):
        answer = partner.post(f"/appointments/{reference}/cancel", {"reason": "=HYPERLINK(1)\r\nx"})
        assert (answer.status_code, answer.json()) == (200, {"reference": reference, "state": "cancelled"})
    assert Appointment.objects.get().cancel_reason == "=HYPERLINK(1) x"
    assert partner.book(intent="two").status_code == 201


def test_a_national_number_in_the_reason_is_not_kept(partner: Partner) -> None:
    reference = partner.book().json()["reference"]
    partner.post(f"/appointments/{reference}/cancel", {"reason": "85.07.30-033.28"})
    assert Appointment.objects.get().cancel_reason == "…"


def test_cancelling_needs_no_content(partner: Partner) -> None:
    reference = partner.book().json()["reference"]
    answer = partner.post(f"/appointments/{reference.lower()}/cancel", b"")
    assert answer.status_code == 200


def test_an_appointment_of_somebody_else_does_not_exist(partner: Partner) -> None:
    reference = partner.book().json()["reference"]
    other = Partner("other")
    stranger, nobody = (other.post(f"/appointments/{one}/cancel", {}) for one in (reference, "ZZZZZZ"))
    assert stranger.status_code == nobody.status_code == 404
    assert stranger.json() == nobody.json()
    assert other.post("/appointments/%00/cancel", {}).status_code == 404


def test_what_is_over_cannot_be_cancelled(partner: Partner) -> None:
    reference = partner.book().json()["reference"]
    Appointment.objects.update(state="honoured")
    answer = partner.post(f"/appointments/{reference}/cancel", {})
    assert (answer.status_code, answer.json()["error"]) == (409, "not_cancellable")


def test_refusals_speak_the_language_asked_for(partner: Partner) -> None:
    body = json.dumps({"service": "population"})
    answer = partner.post("/appointments?lang=nl", body, **{"Idempotency-Key": "one"})
    assert answer["Content-Language"] == "nl"


def test_a_key_is_printed_once(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_api_key", "e-guichet")
    key = capsys.readouterr().out.strip()
    assert key.startswith("eg_")
    assert len(key) == 46
    assert key not in repr(ApiKey.objects.values())
    with pytest.raises(CommandError, match="already"):
        call_command("create_api_key", "e-guichet")


def test_a_revoked_key_is_worth_nothing(partner: Partner) -> None:
    assert partner.book().status_code == 201
    name = ApiKey.objects.get().name
    call_command("revoke_api_key", name)
    assert partner.book(intent="two").status_code == 401
    with pytest.raises(CommandError, match="In use: none"):
        call_command("revoke_api_key", name)
