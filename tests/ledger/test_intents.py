import threading
from datetime import UTC, date, datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from eguichet_rdv.ledger.domain.intents import IntentMismatch, digest_content, finish_intent, open_intent
from eguichet_rdv.ledger.models import Intent

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]


def carry_out(intent_id: UUID, content: dict[str, object], made: list[str]) -> str:
    """A command that makes something once."""
    with transaction.atomic():
        intent = open_intent(intent_id, "book", content)
        if not intent.result:
            made.append("one")
            finish_intent(intent, "appointment:ABC234")
        return intent.result


def test_same_intent_gives_the_same_result_and_one_effect() -> None:
    made: list[str] = []
    intent_id = uuid4()
    results = [carry_out(intent_id, {"start": "08:30", "persons": 1}, made) for _again in range(3)]
    assert results == ["appointment:ABC234"] * 3
    assert made == ["one"]


def test_other_content_is_refused() -> None:
    intent_id = uuid4()
    carry_out(intent_id, {"start": "08:30"}, [])
    with pytest.raises(IntentMismatch), transaction.atomic():
        open_intent(intent_id, "book", {"start": "08:45"})


def test_other_command_is_refused() -> None:
    intent_id = uuid4()
    carry_out(intent_id, {"start": "08:30"}, [])
    with pytest.raises(IntentMismatch), transaction.atomic():
        open_intent(intent_id, "move", {"start": "08:30"})


def test_a_refused_command_may_be_tried_again() -> None:
    intent_id = uuid4()
    with transaction.atomic():
        open_intent(intent_id, "book", {"start": "08:30"})
        transaction.set_rollback(True)
    assert not Intent.objects.exists()
    assert carry_out(intent_id, {"start": "09:00"}, []) == "appointment:ABC234"


def test_a_transaction_is_required() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        open_intent(uuid4(), "book", {})


def test_an_intent_ends_with_a_reference() -> None:
    with transaction.atomic():
        intent = open_intent(uuid4(), "book", {})
        with pytest.raises(ValueError, match="reference"):
            finish_intent(intent, "")


def test_order_of_keys_and_time_zone_do_not_count() -> None:
    at = datetime(2026, 12, 1, 7, 30, tzinfo=UTC)
    local = at.astimezone(ZoneInfo("Europe/Brussels"))
    uid = uuid4()
    assert digest_content({"at": at, "day": date(2026, 12, 1), "id": uid, "needs": {"b", "a"}}) == digest_content(
        {"needs": {"a", "b"}, "id": str(uid), "day": "2026-12-01", "at": local}
    )
    assert digest_content({"persons": 1}) != digest_content({"persons": "1"})


@pytest.mark.race
def test_two_at_the_same_instant_have_one_effect() -> None:
    made: list[str] = []
    results: list[str] = []
    intent_id = uuid4()
    together = threading.Barrier(2)

    def compete() -> None:
        try:
            connection.ensure_connection()
            together.wait(10)
            results.append(carry_out(intent_id, {"start": "08:30"}, made))
        finally:
            connection.close()

    competitors = [threading.Thread(target=compete) for _each in range(2)]
    for competitor in competitors:
        competitor.start()
    for competitor in competitors:
        competitor.join(30)
    assert results == ["appointment:ABC234"] * 2
    assert made == ["one"]


@pytest.mark.race
def test_the_second_takes_over_when_the_first_fails() -> None:
    intent_id = uuid4()
    opened, fail = threading.Event(), threading.Event()

    def begin_and_fail() -> None:
        try:
            with transaction.atomic():
                open_intent(intent_id, "book", {})
                opened.set()
                fail.wait(10)
                transaction.set_rollback(True)
        finally:
            connection.close()

    first = threading.Thread(target=begin_and_fail)
    first.start()
    opened.wait(10)
    made: list[str] = []

    def take_over() -> None:
        try:
            carry_out(intent_id, {}, made)
        finally:
            connection.close()

    second = threading.Thread(target=take_over)
    second.start()
    fail.set()
    first.join(30)
    second.join(30)
    assert made == ["one"]


def test_without_the_key_nobody_can_try_out_dates_of_birth(settings: Settings) -> None:
    content = {"key": "1990-02-01"}
    before = digest_content(content)
    settings.TOKEN_KEY = "another key"
    assert digest_content(content) != before
