import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from eguichet_rdv.ledger.domain.access import log_access
from eguichet_rdv.ledger.domain.budgets import spend
from eguichet_rdv.ledger.domain.intents import open_intent
from eguichet_rdv.ledger.domain.nonces import use_nonce
from eguichet_rdv.ledger.domain.sweep import sweep_ledger
from eguichet_rdv.ledger.models import AccessEntry, Intent, Nonce, Spending

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def try_once(key: str, now: datetime = NOW, amount: int = 1) -> bool:
    return spend("birth-date", key, limit=3, window=HOUR, now=now, amount=amount)


def test_a_budget_ends_and_begins_again() -> None:
    assert [try_once("hall-1") for _try in range(5)] == [True, True, True, False, False]
    assert try_once("hall-2")
    assert not try_once("hall-1", NOW + timedelta(minutes=59))
    assert try_once("hall-1", NOW + HOUR)


def test_a_budget_is_taken_in_portions() -> None:
    assert try_once("hall-1", amount=3)
    assert not try_once("hall-1")


def test_a_budget_keeps_no_address() -> None:
    spend("reads", "192.0.2.7", limit=1, window=HOUR, now=NOW)
    row = Spending.objects.get()
    assert "192.0.2.7" not in row.key
    assert row.expires_at == NOW + HOUR


def test_a_budget_costs_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        try_once("hall-1")


@pytest.mark.race
def test_competitors_get_exactly_the_limit() -> None:
    together = threading.Barrier(8)
    allowed: list[bool] = []

    def compete() -> None:
        try:
            connection.ensure_connection()
            together.wait(10)
            allowed.extend(spend("race", "one", limit=10, window=HOUR, now=NOW) for _try in range(3))
        finally:
            connection.close()

    competitors = [threading.Thread(target=compete) for _each in range(8)]
    for competitor in competitors:
        competitor.start()
    for competitor in competitors:
        competitor.join(60)
    assert sorted(allowed) == [False] * 14 + [True] * 10


def test_a_nonce_counts_once() -> None:
    assert use_nonce("kiosk:hall-1", "abc")
    assert not use_nonce("kiosk:hall-1", "abc")
    assert use_nonce("kiosk:hall-2", "abc")


def test_a_refused_nonce_leaves_the_transaction_usable() -> None:
    use_nonce("kiosk:hall-1", "abc")
    with transaction.atomic():
        assert not use_nonce("kiosk:hall-1", "abc")
        assert use_nonce("kiosk:hall-1", "def")


def test_the_access_log_says_who_saw_whom_and_why() -> None:
    user = get_user_model().objects.create_user("an", "an@example.org", "x")
    log_access(user, "view", "appointment:ABC234", "visitor at the counter")
    log_access(None, "export", "visitor:7")
    entries = AccessEntry.objects.order_by("id").values_list("user__username", "action", "subject", "reason")
    assert list(entries) == [
        ("an", "view", "appointment:ABC234", "visitor at the counter"),
        (None, "export", "visitor:7", ""),
    ]


def test_what_expired_is_swept() -> None:
    use_nonce("kiosk:hall-1", "old")
    try_once("hall-1")
    with transaction.atomic():
        intent = open_intent(Intent().id, "book", {})
    Nonce.objects.update(at=NOW - timedelta(days=1))
    Intent.objects.filter(id=intent.id).update(created_at=NOW - timedelta(days=31))
    assert sweep_ledger(NOW) == 2
    assert sweep_ledger(NOW + timedelta(hours=2)) == 1
