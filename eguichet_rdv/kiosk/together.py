"""Arrivals a kiosk decided alone, as long as each is just what was expected: read, locked and written together.

Whatever is a surprise is left to ``journal``, which takes it alone and never refuses it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch

from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.common.tokens import digest_token
from eguichet_rdv.kiosk.arrivals import find_procedure
from eguichet_rdv.kiosk.messages import CheckInEntry, Entry, WalkInEntry
from eguichet_rdv.kiosk.report import (
    find_hour_before,
    hour_of,
    is_of_an_earlier_day,
    let_leave,
    lock_kiosk,
    settle_hour,
)
from eguichet_rdv.ledger.models import Intent
from eguichet_rdv.scheduling.models import Appointment, AppointmentItem, Reservation
from eguichet_rdv.townhall.models import Counter, Kiosk
from eguichet_rdv.waiting.domain.answers import ByBirthDate, ByCode
from eguichet_rdv.waiting.domain.arrive import Arrival
from eguichet_rdv.waiting.domain.check_in import find_by_birth_date
from eguichet_rdv.waiting.domain.reported import Reported, expect_check_in, expect_walk_in, write_reported
from eguichet_rdv.waiting.domain.walk_in import list_counters
from eguichet_rdv.waiting.enums import ArrivalChannel
from eguichet_rdv.waiting.models import CallNumber, KioskArrival

Results = list[dict[str, Any]]
Plan = Reported | KioskArrival
"""What is to be written, or what was taken before."""


def take_together(kiosk: Kiosk, entries: list[Entry], now: datetime) -> tuple[Results, int]:
    """Take the first entries that hold no surprise; their results, and how many surprises follow them at once.

    ``entries`` are in order. Must run in a transaction of its own: when this raises, nothing of it may stay.
    """
    lock_kiosk(kiosk)
    known = {row.seq: row for row in _find_between(kiosk, entries)}
    if not known.keys() <= {entry.seq for entry in entries}:
        return [], len(entries)  # something between them came earlier, whose hour counts
    facts = _read(kiosk, entries, known, now)
    plans: list[tuple[Entry, Plan]] = []
    surprises = 0
    for entry in entries:
        plan = facts.plan(entry)
        if plan is None:
            surprises += 1
        elif surprises:
            break
        else:
            plans.append((entry, plan))
    new = [(entry, plan) for entry, plan in plans if isinstance(plan, Reported)]
    if new:
        _write(kiosk, new, now)
    return [_tell(entry, plan) for entry, plan in plans], surprises


def _find_between(kiosk: Kiosk, entries: list[Entry]) -> Iterator[KioskArrival]:
    rows = KioskArrival.objects.filter(kiosk=kiosk, seq__gte=entries[0].seq, seq__lte=entries[-1].seq)
    return rows.select_related("ticket__number").order_by("seq")[: len(entries) + 1].iterator()


def _write(kiosk: Kiosk, new: list[tuple[Entry, Reported]], now: datetime) -> None:
    write_reported(kiosk.location, [plan for _entry, plan in new])
    KioskArrival.objects.bulk_create(
        KioskArrival(kiosk=kiosk, seq=entry.seq, ticket=plan.ticket, outcome="recorded", kiosk_clock=entry.kiosk_clock)
        for entry, plan in new
    )
    left = [plan.ticket for _entry, plan in new if is_of_an_earlier_day(kiosk, plan.ticket.arrived_at, now)]
    if left:
        let_leave(left, now)


def _tell(entry: Entry, plan: Plan) -> dict[str, Any]:
    if isinstance(plan, Reported):
        return {"seq": entry.seq, "outcome": "recorded", "number": str(plan.ticket.number)}
    return tell_known(entry, plan)


def tell_known(entry: Entry, known: KioskArrival) -> dict[str, Any]:
    """The answer about an entry that was taken before."""
    number = str(known.ticket.number) if known.ticket else entry.number
    return {"seq": entry.seq, "outcome": "already", "number": number}


@dataclass
class _Facts:
    """What was read for all entries at once; each thing can be used up once."""

    kiosk: Kiosk
    known: dict[int, KioskArrival]
    hours: dict[int, datetime]
    used: set[UUID]
    """Ids of arrivals known already."""
    appointments: dict[int, Appointment]
    found: dict[int, int]
    """Seq → key of the appointment."""
    numbers: dict[tuple[Any, str], CallNumber]
    """By day and text; without those of somebody."""
    taken: set[tuple[str, object]] = field(default_factory=set)
    procedures: dict[tuple[str, str], tuple[Procedure, list[Counter]] | None] = field(default_factory=dict)

    def plan(self, entry: Entry) -> Plan | None:
        """What is to be done with it; ``None`` for a surprise."""
        known = self.known.get(entry.seq)
        if known:
            return known if known.kiosk_clock == entry.kiosk_clock else None
        if entry.id in self.used or not self._use_up(seq=entry.seq, id=entry.id):
            return None
        plan = self._expect(entry)
        if plan is None or str(plan.ticket.number) != entry.number or not self._use_up(number=plan.ticket.number_id):
            return None
        return plan

    def _use_up(self, **things: object) -> bool:
        """Whether none of them was seen in this upload before."""
        fresh = self.taken.isdisjoint(things.items())
        self.taken |= things.items()
        return fresh

    def _expect(self, entry: Entry) -> Reported | None:
        place = self.kiosk.location
        if isinstance(entry, CheckInEntry):
            appointment = self.appointments.get(self.found.get(entry.seq, 0))
            if appointment is None:
                return None
            arrival = self._arrive(entry, entry.chosen or appointment.language)
            return expect_check_in(place, appointment, entry.key, arrival, party_complete=entry.party_complete)
        arrival = self._arrive(entry, entry.speaks)
        number = self.numbers.get((place.local(arrival.now).date(), entry.number))
        asked = self._ask_for(entry)
        if number is None or asked is None:
            return None
        return expect_walk_in(place, *asked, number, arrival, persons=entry.persons)

    def _arrive(self, entry: Entry, language: str) -> Arrival:
        at = self.hours[entry.seq]
        return Arrival(ArrivalChannel.KIOSK, at, language, self.kiosk, None, entry.id, reported_later=True)

    def _ask_for(self, entry: WalkInEntry) -> tuple[Procedure, list[Counter]] | None:
        name = (entry.service, entry.procedure)
        if name not in self.procedures:
            procedure = find_procedure(entry)
            counters = list_counters(self.kiosk.location, procedure) if procedure else []
            self.procedures[name] = (procedure, counters) if procedure and counters else None
        return self.procedures[name]


def _read(kiosk: Kiosk, entries: list[Entry], known: dict[int, KioskArrival], now: datetime) -> _Facts:
    hours = _settle_hours(kiosk, entries, known, now)
    new = [entry for entry in entries if entry.seq not in known]
    found = _find_appointments(kiosk, new, hours)
    return _Facts(
        kiosk=kiosk,
        known=known,
        hours=hours,
        used=set(Intent.objects.filter(id__in=[entry.id for entry in new]).values_list("id", flat=True)),
        appointments=_lock_appointments(kiosk, set(found.values())),
        found=found,
        numbers=_find_numbers(kiosk, [entry for entry in new if isinstance(entry, WalkInEntry)], hours),
    )


def _settle_hours(
    kiosk: Kiosk, entries: list[Entry], known: dict[int, KioskArrival], now: datetime
) -> dict[int, datetime]:
    before = find_hour_before(kiosk, entries[0].seq, now)
    hours = {}
    for entry in entries:
        hours[entry.seq] = settle_hour(entry, now, before)
        row = known.get(entry.seq)
        before = (hour_of(kiosk, row, now) or before) if row else hours[entry.seq]
    return hours


def _find_appointments(kiosk: Kiosk, entries: list[Entry], hours: dict[int, datetime]) -> dict[int, int]:
    """Seq → key of the appointment; codes in one query, dates of birth each on its day."""
    found, digests = {}, {}
    for entry in entries:
        key = entry.key if isinstance(entry, CheckInEntry) else None
        if isinstance(key, ByCode):
            digests[entry.seq] = digest_token(key.text.strip())
        elif isinstance(key, ByBirthDate):
            one = find_by_birth_date(kiosk.location, key, hours[entry.seq])
            if isinstance(one, Appointment):
                found[entry.seq] = one.pk
    rows = Appointment.objects.filter(check_in_digest__in=digests.values()).values_list("check_in_digest", "pk")
    by_digest = dict(rows)
    return found | {seq: by_digest[digest] for seq, digest in digests.items() if digest in by_digest}


def _lock_appointments(kiosk: Kiosk, keys: set[int]) -> dict[int, Appointment]:
    """By key, with all an arrival needs. Locked in the order of keys: two uploads never wait for each other in a circle."""
    list(Appointment.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    rows = (
        Appointment.objects.filter(pk__in=keys)
        .select_related("call_number", "ticket")
        .prefetch_related(
            Prefetch("items", AppointmentItem.objects.select_related("procedure").order_by("pk")),
            Prefetch("reservations", Reservation.objects.select_related("counter__zone").order_by("position")),
        )
    )
    appointments = rows.in_bulk()
    for appointment in appointments.values():
        if appointment.location_id == kiosk.location_id:
            appointment.location = kiosk.location
    return appointments


def _find_numbers(
    kiosk: Kiosk, entries: list[WalkInEntry], hours: dict[int, datetime]
) -> dict[tuple[Any, str], CallNumber]:
    """Those printed that are free; one drawn for an appointment is a surprise, for it is to get another."""
    if not entries:
        return {}
    place = kiosk.location
    rows = CallNumber.objects.filter(
        location=place,
        date__in={place.local(hours[entry.seq]).date() for entry in entries},
        letter__in={entry.number[0] for entry in entries},
        ordinal__in={int(entry.number[1:]) for entry in entries},
        appointment=None,
        ticket=None,
    )
    return {(row.date, str(row)): row for row in rows}
