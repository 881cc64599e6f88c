"""What a kiosk shows: the place, its languages, its services."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from eguichet_rdv.catalogue.models import Procedure, Service
from eguichet_rdv.townhall.models import Counter, ExceptionalOpening, Kiosk, Location, OpeningPeriod, WaitingZone
from eguichet_rdv.waiting.domain.board import iso
from eguichet_rdv.waiting.domain.walk_in import choose_zone

LANGUAGES = [code for code, _name in settings.LANGUAGES]


def read_config(kiosk: Kiosk, now: datetime) -> dict[str, Any]:
    """The configuration of a kiosk."""
    location = kiosk.location
    zones = _find_zones(location)
    procedures = _walk_in_procedures(location, zones.keys(), location.local(now).date())
    services = Service.objects.filter(retired_at=None)
    return {
        "kiosk": kiosk.slug,
        "location": {
            "slug": location.slug,
            "name": location.name,
            "timezone": location.timezone,
            "address": location.address,
        },
        "languages": LANGUAGES,
        "locked": kiosk.locked,
        "hours": {"opens": f"{kiosk.opens:%H:%M}", "closes": f"{kiosk.closes:%H:%M}"} if kiosk.opens else None,
        "services": [_describe_service(service, procedures.get(service.pk, []), zones) for service in services],
        "roster_days": settings.EGUICHET_ROSTER_DAYS,
        "now": iso(now),
    }


def list_walk_in_services(location: Location, day: date) -> list[tuple[Service, WaitingZone]]:
    """The services offered without appointment on ``day`` or later, each with the zone of its first procedure."""
    zones = _find_zones(location)
    procedures = _walk_in_procedures(location, zones.keys(), day)
    return [(found[0].service, zones[found[0].pk]) for found in procedures.values()]


def _walk_in_procedures(location: Location, in_use: Collection[int], day: date) -> dict[int, list[Procedure]]:
    """Service id → its procedures, of those ``in_use``, that some counter takes without appointment.

    At some hour of ``day`` or later, by a weekly period or an exceptional opening.
    """
    counters = Counter.objects.filter(location=location, active=True)
    periods = OpeningPeriod.objects.filter(
        Q(valid_until=None) | Q(valid_until__gte=day), counter__in=counters, for_walk_in=True
    )
    openings = ExceptionalOpening.objects.filter(for_walk_in=True, last_date__gte=day)
    unlimited = counters.filter(
        Q(pk__in=periods.filter(procedures=None).values("counter"))
        | Q(pk__in=openings.filter(location=None).values("counter"))
        | Q(location__in=openings.filter(counter=None).values("location"))
    )
    handled = Counter.procedures.through.objects.filter(counter__in=unlimited)
    offered = Procedure.objects.filter(
        Q(pk__in=periods.exclude(procedures=None).values("procedures")) | Q(pk__in=handled.values("procedure")),
        pk__in=in_use,
        retired_at=None,
        service__retired_at=None,
        service__takes_appointments=True,
    )
    found: dict[int, list[Procedure]] = defaultdict(list)
    for procedure in offered.select_related("service"):
        found[procedure.service_id].append(procedure)
    return found


def _find_zones(location: Location) -> dict[int, WaitingZone]:
    """Procedure id → where somebody waits who comes for it without appointment, as their ticket will say."""
    handled: dict[int, list[Counter]] = defaultdict(list)
    counters = Counter.objects.filter(location=location, active=True)
    for counter in counters.select_related("zone").prefetch_related("procedures"):
        for procedure in counter.procedures.all():
            handled[procedure.pk].append(counter)
    return {procedure: choose_zone(counters) for procedure, counters in handled.items()}


def _describe_service(service: Service, procedures: list[Procedure], zones: dict[int, WaitingZone]) -> dict[str, Any]:
    labels = {language: str(service.label(language)) for language in LANGUAGES}
    if not service.takes_appointments:
        where = {language: str(service.place(language)) for language in LANGUAGES}
        return {"code": service.code, "labels": labels, "walk_in": False, "where": where}
    described = {"code": service.code, "letter": service.letter, "labels": labels, "walk_in": bool(procedures)}
    if not procedures:
        return described | {"procedures": [], "where": _by_appointment()}
    return described | {
        "procedures": [
            {
                "code": procedure.code,
                "labels": {language: str(procedure.public_label(language)) for language in LANGUAGES},
                "minutes": procedure.minutes,
                "zone": zones[procedure.pk].code,
                "zone_name": zones[procedure.pk].name,
            }
            for procedure in procedures
        ]
    }


def _by_appointment() -> dict[str, str]:
    texts = {}
    for language in LANGUAGES:
        with override(language):
            texts[language] = _("By appointment only. Please ask at the reception.")
    return texts
