"""What a kiosk needs to go on alone: who is expected (without a name), and numbers for those who are not."""

import hashlib
import time
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch

from eguichet_rdv.catalogue.models import Service
from eguichet_rdv.common.tokens import keyed_hash
from eguichet_rdv.kiosk.house import list_walk_in_services
from eguichet_rdv.kiosk.models import BirthDigest
from eguichet_rdv.kiosk.report import lock_kiosk
from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.scheduling.models import Appointment, Reservation
from eguichet_rdv.townhall.models import Kiosk, Location, WaitingZone
from eguichet_rdv.waiting.domain.board import iso
from eguichet_rdv.waiting.domain.numbers import build_roster, draw_numbers
from eguichet_rdv.waiting.models import CallNumber

LEASED = 40
"""Numbers a kiosk has in hand for one service and day; below half of it gets as many again.

A day without network at one of four kiosks of a house with 1 200 visitors takes about as many for the busiest service.
"""
DIGEST_SECONDS = 3.0
"""Dates of birth are digested slowly on purpose: a request does some, the next one the rest. Today's come first."""
SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


def read_roster(kiosk: Kiosk, now: datetime) -> dict[str, Any]:
    """The roster of today and the next days, and the numbers leased to this kiosk."""
    location = kiosk.location
    today = location.local(now).date()
    days = [today + timedelta(days=ahead) for ahead in range(settings.EGUICHET_ROSTER_DAYS)]
    services = list_walk_in_services(location, today)
    BirthDigest.objects.filter(date__lt=today).delete()
    ends = time.monotonic() + DIGEST_SECONDS
    return {
        "generated_at": iso(now),
        "days": [_describe_day(location, day, ends) for day in days],
        "leases": [lease for day in days for lease in _lease(kiosk, day, services)],
    }


def _describe_day(location: Location, day: date, ends: float) -> dict[str, Any]:
    appointments = _expected(location, day)
    salt = make_salt(location, day)
    dates = {row.visitor.birth_date for row in appointments if row.visitor and row.visitor.birth_date}
    digests = digest_births(location, day, dates, salt, ends)
    return {
        "date": day.isoformat(),
        "salt": salt.hex(),
        "entries": [_describe(row, digests) for row in appointments],
    }


def _expected(location: Location, day: date) -> list[Appointment]:
    """The appointments of a day, each with its number."""
    first = Reservation.objects.select_related("counter__zone").order_by("position")
    rows = (
        Appointment.objects.filter(location=location, date=day)
        .filter(state__in=(AppointmentState.CONFIRMED, AppointmentState.NO_SHOW))
        .select_related("visitor", "location", "call_number", "ticket")
        .prefetch_related("items", Prefetch("reservations", queryset=first))
        .order_by("start", "pk")
    )
    found = list(rows)
    if all(hasattr(row, "call_number") and row.call_number.date == day for row in found):
        return found
    with transaction.atomic():
        build_roster(location, day)
    return [row for row in rows.all() if hasattr(row, "call_number")]


def _describe(row: Appointment, digests: dict[str, str]) -> dict[str, Any]:
    zone = row.reservations.all()[0].counter.zone
    return {
        "appointment": str(row.uid),
        "digest": row.check_in_digest,
        "birth": digests.get(row.visitor.birth_date) if row.visitor else None,
        "hour": f"{row.location.local(row.start):%H:%M}",
        "number": str(row.call_number),
        "zone": zone.code,
        "zone_name": zone.name,
        "language": row.language,
        "persons": row.persons,
        "state": "arrived" if hasattr(row, "ticket") else "expected",
    }


def make_salt(location: Location, day: date) -> bytes:
    """The salt of a place and day; derived, so that every kiosk and every process has the same."""
    return bytes.fromhex(keyed_hash("roster-salt", f"{location.pk}|{day}"))[:16]


def digest_births(location: Location, day: date, births: Iterable[str], salt: bytes, ends: float) -> dict[str, str]:
    """Date of birth → digest, as many as there is time for until ``ends`` (monotonic seconds); kept for next time."""
    keys = {birth: keyed_hash("roster-birth", f"{location.pk}|{day}|{birth}") for birth in births}
    known = dict(BirthDigest.objects.filter(key__in=keys.values()).values_list("key", "digest"))
    made: list[BirthDigest] = []
    for birth, key in keys.items():
        if key not in known and time.monotonic() < ends:
            known[key] = hashlib.scrypt(birth.encode(), salt=salt, **SCRYPT).hex()
            made.append(BirthDigest(key=key, date=day, digest=known[key]))
    BirthDigest.objects.bulk_create(made, ignore_conflicts=True)
    return {birth: known[key] for birth, key in keys.items() if key in known}


def _lease(kiosk: Kiosk, day: date, services: list[tuple[Service, WaitingZone]]) -> list[dict[str, Any]]:
    """The runs of unused numbers of this kiosk, one line each, for ``services``, each with the zone of its walk-ins."""
    leases: list[dict[str, Any]] = []
    for service, zone in services:
        for first, last in _runs(_unused(kiosk, day, service)):
            leases.append(
                {
                    "date": day.isoformat(),
                    "letter": service.letter,
                    "service": service.code,
                    "zone": zone.code,
                    "zone_name": zone.name,
                    "first": first,
                    "last": last,
                }
            )
    return leases


def _unused(kiosk: Kiosk, day: date, service: Service) -> list[int]:
    """The ordinals this kiosk may still give; topped up when they run short."""
    leased = CallNumber.objects.filter(
        location=kiosk.location, date=day, letter=service.letter, kiosk=kiosk, appointment=None, ticket=None
    )
    with transaction.atomic():
        lock_kiosk(kiosk)  # two requests of one kiosk must not both top up
        if leased.count() < LEASED // 2:
            draw_numbers(kiosk.location, day, service, count=LEASED, kiosk=kiosk)
        return sorted(leased.values_list("ordinal", flat=True))


def _runs(ordinals: list[int]) -> list[tuple[int, int]]:
    """Sorted ordinals as runs without a gap."""
    runs: list[tuple[int, int]] = []
    for ordinal in ordinals:
        if runs and runs[-1][1] == ordinal - 1:
            runs[-1] = (runs[-1][0], ordinal)
        else:
            runs.append((ordinal, ordinal))
    return runs
