import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from eguichet_rdv.accounts.models import User
from eguichet_rdv.messaging.enums import MessageState
from eguichet_rdv.messaging.models import Message
from tests.messaging.conftest import Queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("boss", "boss@town.example", "a long enough password"))
    return client


def test_failures_come_first_and_no_address_is_shown(boss: Client, queue: Queue) -> None:
    queue("AAA111")
    failed = queue("BBB222")
    Message.objects.filter(pk=failed.pk).update(state=MessageState.PARKED, problem="The mail server refused it (550).")
    page = boss.get(reverse("messages:index")).content.decode()
    assert 0 < page.index("BBB222") < page.index("AAA111")
    assert "The mail server refused it (550)." in page
    assert "@people.example" not in page
    assert "@people.example" not in boss.get(reverse("messages:inspect", args=[failed.pk])).content.decode()


@pytest.mark.parametrize("what", ["edit", "delete"])
def test_nothing_can_be_changed(what: str, boss: Client, queue: Queue) -> None:
    message = queue("AAA111")
    boss.post(reverse(f"messages:{what}", args=[message.pk]), {"kind": "x"})
    boss.post(reverse("messages:add"), {"kind": "x"})
    assert list(Message.objects.values_list("kind", flat=True)) == ["test.plain"]


def test_the_list_costs_the_same_number_of_queries_at_one_and_three_rows(boss: Client, queue: Queue) -> None:
    counts = []
    boss.get(reverse("messages:index"))
    for names in (["A"], ["B", "C"]):
        for name in names:
            queue(name)
        with CaptureQueriesContext(connection) as queries:
            boss.get(reverse("messages:index"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_staff_without_the_permission_see_nothing(client: Client) -> None:
    client.force_login(User.objects.create_user("clerk", password="a long enough password"))
    assert client.get(reverse("messages:index")).status_code == 302
