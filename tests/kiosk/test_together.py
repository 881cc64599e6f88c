"""Arrivals uploaded together leave exactly what they would have left one by one."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from eguichet_rdv.kiosk import journal
from eguichet_rdv.kiosk.messages import Entry, JournalMessage
from eguichet_rdv.ledger.models import Intent
from eguichet_rdv.scheduling.domain.cancel import cancel
from eguichet_rdv.scheduling.domain.tokens import check_in_token
from eguichet_rdv.scheduling.enums import CancelledBy
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.models import Kiosk
from eguichet_rdv.waiting.models import KioskArrival, Stop, StopEvent, StopItem, Ticket
from tests.kiosk.device import Device
from tests.kiosk.test_arrivals import make
from tests.kiosk.test_offline import fault_at_ticket, fetch, printed, walked_in
from tests.town import Town

pytestmark = pytest.mark.db
PLAIN = 12
STATEMENTS = 26
"""Of a whole upload, with signature and the savepoints a test adds; alone each arrival takes about twenty."""
HOURS = [f"{hour:02}:{minute:02}" for hour in (9, 10, 11) for minute in (0, 15, 30, 45)]
TYPED = HOURS[4]


def expect(device: Device, town: Town) -> list[dict[str, Any]]:
    """What a kiosk reports of a morning: mostly as expected, with every surprise there is among it."""
    births = {TYPED: "1964-02-01"}  # their digests are slow
    appointments = [make(town, hour, birth_date=births.get(hour, "")) for hour in HOURS]
    party = make(town, "09:30", persons=3, birth_date="")
    roster = fetch(device)
    numbers = {entry["appointment"]: entry["number"] for entry in roster["days"][0]["entries"]}

    def came(place: int, **facts: Any) -> dict[str, Any]:
        one = appointments[place]
        key = {} if "birth_date" in facts else {"code": check_in_token(one)}
        return printed(device, **({"number": numbers[str(one.uid)]} | key | facts))

    Appointment.objects.filter(pk=appointments[11].pk).update(language="nl")
    cancel(appointments[3], by=CancelledBy.CITIZEN, now=timezone.now())
    first_walk_in = int(roster["leases"][0]["first"])
    walk_ins = [f"P{first_walk_in + place:03d}" for place in range(6)]
    shared = came(5)
    return [
        *(came(place) for place in range(3)),
        walked_in(device, walk_ins[0], persons=2),
        walked_in(device, walk_ins[1]),
        came(HOURS.index(TYPED), birth_date=births[TYPED]),
        shared,
        came(6, id=shared["id"]),
        came(7, number="P777"),
        came(0),
        walked_in(device, walk_ins[1]),
        walked_in(device, walk_ins[2], procedure="gone"),
        printed(device, code=check_in_token(party), number=numbers[str(party.uid)], party_complete=False),
        came(8, at="1970-01-01T00:00:00Z"),
        came(9, language="nl"),
        came(11, language=None),
        walked_in(device, walk_ins[3], at=f"{timezone.now() - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"),
        printed(device, birth_date="1899-01-01", number="P778"),
        came(10),
        walked_in(device, walk_ins[4]),
    ]


def look(results: Any) -> dict[str, Any]:
    """Everything that was written, without the keys."""
    return {
        "results": results,
        "tickets": list(
            Ticket.objects.order_by("pk").values_list(
                *("number__letter", "number__ordinal", "appointment", "arrived_at", "zone", "language", "persons"),
                *("channel", "to_clarify", "kiosk", "date"),
            )
        ),
        "stops": list(
            Stop.objects.order_by("pk").values_list(
                *("ticket__number__ordinal", "state", "due_at", "arrived_at", "booked_at", "position", "service_id"),
                *("zone_id", "ended_at", "foreseen_low"),
            )
        ),
        "items": list(
            StopItem.objects.order_by("pk").values_list("stop__ticket__number__ordinal", "procedure", "minutes")
        ),
        "events": list(
            StopEvent.objects.order_by("stop", "pk").values_list(
                "stop__ticket__number__ordinal", "kind", "at", "intent"
            )
        ),
        "arrivals": list(
            KioskArrival.objects.order_by("seq").values_list("seq", "outcome", "kiosk_clock", "ticket__number__ordinal")
        ),
        "intents": [
            (one.id, one.command, one.digest, one.result.split(" ")[:-1]) for one in Intent.objects.order_by("id")
        ],
    }


def read(bodies: list[dict[str, Any]]) -> list[Entry]:
    return JournalMessage.model_validate({"entries": bodies}).entries


def undone(upload: Callable[[], Any]) -> dict[str, Any]:
    """What an upload would write."""
    with transaction.atomic():
        written = look(upload())
        transaction.set_rollback(True)
    return written


@pytest.mark.parametrize("seed", range(3))
def test_together_leaves_what_one_by_one_leaves(
    device: Device,
    kiosk: Kiosk,
    town: Town,
    travel: time_machine.Traveller,
    seed: int,
) -> None:
    bodies = expect(device, town)
    chance = random.Random(seed)
    if seed:  # in another order, and some of it sent before
        seqs = [body["seq"] for body in bodies]
        chance.shuffle(seqs)
        bodies = [body | {"seq": seq} for body, seq in zip(bodies, seqs, strict=True)]
        early = read(chance.sample(bodies, 4))
        for entry in early:
            journal.take_entry(kiosk, entry, timezone.now())
    travel.shift(86_400 if seed == 1 else 3600)
    entries, now = read(bodies), timezone.now()
    alone = undone(lambda: [journal.take_entry(kiosk, one, now) for one in sorted(entries, key=lambda one: one.seq)])
    together = undone(lambda: journal.take_entries(kiosk, entries, now))
    assert together == alone
    assert {"recorded", "to_clarify"} <= {result["outcome"] for result in together["results"]}


def test_a_number_printed_for_another_is_not_lost_to_who_has_the_appointment(device: Device, town: Town) -> None:
    code = check_in_token(make(town, birth_date=""))
    number = fetch(device)["days"][0]["entries"][0]["number"]
    result = device.upload(walked_in(device, number))
    assert result == [{"seq": 1, "outcome": "recorded", "number": number}]
    answer = device.check_in(code=code)
    assert (answer["outcome"], answer["ticket"]["number"] == number) == ("ticket", False)


def report(device: Device, town: Town) -> list[dict[str, Any]]:
    first = int(fetch(device)["leases"][0]["first"])
    return [walked_in(device, f"P{first + place:03d}") for place in range(PLAIN)]


def test_an_upload_takes_as_many_statements_however_long_it_is(device: Device, town: Town) -> None:
    codes = [check_in_token(make(town, hour, birth_date="")) for hour in HOURS]
    numbers = [entry["number"] for entry in fetch(device)["days"][0]["entries"]]
    entries = [printed(device, code=code, number=number) for code, number in zip(codes, numbers, strict=True)]
    entries += report(device, town)
    with CaptureQueriesContext(connection) as asked:
        results = device.upload(*entries)
    assert [result["outcome"] for result in results] == ["recorded"] * len(entries)
    assert len(asked) <= STATEMENTS, [query["sql"][:80] for query in asked]


def test_who_is_chosen_to_end_a_circle_of_locks_takes_them_one_by_one(device: Device, town: Town) -> None:
    entries = report(device, town)
    first = iter([True])

    def strikes(_appointment: int | None) -> bool:
        return next(first, False)

    with fault_at_ticket(OperationalError("deadlock detected"), strikes):
        results = device.upload(*entries)
    assert [result["outcome"] for result in results] == ["recorded"] * len(entries)
    assert Ticket.objects.count() == len(entries)
