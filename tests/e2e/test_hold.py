"""The time is kept while somebody types: warned two minutes before the end, extended, and back again."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from eguichet_rdv.scheduling.models import Appointment, Reservation
from tests.harness.browser import Pages, check_accessibility, take_shot
from tests.town import make_town

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_the_end_is_announced_and_put_off(pages: Pages, live_server: LiveServer) -> None:
    make_town(now=timezone.now())
    page = pages.open(base_url=live_server.url, width=390, height=844)
    page.clock.install()
    page.goto("/fr/rendez-vous/reserver/population/carte/")
    button = page.locator("main .actions button[type=submit]").first
    button.click()
    page.locator(".time-choice input").first.check(force=True)
    button.click()
    page.locator("input[name=person-last_name]").fill("Özdemir")
    # A screen reader says what appears in a status region; the region itself is there from the beginning.
    warning = page.locator(".hold-bar[role=status] .hold-warning")
    expect(page.locator(".hold-bar[role=status]")).to_have_count(1)
    page.clock.fast_forward("07:30")
    expect(warning).to_be_hidden()
    page.clock.fast_forward("00:45")
    expect(warning).to_be_visible()
    check_accessibility(page)
    take_shot(page, "state-hold-warning-fr", full_page=False)
    warning.locator("button[name=extend]").click()
    expect(page.locator("input[name=person-last_name]")).to_have_value("Özdemir")
    assert Reservation.objects.get().extensions == 1
    expect(page.locator(".hold-bar[role=status] .hold-warning")).to_have_count(1)
    page.clock.fast_forward("15:00")
    expect(page.locator(".hold-bar[role=status] .hold-over")).to_be_visible()
    check_accessibility(page)
    take_shot(page, "state-hold-over-fr", full_page=False)
    for name, part in (("day", "1"), ("month", "2"), ("year", "1950")):
        page.locator(f"input[name=person-birth_date_{name}]").fill(part)
    page.locator("input[name=person-phone]").fill("0470123456")
    button.click()
    # Back, forward and reload lose nothing and book nothing.
    page.go_back()
    expect(page.locator("input[name=person-last_name]")).to_have_value("Özdemir")
    page.go_forward()
    page.reload()
    assert not Appointment.objects.exists()
    button.click()
    expect(page.locator(".confirmation .reference")).to_be_visible()
    page.go_back()
    expect(page.locator(".confirmation .reference")).to_be_visible()
    assert Appointment.objects.count() == 1
