import hashlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection
from django.utils import timezone

from eguichet_rdv.catalogue.models import Service
from eguichet_rdv.kiosk import roster
from eguichet_rdv.kiosk.models import BirthDigest, UnclearArrival
from eguichet_rdv.scheduling.domain.cancel import cancel
from eguichet_rdv.scheduling.domain.tokens import check_in_token
from eguichet_rdv.scheduling.enums import CancelledBy
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.models import ExceptionalOpening, Kiosk, OpeningPeriod
from eguichet_rdv.waiting.enums import StopEventKind, StopState
from eguichet_rdv.waiting.models import KioskArrival, Stop, StopEvent, Ticket
from tests.kiosk.device import Device
from tests.kiosk.test_arrivals import make
from tests.town import Town, make_procedure

pytestmark = pytest.mark.db


def fetch(device: Device) -> dict[str, Any]:
    answer = device.get("roster")
    assert answer.status_code == 200
    result: dict[str, Any] = answer.json()
    return result


def printed(device: Device, **facts: Any) -> dict[str, Any]:
    return device.stamp(kind="check_in", **facts)


def walked_in(device: Device, number: str, **facts: Any) -> dict[str, Any]:
    known = {"kind": "walk_in", "service": "population", "procedure": "carte", "persons": 1, "number": number}
    return device.stamp(**(known | facts))


# The configuration and the roster --------------------------------------------------------------------------------------


def test_the_configuration(device: Device, town: Town) -> None:
    town.service.__class__.objects.create(
        code="police", labels={"fr": "Police"}, letter_declared="Q", takes_appointments=False, where={"fr": "2e étage"}
    )
    body = device.get("config").json()
    assert body["location"] == {
        "slug": "maison-communale",
        "name": "Maison communale",
        "timezone": "Europe/Brussels",
        "address": "Place du Marché 55, 4800 Verviers",
    }
    assert (body["kiosk"], body["languages"], body["locked"], body["roster_days"]) == (
        "hall-1",
        ["fr", "nl", "de", "en"],
        False,
        4,
    )
    by_code = {service["code"]: service for service in body["services"]}
    assert by_code["population"]["walk_in"] is True
    assert [one["code"] for one in by_code["population"]["procedures"]] == ["carte", "kids-id"]
    assert by_code["population"]["procedures"][0]["labels"]["nl"] == "Identiteitskaart"
    assert (by_code["police"]["walk_in"], by_code["police"]["where"]["fr"]) == (False, "2e étage")


def offered(device: Device) -> list[str]:
    """What a kiosk offers without appointment; it has numbers for the same services and no others."""
    services = [service for service in device.get("config").json()["services"] if service["walk_in"]]
    assert {lease["service"] for lease in fetch(device)["leases"]} == {service["code"] for service in services}
    return [procedure["code"] for service in services for procedure in service["procedures"]]


def test_what_is_offered_without_appointment_follows_the_hours(device: Device, town: Town) -> None:
    today = timezone.now().date()
    periods = OpeningPeriod.objects.all()
    for wrong in ({"for_walk_in": False}, {"valid_until": today - timedelta(days=1)}):
        periods.update(**wrong)
        assert offered(device) == []
    periods.update(for_walk_in=True, valid_until=today)
    assert offered(device) == ["carte", "kids-id"]
    for period in periods:
        period.procedures.set([town.kids])
    assert offered(device) == ["kids-id"]
    visa = make_procedure(
        Service.objects.create(code="visas", letter_declared="V"), "visa", "Visa", "Visum", minutes=15
    )
    town.counters[0].procedures.add(visa)
    assert offered(device) == ["kids-id"]


@pytest.mark.parametrize("scope", ["counter", "location"])
def test_an_exceptional_opening_is_offered_until_it_is_past(device: Device, town: Town, scope: str) -> None:
    OpeningPeriod.objects.all().delete()
    town.counters[0].procedures.set([town.card])
    today = timezone.now().date()
    where = {"counter": town.counters[0]} if scope == "counter" else {"location": town.location}
    opening = ExceptionalOpening.objects.create(
        **where, first_date=today, last_date=today, opens=time(9), closes=time(12)
    )
    assert offered(device) == (["carte"] if scope == "counter" else ["carte", "kids-id"])
    for wrong in ({"for_walk_in": False}, {"for_walk_in": True, "last_date": today - timedelta(days=1)}):
        ExceptionalOpening.objects.filter(pk=opening.pk).update(first_date=today - timedelta(days=1), **wrong)
        assert offered(device) == []


