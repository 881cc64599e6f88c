"""What staff see of the kiosks, and what they tell them."""

from datetime import time, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from eguichet_rdv.kiosk.models import UnclearArrival
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Assignment, Kiosk, Location
from tests.kiosk.device import Device
from tests.town import Town, make_clerk

BEAT = {"version": "1.0", "printer": "ok", "scanner": "ok", "backlog": 0, "at": "2026-11-24T08:00:00Z"}


@pytest.fixture
def staff(client: Client, town: Town) -> Client:
    clerk = make_clerk()
    Assignment.objects.create(user=clerk, location=town.location, role=Role.RECEPTION)
    client.force_login(clerk)
    return client


def see(staff: Client, town: Town, **query: str) -> str:
    response = staff.get(reverse("kiosk-troubles", args=[town.location.slug]), query)
    assert response.status_code == 200
    return str(response.content.decode())


def test_devices_in_trouble_are_shown(device: Device, staff: Client, town: Town) -> None:
    device.post("heartbeat", BEAT)
    assert "data-trouble" not in see(staff, town)
    device.post("heartbeat", BEAT | {"printer": "paper_out"})
    assert see(staff, town).count("data-trouble") == 1
    device.post("heartbeat", BEAT | {"printer": "cover_open", "scanner": "missing"})
    assert see(staff, town).count("banner-bad") == 2
    device.post("heartbeat", BEAT | {"printer": "paper_low"})
    assert see(staff, town).count("banner-warn") == 1
    device.post("heartbeat", BEAT)
    assert "data-trouble" not in see(staff, town)


def test_a_silent_kiosk_is_told_and_one_in_the_cellar_is_not(
    device: Device, staff: Client, town: Town, travel: time_machine.Traveller
) -> None:
    device.post("heartbeat", BEAT)
    travel.shift(44)
    assert "data-trouble" not in see(staff, town)
    travel.shift(2)
    assert "9\u00a0h" in see(staff, town)
    Kiosk.objects.update(seen_at=timezone.now() - timedelta(days=8))
    assert "data-trouble" not in see(staff, town)


def test_what_is_shown_already_is_not_sent_again(device: Device, staff: Client, town: Town) -> None:
    device.post("heartbeat", BEAT | {"printer": "paper_out"})
    key = see(staff, town).split("?shown=")[1].split('"')[0]
    address = reverse("kiosk-troubles", args=[town.location.slug])
    assert staff.get(address, {"shown": key}).status_code == 204
    device.post("heartbeat", BEAT)
    assert staff.get(address, {"shown": key}).status_code == 200


def test_somebody_looks_for_the_person_with_the_number(kiosk: Kiosk, staff: Client, town: Town) -> None:
    facts = {"uid": "0" * 32, "number": "P042", "problem": "ZeroDivisionError"}
    arrival = UnclearArrival.objects.create(kiosk=kiosk, seq=7, arrived_at=town.at("08:50"), **facts)
    UnclearArrival.objects.create(kiosk=kiosk, seq=8, arrived_at=None, **facts)
    page = see(staff, town)
    assert (page.count("P042"), page.count("8\u00a0h\u00a050")) == (2, 1)
    cleared = staff.post(reverse("kiosk-arrival-cleared", args=[arrival.pk]), headers={"HX-Request": "true"})
    assert cleared.content.decode().count("P042") == 1
    arrival.refresh_from_db()
    assert arrival.cleared_at is not None
    assert arrival.cleared_by is not None


def test_an_arrival_the_kiosk_could_not_report_is_told_until_somebody_cleared_it(
    device: Device, staff: Client, town: Town
) -> None:
    beat = BEAT | {"backlog": 1, "stuck": [{"seq": 7, "id": "0" * 32, "number": "P042"}]}
    for _ in range(2):
        device.post("heartbeat", beat)
        assert see(staff, town).count("P042") == 1
    staff.post(reverse("kiosk-arrival-cleared", args=[UnclearArrival.objects.get().pk]))
    device.post("heartbeat", beat)
    assert "P042" not in see(staff, town)


def test_orders_reach_the_kiosk_with_its_next_sign_of_life(
    device: Device, kiosk: Kiosk, staff: Client, travel: time_machine.Traveller
) -> None:
    def order(word: str) -> None:
        travel.shift(1)
        assert staff.post(reverse("kiosk-order", args=[kiosk.slug, word])).status_code == 302
        travel.shift(1)

    def hear() -> tuple[bool, bool]:
        answer = device.post("heartbeat", BEAT).json()
        return answer["locked"], answer["reload"]

    assert hear() == (False, False)
    order("lock")
    assert hear() == (True, False)
    order("restart")
    assert [hear(), hear()] == [(True, True), (True, False)]
    order("unlock")
    assert hear() == (False, False)
    assert staff.post(reverse("kiosk-order", args=[kiosk.slug, "dance"])).status_code == 404


def test_an_order_is_repeated_until_its_answer_has_arrived(
    device: Device, kiosk: Kiosk, staff: Client, travel: time_machine.Traveller
) -> None:
    before = device.post("heartbeat", BEAT).json()["now"]
    travel.shift(1)
    staff.post(reverse("kiosk-order", args=[kiosk.slug, "restart"]))
    travel.shift(1)
    lost, arrived = (device.post("heartbeat", BEAT | {"heard": before}).json() for _answer in range(2))
    after = device.post("heartbeat", BEAT | {"heard": arrived["now"]}).json()
    assert [answer["reload"] for answer in (lost, arrived, after)] == [True, True, False]


def test_hours_are_told_to_the_kiosk(device: Device, kiosk: Kiosk) -> None:
    assert device.get("config").json()["hours"] is None
    Kiosk.objects.update(opens=time(7, 30), closes=time(18))
    assert device.get("config").json()["hours"] == {"opens": "07:30", "closes": "18:00"}
    for hours in ({"opens": time(18), "closes": time(7, 30)}, {"opens": None, "closes": time(7)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Kiosk.objects.update(**hours)


def test_staff_of_another_place_neither_see_nor_order(kiosk: Kiosk, staff: Client, town: Town) -> None:
    there = Location.objects.create(slug="ensival", name="Ensival", street="Rue 1", postcode="4800", city="Verviers")
    kiosk.location = there
    kiosk.seen_at = timezone.now() - timedelta(minutes=5)
    kiosk.save()
    arrival = UnclearArrival.objects.create(kiosk=kiosk, seq=1, uid="0" * 32, number="P001", problem="X")
    assert staff.get(reverse("kiosk-troubles", args=[there.slug])).status_code == 404
    assert "data-trouble" not in see(staff, town)
    assert staff.post(reverse("kiosk-order", args=[kiosk.slug, "lock"])).status_code == 404
    assert staff.post(reverse("kiosk-arrival-cleared", args=[arrival.pk])).status_code == 404
    assert Client().get(reverse("kiosk-troubles", args=[town.location.slug])).status_code == 302
