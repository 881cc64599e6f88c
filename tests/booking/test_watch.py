"""« Tell me when a time is free »: asked on the page, told once by mail, in the order of asking."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils import timezone
from pytest_django import Settings

from eguichet_rdv.messaging.domain.deliver import deliver_due
from eguichet_rdv.messaging.models import Message
from eguichet_rdv.scheduling.domain.availability import find_starts
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.cancel import cancel
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.watch import KIND, PER_BLOCK, PER_RECIPIENT, WATCHED, find_due, tell
from eguichet_rdv.scheduling.enums import CancelledBy
from eguichet_rdv.scheduling.models import Appointment, Watch
from eguichet_rdv.scheduling.papers.free import write_free
from eguichet_rdv.scheduling.tasks import erase_past, tell_watchers
from tests.booking.conftest import Citizen
from tests.booking.test_journey import text
from tests.town import MONDAY, Town, make_town

pytestmark = pytest.mark.django_db
Ask = Callable[..., HttpResponse]


@pytest.fixture
def town(db: None) -> Town:
    """One counter, and an agenda of this week only."""
    made = make_town(counters=1, opens="09:00", closes="09:30")
    made.card.horizon_days_override = 3
    made.card.save()
    return made


@pytest.fixture
def full(town: Town) -> list[Appointment]:
    """Every time is taken."""
    today = MONDAY.date()
    starts = find_starts(town.wanted(), today, today + timedelta(days=9), now=MONDAY)
    moments = [start for times in starts.values() for start in times]
    return [book_at(town, moment, number) for number, moment in enumerate(moments)]


@pytest.fixture
def ask(citizen: Citizen) -> Ask:
    citizen.begin()
    citizen.send("visit")

    def ask(email: str, address: str = "203.0.113.7") -> HttpResponse:
        return citizen.client.post(citizen.step("time"), {"watch-email": email}, REMOTE_ADDR=address)  # type: ignore[return-value]

    return ask


def book_at(town: Town, moment: datetime, number: int) -> Appointment:
    person = Person("Lejeune", f"Marie {number}", "1990-02-01", "marie@example.org")
    return book(town.wanted(), moment, person, language="fr", now=MONDAY, intent=uuid4())


def free(appointment: Appointment) -> None:
    cancel(appointment, by=CancelledBy.CITIZEN, now=timezone.now())


def told() -> list[str]:
    return list(Message.objects.filter(kind=KIND).order_by("pk").values_list("recipient", flat=True))


def test_a_freed_time_is_told_once_and_the_address_forgotten(
    full: list[Appointment], citizen: Citizen, ask: Ask, settings: Settings
) -> None:
    page = citizen.client.get(citizen.step("time"))
    assert 'data-state="watch"' in text(page)
    assert 'form="watch"' in text(page)
    answer = ask("Eve@example.org")
    assert (answer.status_code, 'data-state="watching"' in text(answer)) == (200, True)
    assert tell_watchers() == 0
    free(full[0])
    assert (tell_watchers(), tell_watchers()) == (1, 0)
    assert told() == ["Eve@example.org"]
    assert list(Watch.objects.values_list("email", "digest")) == [("", "")]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Message.objects.exclude(kind=KIND).delete()
    deliver_due(timezone.now)
    sent: Any = mail.outbox[0].message()
    body = sent.get_payload(0).get_payload(decode=True).decode()
    assert f"{settings.PUBLIC_URL}/fr/rendez-vous/reserver/population/carte/" in body
    assert "Carte d'identité" in body
    assert "{" not in body
    assert len(mail.outbox) == 1
    assert told() == [""]  # the outbox has forgotten it too


def test_who_asked_first_is_told_first_and_the_next_only_later(full: list[Appointment], ask: Ask) -> None:
    for number, name in enumerate(("zoe", "adam", "mia")):
        with time_machine.travel(MONDAY + timedelta(seconds=number), tick=False):
            ask(f"{name}@example.org")
    free(full[0])
    tell_watchers()
    with time_machine.travel(MONDAY + timedelta(minutes=20), tick=False):
        assert tell_watchers() == 0
    assert told() == ["zoe@example.org"]
    with time_machine.travel(MONDAY + timedelta(minutes=31), tick=False):
        assert tell_watchers() == 1
    assert told() == ["zoe@example.org", "adam@example.org"]
    with time_machine.travel(MONDAY + timedelta(minutes=40), tick=False):
        free(full[-1])
        assert tell_watchers() == 1
    assert told()[2:] == ["mia@example.org"]


def test_the_same_question_twice_is_one_and_is_answered_alike(full: list[Appointment], ask: Ask) -> None:
    answers = [text(ask(email)) for email in ("eve@example.org", "EVE@example.org")]
    assert answers[0].lower() == answers[1].lower()
    kept = Watch.objects.get()
    kept.pk, kept.uid = None, uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        kept.save()


@pytest.mark.parametrize("email", ["", "eve@", "eve@example.org, adam@example.org"])
def test_a_bad_address_is_named_at_its_field(full: list[Appointment], ask: Ask, email: str) -> None:
    page: Any = ask(email)
    assert page.status_code == 422
    assert page.context["watch_form"].errors["email"]
    assert f'value="{email}"' in text(page) or not email
    assert not Watch.objects.exists()


def test_neither_a_mailbox_nor_the_list_is_filled(full: list[Appointment], citizen: Citizen, ask: Ask) -> None:
    pages = []
    for number in range(PER_RECIPIENT + 1):
        Watch.objects.all().delete()
        pages.append(text(ask("eve@example.org", f"198.51.{number}.1")))
    assert not Watch.objects.exists()
    assert pages[-1] == pages[0]
    answers = [ask(f"p{number}@example.org").status_code for number in range(PER_BLOCK + 1)]
    assert (answers[-2], answers[-1]) == (200, 422)
    assert ask("other@example.org", "192.0.2.1").status_code == 200


def test_two_workers_tell_once(full: list[Appointment], ask: Ask) -> None:
    ask("eve@example.org")
    free(full[0])
    seen_by_both = [find_due(MONDAY), find_due(MONDAY)]
    assert [tell(watch, MONDAY) for (watch,) in seen_by_both] == [True, False]
    # Even a worker that would not look whether it is done is stopped by the key of the message.
    watch = seen_by_both[1][0]
    Watch.objects.filter(pk=watch.pk).update(told_at=None, email=watch.email, digest=watch.digest)
    assert tell(watch, MONDAY)
    assert len(told()) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Watch.objects.filter(pk=watch.pk).update(email="eve@example.org")


def test_a_watch_that_is_over_tells_nothing_and_is_erased_the_same_night(full: list[Appointment], ask: Ask) -> None:
    ask("eve@example.org")
    Watch.objects.update(until=MONDAY + timedelta(hours=1))
    with time_machine.travel(MONDAY + timedelta(hours=1), tick=False):
        free(full[-1])
        assert tell_watchers() == 0
        erase_past()
    assert not Watch.objects.exists()


def test_far_away_times_offer_to_tell_of_earlier_ones(town: Town, full: list[Appointment], ask: Ask) -> None:
    town.card.horizon_days_override = 30
    town.card.legal_deadline_days_declared = 2
    town.card.save()
    first = town.at("09:00", 27)
    assert ask("eve@example.org").status_code == 200
    watch = Watch.objects.get()
    assert (watch.before, watch.until) == (first, min(first, MONDAY + WATCHED))
    assert tell_watchers() == 0
    free(full[0])
    assert tell_watchers() == 1


def test_where_a_time_is_free_soon_nobody_waits_for_one(town: Town, citizen: Citizen, ask: Ask) -> None:
    assert 'data-state="watch"' not in text(citizen.client.get(citizen.step("time")))
    answer = ask("eve@example.org")
    assert (answer.status_code, answer["Location"]) == (302, citizen.step("time"))
    assert not Watch.objects.exists()


def test_a_sensitive_procedure_is_neither_named_nor_linked(town: Town, full: list[Appointment], ask: Ask) -> None:
    ask("eve@example.org")
    town.card.sensitive_override = True
    town.card.save()
    free(full[0])
    tell_watchers()
    content: Any = write_free(Message.objects.get(kind=KIND))
    said = f"{content.subject} {content.text} {content.html}"
    assert "carte" not in said.lower()
    assert "Population" in said