def test_the_roster_knows_who_is_expected_but_no_name(device: Device, town: Town) -> None:
    appointment = make(town, last_name="Lejeune", birth_date="1990-02-01")
    make(town, "10:00", 25, birth_date="")
    make(town, "10:00", 30)
    body = fetch(device)
    assert [day["date"] for day in body["days"]] == ["2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"]
    assert [len(day["entries"]) for day in body["days"]] == [1, 1, 0, 0]
    entry = body["days"][0]["entries"][0]
    salt = bytes.fromhex(body["days"][0]["salt"])
    assert entry == {
        "appointment": str(appointment.uid),
        "digest": hashlib.sha256(check_in_token(appointment).encode()).hexdigest(),
        "birth": hashlib.scrypt(b"1990-02-01", salt=salt, n=2**14, r=8, p=1, dklen=32).hex(),
        "hour": "09:30",
        "number": "P001",
        "zone": "A",
        "zone_name": "",
        "language": "fr",
        "persons": 1,
        "state": "expected",
    }
    assert body["days"][1]["entries"][0]["birth"] is None
    assert body["days"][0]["salt"] != body["days"][1]["salt"]
    assert "Lejeune" not in str(body)


def test_the_roster_is_the_same_again_and_cheap(device: Device, town: Town) -> None:
    code = check_in_token(make(town))
    first, again = fetch(device), fetch(device)
    assert first["days"] == again["days"]
    assert BirthDigest.objects.count() == 1
    assert device.check_in(code=code)["ticket"]["number"] == first["days"][0]["entries"][0]["number"]
    assert fetch(device)["days"][0]["entries"][0]["state"] == "arrived"


