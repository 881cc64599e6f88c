"""The house of the demo: one building with its zones, counters, kiosks and screens."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from wagtail.models import Site

from eguichet_rdv.catalogue.models import Procedure, Service
from eguichet_rdv.townhall.enums import Provided
from eguichet_rdv.townhall.models import CallScreen, Counter, Kiosk, Location, WaitingZone

LOCATION = "maison-communale"


@dataclass(frozen=True, slots=True)
class Desk:
    """One counter: its number, zone and, of one service, the kinds of counter it is."""

    name: str
    zone: str
    service: str
    kinds: tuple[str, ...]


DESKS = (
    Desk("1", "A", "population", ("general",)),
    Desk("2", "A", "population", ("general",)),
    Desk("3", "A", "population", ("general",)),
    Desk("4", "A", "population", ("express",)),
    Desk("5", "A", "etrangers", ("general",)),
    Desk("6", "A", "etrangers", ("general",)),
    Desk("7", "A", "etrangers", ("cards",)),
    Desk("8", "B", "etat-civil", ("general",)),
    Desk("9", "B", "etat-civil", ("general", "wedding-hall")),
    Desk("10", "B", "passeports", ("general",)),
    Desk("11", "B", "passeports", ("biometric",)),
    Desk("12", "B", "passeports", ("express",)),
)
ZONES: dict[str, dict[str, str | int]] = {
    "A": {"name": "Rez-de-chaussée, à gauche", "limit": 60},
    "B": {"name": "Rez-de-chaussée, à droite", "limit": 40},
}
KIOSKS = {"borne-1": "Borne 1, entrée", "borne-2": "Borne 2, entrée"}
SCREENS = {"hall": ("Grand écran du hall", None), "hall-a": ("Écran zone A", "A"), "hall-b": ("Écran zone B", "B")}


def make_location() -> Location:
    """The building; what somebody has changed in it since is kept."""
    location, _made = Location.objects.get_or_create(
        slug=LOCATION,
        defaults={
            "name": "Maison communale",
            "municipality": "Verviers",
            "street": "Place du Marché 55",
            "postcode": "4800",
            "city": "Verviers",
            "phone": "087 325 240",
            "timezone": settings.TIME_ZONE,
            "wheelchair": Provided.YES,
            "toilets": Provided.YES,
            "parking": Provided.PARTLY,
        },
    )
    Site.objects.filter(is_default_site=True, site_name="").update(site_name="Verviers")
    zones = {
        code: WaitingZone.objects.get_or_create(location=location, code=code, defaults=facts)[0]
        for code, facts in ZONES.items()
    }
    for slug, name in KIOSKS.items():
        Kiosk.objects.get_or_create(slug=slug, defaults={"location": location, "name": name})
    for slug, (name, zone) in SCREENS.items():
        CallScreen.objects.get_or_create(
            slug=slug, defaults={"location": location, "name": name, "zone": zones[zone] if zone else None}
        )
    return location


def make_counters(location: Location) -> list[Counter]:
    """The twelve counters with the procedures of their kinds; only missing ones are made. Returns the new ones."""
    known = set(location.counters.values_list("name", flat=True))
    zones = {zone.code: zone for zone in location.zones.all()}
    new = [
        Counter(location=location, zone=zones[desk.zone], name=desk.name, position=position)
        for position, desk in enumerate(DESKS, start=1)
        if desk.name not in known
    ]
    # In bulk: the agenda is made once at the end instead of twelve times.
    Counter.objects.bulk_create(new)
    desks = {desk.name: desk for desk in DESKS}
    for counter in new:
        counter.procedures.set(_list_procedures(desks[counter.name].service, desks[counter.name].kinds))
    return new


def _list_procedures(service: str, kinds: Iterable[str]) -> list[Procedure]:
    rows = Procedure.objects.filter(
        counter_kinds__service__code=service, counter_kinds__code__in=kinds, retired_at=None
    )
    return list(rows.distinct())


def make_other_services() -> None:
    """A service that is in the house but takes no appointments here."""
    Service.objects.get_or_create(
        code="police-administrative",
        defaults={
            "labels": {
                "fr": "Police administrative",
                "nl": "Bestuurlijke politie",
                "de": "Verwaltungspolizei",
                "en": "Administrative police",
            },
            "letter_declared": "Y",
            "position": 90,
            "takes_appointments": False,
            "where": {
                "fr": "1er étage, bureau 12, sans rendez-vous de 8 h 30 à 12 h 00.",
                "nl": "1e verdieping, bureau 12, zonder afspraak van 8.30 tot 12.00 uur.",
                "de": "1. Stock, Büro 12, ohne Termin von 8.30 bis 12.00 Uhr.",
                "en": "First floor, office 12, without appointment from 8:30 to 12:00.",
            },
        },
    )
