"""Whoever shortens hours sees the appointments concerned; the agenda follows what was changed, and only that."""

from datetime import date, time, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from eguichet_rdv.accounts.models import User
from eguichet_rdv.catalogue.domain.editors import allow_editors
from eguichet_rdv.scheduling.domain.agenda import check_agenda
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.refusals import TimeRefused
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.domain.hours import HoursInUse, guard_hours
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Assignment, Closure, OpeningPeriod
from eguichet_rdv.townhall.receivers import EDITED
from tests.town import MONDAY, Town, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return make_town(counters=1)


def book_at(town: Town, clock: str, born: str = "1990-02-01") -> Appointment:
    person = Person("Name", "First", born)
    return book(town.wanted(), town.at(clock), person, language="fr", now=MONDAY, intent=uuid4())


def tuesday() -> OpeningPeriod:
    return OpeningPeriod.objects.get(weekday=1)


@time_machine.travel(MONDAY, tick=False)
def test_hours_are_shortened_only_by_who_has_seen_exactly_the_list(town: Town) -> None:
    late = book_at(town, "11:30")
    book_at(town, "09:00", "1991-01-01")
    with pytest.raises(HoursInUse) as refused, guard_hours(""):
        tuesday().delete()
    assert [one.reference for one in refused.value.concerned] == sorted(
        Appointment.objects.values_list("reference", flat=True),
        key=lambda reference: Appointment.objects.get(reference=reference).start,
    )
    assert tuesday().counter == town.counters[0]  # nothing was deleted

    def shorten(agreed: str) -> None:
        with guard_hours(agreed):
            period = tuesday()
            period.closes = time(11)
            period.save()

    with pytest.raises(HoursInUse) as seen:
        shorten("")
    assert [one.reference for one in seen.value.concerned] == [late.reference]
    book_at(town, "11:00", "1992-01-01")  # somebody books while the editor reads
    with pytest.raises(HoursInUse) as again:
        shorten(seen.value.shown)
    assert len(again.value.concerned) == 2
    shorten(again.value.shown)
    assert f"{tuesday().closes:%H:%M}" == "11:00"
    late.refresh_from_db()
    assert late.reservations.exists()  # nothing vanished
    with pytest.raises(TimeRefused):
        book_at(town, "11:15", "1993-01-01")
    with guard_hours(""):  # what is outside already does not hold up the next change
        Closure.objects.create(location=town.location, first_date=date(2026, 12, 24), last_date=date(2026, 12, 24))


@time_machine.travel(MONDAY, tick=False)
def test_a_change_of_hours_remakes_the_days_it_concerns_and_a_time_zone_all_of_them(town: Town) -> None:
    period = tuesday()
    period.weekday = 5
    period.save()
    assert check_agenda(MONDAY) == []
    with pytest.raises(TimeRefused):
        book_at(town, "09:00")
    closure = Closure.objects.create(location=town.location, first_date=date(2026, 12, 1), last_date=date(2026, 12, 3))
    closure.first_date = date(2026, 12, 3)
    closure.save()
    assert check_agenda(MONDAY) == []  # 1 and 2 December are open again
    town.location.timezone = "Europe/Lisbon"
    town.location.save()
    assert check_agenda(MONDAY) == []


@time_machine.travel(MONDAY, tick=False)
def test_the_cms_shows_the_appointments_before_it_deletes_or_closes(town: Town) -> None:
    appointment = book_at(town, "09:00")
    allow_editors("townhall", EDITED)
    editor = User.objects.create_user("editor", password="long enough to be safe")
    Assignment.objects.create(user=editor, role=Role.EDITOR)
    cms = Client()
    cms.force_login(editor, backend="eguichet_rdv.accounts.backends.StaffBackend")
    address = reverse("openingperiod:delete", args=[tuesday().pk])
    shown = cms.post(address)
    assert (shown.status_code, appointment.reference in shown.content.decode()) == (409, True)
    assert list(shown.context["messages"]) == []  # nothing was deleted, and nothing says so
    assert tuesday().counter == town.counters[0]
    agreed = shown.context["refusal"].shown
    assert cms.post(address, {"agreed": agreed}).status_code == 302
    assert not OpeningPeriod.objects.filter(weekday=1).exists()
    day = MONDAY.date() + timedelta(days=1)
    book_at_wednesday = Person("Name", "First", "1991-01-01")
    book(town.wanted(), town.at("09:00", 25), book_at_wednesday, language="fr", now=MONDAY, intent=uuid4())
    closing = {
        "location": str(town.location.pk),
        "first_date": day.isoformat(),
        "last_date": (day + timedelta(days=1)).isoformat(),
    }
    shown = cms.post(reverse("closure:add"), closing)
    assert shown.status_code == 409
    assert dict(shown.context["typed"])["first_date"] == day.isoformat()
    assert not Closure.objects.exists()