def test_dates_of_birth_come_as_time_allows(device: Device, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    make(town)
    with monkeypatch.context() as patch:
        patch.setattr(roster, "DIGEST_SECONDS", 0)
        assert fetch(device)["days"][0]["entries"][0]["birth"] is None
    assert fetch(device)["days"][0]["entries"][0]["birth"] is not None


def test_past_days_are_wiped(device: Device, town: Town, travel: time_machine.Traveller) -> None:
    make(town)
    fetch(device)
    travel.shift(86_400)
    assert [day["date"] for day in fetch(device)["days"]] == ["2026-11-25", "2026-11-26", "2026-11-27", "2026-11-28"]
    assert not BirthDigest.objects.exists()


def test_numbers_are_leased_and_topped_up(device: Device, town: Town) -> None:
    lease = {"letter": "P", "service": "population", "zone": "A", "zone_name": ""}
    expected = [{"date": f"2026-11-{day}", **lease, "first": 1, "last": 40} for day in (24, 25, 26, 27)]
    assert fetch(device)["leases"] == expected
    assert fetch(device)["leases"] == expected
    device.upload(*(walked_in(device, f"P{ordinal:03d}") for ordinal in (1, *range(3, 24))))
    today = [(one["first"], one["last"]) for one in fetch(device)["leases"] if one["date"] == "2026-11-24"]
    assert today == [(2, 2), (24, 80)]


def test_two_kiosks_have_different_numbers(device: Device, kiosk: Kiosk) -> None:
    other = Device(Kiosk.objects.create(location=kiosk.location, slug="hall-2", name="Hall 2"))
    runs = [{(one["first"], one["last"]) for one in fetch(each)["leases"]} for each in (device, other)]
    assert runs == [{(1, 40)}, {(41, 80)}]


# What was decided without the server -----------------------------------------------------------------------------------


def test_an_arrival_keeps_hour_and_number(device: Device, town: Town, travel: time_machine.Traveller) -> None:
    code = check_in_token(make(town))
    number = fetch(device)["days"][0]["entries"][0]["number"]
    entry = printed(device, code=code, number=number, offset_ms=60_000)
    travel.shift(1800)
    assert device.upload(entry) == [{"seq": 1, "outcome": "recorded", "number": number}]
    assert device.upload(entry) == [{"seq": 1, "outcome": "already", "number": number}]
    ticket = Ticket.objects.get()
    assert ticket.arrived_at == town.at("09:01")
    assert (ticket.to_clarify, Stop.objects.get().state) == ("", StopState.WAITING)


def test_who_scanned_without_choosing_is_called_in_their_language(device: Device, town: Town) -> None:
    scanned, typed = make(town), make(town, "09:45")
    Appointment.objects.update(language="nl")
    numbers = {entry["appointment"]: entry["number"] for entry in fetch(device)["days"][0]["entries"]}
    device.upload(
        printed(device, code=check_in_token(scanned), number=numbers[str(scanned.uid)], language=None),
        printed(device, code=check_in_token(typed), number=numbers[str(typed.uid)], language="de"),
    )
    assert list(Ticket.objects.order_by("pk").values_list("language", flat=True)) == ["nl", "de"]


def test_the_server_answered_too_late_for_the_kiosk(device: Device, town: Town) -> None:
    code = check_in_token(make(town))
    number = fetch(device)["days"][0]["entries"][0]["number"]
    message = device.stamp(code=code)
    device.post("check-in", message)
    assert device.upload({"kind": "check_in", **message, "number": number})[0]["outcome"] == "recorded"
    assert (Ticket.objects.count(), KioskArrival.objects.count()) == (1, 1)


def test_the_number_on_paper_is_the_one_called(device: Device, town: Town) -> None:
    fetch(device)
    message = device.stamp(service="population", procedure="carte", persons=1)
    late = device.post("walk-in", message).json()["ticket"]["number"]
    assert late == "P041"
    result = device.upload({"kind": "walk_in", **message, "number": "P001"})
    assert result == [{"seq": 1, "outcome": "recorded", "number": "P001"}]
    assert str(Ticket.objects.select_related("number").get().number) == "P001"


def test_hours_follow_the_numbering(device: Device, town: Town, travel: time_machine.Traveller) -> None:
    fetch(device)
    entries = [
        walked_in(device, "P001", at="2026-11-24T07:50:00Z"),
        walked_in(device, "P002", at="2026-11-24T07:40:00Z"),
        walked_in(device, "P003", at="2026-11-24T12:00:00Z"),
        walked_in(device, "P004", at="1970-01-01T00:00:00Z"),
    ]
    device.upload(*reversed(entries))
    hours = Ticket.objects.order_by("number__ordinal").values_list("arrived_at", flat=True)
    assert [f"{town.location.local(hour):%H:%M}" for hour in hours] == ["08:50", "08:50", "09:00", "09:00"]


def test_a_cancelled_appointment_is_clarified_not_refused(device: Device, town: Town) -> None:
    appointment = make(town)
    number = fetch(device)["days"][0]["entries"][0]["number"]
    entry = printed(device, code=check_in_token(appointment), number=number)
    cancel(appointment, by=CancelledBy.CITIZEN, now=timezone.now())
    result = device.upload(entry)
    assert (result[0]["outcome"], device.upload(entry)[0]["outcome"]) == ("to_clarify", "already")
    ticket = Ticket.objects.get()
    assert ticket.to_clarify
    assert Stop.objects.get().state == StopState.WAITING


@pytest.mark.parametrize(
    "facts",
    [
        {"code": "cAAAAAAAAAAAAAAAAAAAAAAAA"},
        {"birth_date": "1970-01-01"},
        {"reference": "ZZZZZZ"},
        {"code": "x", "number": "Z999"},
    ],
)
def test_nobody_is_turned_away(device: Device, town: Town, facts: dict[str, str]) -> None:
    result = device.upload(printed(device, **({"number": "P777"} | facts)))
    assert result[0]["outcome"] == "to_clarify"
    ticket = Ticket.objects.get()
    assert facts.get("number", "P777") in ticket.to_clarify


def test_a_procedure_that_is_gone(device: Device, town: Town) -> None:
    result = device.upload(walked_in(device, "P001", procedure="gone"))
    assert result[0]["outcome"] == "to_clarify"


def test_one_appointment_at_two_kiosks_is_one_arrival(device: Device, kiosk: Kiosk, town: Town) -> None:
    code = check_in_token(make(town))
    number = fetch(device)["days"][0]["entries"][0]["number"]
    other = Device(Kiosk.objects.create(location=kiosk.location, slug="hall-2", name="Hall 2"))
    results = [each.upload(printed(each, code=code, number=number)) for each in (device, other)]
    assert [result[0]["outcome"] for result in results] == ["recorded", "recorded"]
    assert Ticket.objects.count() == 1


def test_a_party_in_hand_of_a_ticket_waits_for_the_reception(device: Device, town: Town) -> None:
    code = check_in_token(make(town, persons=3))
    number = fetch(device)["days"][0]["entries"][0]["number"]
    assert device.upload(printed(device, code=code, number=number))[0]["outcome"] == "recorded"
    assert Stop.objects.get().state == StopState.PARKED


def test_a_kiosk_set_up_anew_counts_from_one_again(
    device: Device, kiosk: Kiosk, town: Town, travel: time_machine.Traveller
) -> None:
    fetch(device)
    device.upload(walked_in(device, "P001"))
    travel.shift(600)
    again = Device(kiosk)
    entry = walked_in(again, "P002")
    assert entry["seq"] == 1
    for _twice in range(2):
        again.upload(entry)
    assert Ticket.objects.count() == 2


@pytest.mark.parametrize("days", [1, 9, 300])
def test_visitors_of_an_earlier_day_are_not_called_today(
    device: Device, town: Town, travel: time_machine.Traveller, days: int
) -> None:
    fetch(device)
    entry = walked_in(device, "P001")
    travel.shift(86_400 * days)
    fetch(device)
    assert device.upload(entry)[0]["outcome"] == "recorded"
    ticket = Ticket.objects.get()
    assert (ticket.date.isoformat(), Stop.objects.get().state) == ("2026-11-24", StopState.LEFT)
    gone = StopEvent.objects.filter(kind=StopEventKind.LEFT).values_list("stop", "at", "reason")
    assert list(gone) == [(Stop.objects.get().pk, timezone.now(), StopState.WAITING)]


def test_one_bad_entry_is_named_and_spoils_nothing(device: Device, town: Town) -> None:
    good, bad = walked_in(device, "P001"), walked_in(device, "not a number")
    assert device.post("journal", {"entries": [good, bad]}).status_code == 422
    assert not Ticket.objects.exists()
    assert device.upload(good)[0]["outcome"] in {"recorded", "to_clarify"}


def test_the_same_id_told_in_two_ways(device: Device, town: Town) -> None:
    fetch(device)
    shared = str(uuid.uuid4())
    results = device.upload(
        walked_in(device, "P001", id=shared), walked_in(device, "P002", id=shared, procedure="kids-id")
    )
    assert [result["outcome"] for result in results] == ["recorded", "to_clarify"]
    assert Appointment.objects.count() == 0


# What cannot be recorded -----------------------------------------------------------------------------------------------


@contextmanager
def fault_at_ticket(fault: Exception, strikes: Callable[[int | None], bool]) -> Iterator[None]:
    """Raise ``fault`` when a ticket is about to be written whose appointment (key or None) ``strikes`` says so of."""
    names = [field.attname for field in Ticket._meta.concrete_fields if not field.primary_key]

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's
        is_ticket = sql.startswith(f'INSERT INTO "{Ticket._meta.db_table}"')
        if is_ticket and any(strikes(appointment) for appointment in find_appointments(params)):
            raise fault
        return run(sql, params, many, context)

    def find_appointments(params: Any) -> Sequence[int | None]:
        at = names.index("appointment_id")
        # Many tickets in one statement: a list for each column, or one row behind the other.
        found: Sequence[int | None] = params[at] if isinstance(params[at], list) else params[at :: len(names)]
        return found

    with connection.execute_wrapper(execute):
        yield


@pytest.fixture
def poison() -> Iterator[Callable[[Any], None]]:
    """Makes the arrival of one appointment, or every ticket, fail in an unforeseen way."""
    poisoned: list[Any] = []

    def strikes(appointment: int | None) -> bool:
        # A walk-in's ticket that stands in for the appointment's arrival is none of its business.
        return "every ticket" in poisoned or any(one.pk == appointment for one in poisoned)

    with fault_at_ticket(ZeroDivisionError(), strikes):
        yield poisoned.append


def test_a_poisonous_arrival_becomes_a_ticket_to_clarify_and_holds_up_nobody(
    device: Device, town: Town, poison: Callable[[Any], None]
) -> None:
    sick, well = make(town, "09:30"), make(town, "09:45")
    numbers = {entry["appointment"]: entry["number"] for entry in fetch(device)["days"][0]["entries"]}
    poison(sick)
    entries = [
        walked_in(device, "P003"),
        printed(device, code=check_in_token(sick), number=numbers[str(sick.uid)]),
        printed(device, code=check_in_token(well), number=numbers[str(well.uid)]),
    ]
    results = device.upload(*entries)
    assert [result["outcome"] for result in results] == ["recorded", "to_clarify", "recorded"]
    assert [result["outcome"] for result in device.upload(*entries)] == ["already"] * 3
    tickets = Ticket.objects.order_by("id").values_list("number__ordinal", "appointment", "to_clarify")
    assert [(ordinal, appointment) for ordinal, appointment, _why in tickets] == [(3, None), (1, None), (2, well.pk)]
    assert [bool(why) for _ordinal, _appointment, why in tickets] == [False, True, False]
    assert Stop.objects.filter(state=StopState.WAITING).count() == 3
    assert not UnclearArrival.objects.exists()


def test_what_makes_no_ticket_at_all_is_parked_for_the_staff(
    device: Device, kiosk: Kiosk, town: Town, poison: Callable[[Any], None]
) -> None:
    fetch(device)
    entries = [walked_in(device, f"P00{ordinal}") for ordinal in (1, 2, 3)]
    device.upload(entries[0])
    poison("every ticket")
    assert [result["outcome"] for result in device.upload(*entries)] == ["already", "to_clarify", "to_clarify"]
    assert [result["outcome"] for result in device.upload(*entries)] == ["already"] * 3
    parked = UnclearArrival.objects.values_list("number", "seq", "arrived_at", "problem")
    assert list(parked) == [(f"P00{seq}", seq, town.at("09:00"), "ZeroDivisionError") for seq in (2, 3)]


def test_a_database_that_does_not_answer_is_not_the_arrivals_fault(device: Device, town: Town) -> None:
    fetch(device)
    entry = walked_in(device, "P001")
    gone = OperationalError("server closed the connection unexpectedly")
    with fault_at_ticket(gone, lambda _appointment: True), pytest.raises(OperationalError):
        device.upload(entry)
    assert not KioskArrival.objects.exists()
    assert device.upload(entry)[0]["outcome"] == "recorded"


def test_who_came_without_appointment_is_called_where_the_paper_says(device: Device, town: Town) -> None:
    carte, kids = town.card.code, town.kids.code
    town.counters[0].procedures.set([town.kids])
    town.counters[1].zone = town.zone_b
    town.counters[1].save()
    service = device.get("config").json()["services"][0]
    told = {procedure["code"]: procedure["zone"] for procedure in service["procedures"]}
    assert told == {carte: "B", kids: "A"}
    first = int(fetch(device)["leases"][0]["first"])
    device.upload(*(walked_in(device, f"P{first + place:03d}", procedure=code) for place, code in enumerate(told)))
    zones = Stop.objects.values_list("items__procedure__code", "zone__code", "ticket__zone__code")
    assert set(zones) == {(code, zone, zone) for code, zone in told.items()}


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_an_hour_at_the_edge_of_the_calendar(device: Device, town: Town, at: str) -> None:
    fetch(device)
    entry = walked_in(device, "P001", at=at)
    assert [device.upload(entry)[0]["outcome"] for _twice in range(2)] == ["recorded", "already"]
    assert Ticket.objects.get().arrived_at == town.at("09:00")


@pytest.mark.parametrize(("called", "hour"), [(False, "09:00"), (True, "10:30")])
def test_the_hour_another_kiosk_wrote_later_delays_nobody(
    device: Device, kiosk: Kiosk, town: Town, travel: time_machine.Traveller, *, called: bool, hour: str
) -> None:
    code = check_in_token(make(town))
    number = fetch(device)["days"][0]["entries"][0]["number"]
    first, second = printed(device, code=code, number=number), walked_in(device, "P002")
    travel.shift(5400)
    other = Device(Kiosk.objects.create(location=kiosk.location, slug="hall-2", name="Hall 2"))
    assert other.check_in(code=code)["outcome"] == "ticket"
    if called:
        Stop.objects.update(state=StopState.CALLED, counter=town.counters[0])
    device.upload(first, second)
    hours = Ticket.objects.order_by("number__ordinal").values_list("arrived_at", flat=True)
    assert list(hours) == [town.at(hour), town.at("09:00")]
