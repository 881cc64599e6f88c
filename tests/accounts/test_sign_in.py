import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from eguichet_rdv.accounts.models import User
from tests.town import make_clerk

pytestmark = [pytest.mark.django_db, pytest.mark.db]
PASSWORD = "a long enough password"


@pytest.fixture
def clerk() -> User:
    return make_clerk()


def test_right_password_leads_to_the_workplaces(client: Client, clerk: User) -> None:
    answer = client.post(reverse("staff-login"), {"username": "clerk", "password": PASSWORD})
    assert answer.status_code == 302
    assert answer["Location"] == reverse("staff-home")


def test_sign_in_goes_on_where_one_wanted_to_go(client: Client, clerk: User) -> None:
    answer = client.post(reverse("staff-login"), {"username": "clerk", "password": PASSWORD, "next": "/guichet/"})
    assert answer["Location"] == "/guichet/"


def test_sign_in_never_leads_to_another_site(client: Client, clerk: User) -> None:
    content = {"username": "clerk", "password": PASSWORD, "next": "https://evil.example/"}
    answer = client.post(reverse("staff-login"), content)
    assert answer["Location"] == reverse("staff-home")


def test_own_language_is_kept(client: Client, clerk: User) -> None:
    clerk.language = "nl"
    clerk.save()
    answer = client.post(reverse("staff-login"), {"username": "clerk", "password": PASSWORD})
    assert answer.cookies["django_language"].value == "nl"


def test_five_wrong_passwords_lock_the_name(client: Client, clerk: User) -> None:
    for _attempt in range(5):
        answer = client.post(reverse("staff-login"), {"username": "clerk", "password": "wrong"})
    assert answer.status_code == 429
    assert "accounts/locked.html" in {template.name for template in answer.templates}
    answer = client.post(reverse("staff-login"), {"username": "clerk", "password": PASSWORD})
    assert answer.status_code == 429


def test_behind_the_proxy_the_name_is_locked_for_that_visitor_only(client: Client, clerk: User) -> None:
    wrong = {"username": "clerk", "password": "wrong"}
    for _attempt in range(5):
        answer = client.post(reverse("staff-login"), wrong, headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.status_code == 429
    right = {"username": "clerk", "password": PASSWORD}
    answer = client.post(reverse("staff-login"), right, headers={"X-Forwarded-For": "198.51.100.7"})
    assert answer["Location"] == reverse("staff-home")


def test_a_sign_in_lasts_a_working_day_whatever_was_looked_at_before(client: Client, clerk: User) -> None:
    session = client.session
    session.set_expiry(3600)
    session.save()
    client.cookies["eguichet_session"] = str(session.session_key)
    client.post(reverse("staff-login"), {"username": "clerk", "password": PASSWORD})
    assert client.session.get_expiry_age() == 12 * 3600


def test_sign_out_is_a_post(client: Client, clerk: User) -> None:
    client.force_login(clerk)
    assert client.get(reverse("staff-logout")).status_code == 405
    assert client.post(reverse("staff-logout"))["Location"] == reverse("staff-login")
    assert client.get(reverse("staff-home")).status_code == 302


def test_somebody_without_role_is_told_so(client: Client, clerk: User) -> None:
    client.force_login(clerk)
    answer = client.get(reverse("staff-home"))
    assert answer.context["entries"] == []
    assert answer.status_code == 200


def test_an_account_that_is_closed_is_nobody_from_the_next_request_on(client: Client, clerk: User) -> None:
    client.post(reverse("staff-login"), {"username": "clerk", "password": PASSWORD})
    assert client.get(reverse("staff-home")).status_code == 200
    User.objects.filter(pk=clerk.pk).update(is_active=False)
    assert client.get(reverse("staff-home"))["Location"].startswith(reverse("staff-login"))


def test_a_session_ends_at_its_hour(client: Client, clerk: User) -> None:
    client.post(reverse("staff-login"), {"username": "clerk", "password": PASSWORD})
    Session.objects.update(expire_date=timezone.now())
    assert client.get(reverse("staff-home"))["Location"].startswith(reverse("staff-login"))
