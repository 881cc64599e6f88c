"""A small town for tests: one place, two zones, counters open on weekdays, real rows throughout."""

from dataclasses import dataclass
from datetime import UTC, datetime, time

from eguichet_rdv.accounts.models import User
from eguichet_rdv.catalogue.models import Procedure, Service
from eguichet_rdv.scheduling.domain.agenda import extend_agenda
from eguichet_rdv.scheduling.domain.wanted import Item, Wanted
from eguichet_rdv.scheduling.enums import Channel
from eguichet_rdv.townhall.models import Counter, Location, OpeningPeriod, WaitingZone

MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
"""The « now » of most tests: Monday 23 November 2026, 7 o'clock in Brussels."""


@dataclass
class Town:
    """What ``make_town`` made."""

    location: Location
    zone_a: WaitingZone
    zone_b: WaitingZone
    service: Service
    card: Procedure
    kids: Procedure
    counters: list[Counter]

    def wanted(self, *procedures: Procedure, persons: int = 1, channel: Channel = Channel.ONLINE) -> Wanted:
        """A wish for ``procedures`` (the identity card if none)."""
        return Wanted(self.location, tuple(Item(one, persons) for one in procedures or (self.card,)), channel)

    def at(self, clock: str, day: int = 24, month: int = 11) -> datetime:
        """``clock`` on the wall on a day of November 2026 (the 24th is a Tuesday)."""
        hour, minute = map(int, clock.split(":"))
        return datetime(2026, month, day, hour, minute, tzinfo=self.location.tz)


def make_town(*, counters: int = 2, now: datetime = MONDAY, opens: str = "08:30", closes: str = "12:00") -> Town:
    """Population with two procedures (15 and 15 + 10 a person) on ``counters`` counters, Monday to Friday mornings."""
    location = Location.objects.create(
        slug="maison-communale",
        name="Maison communale",
        municipality="Verviers",
        street="Place du Marché 55",
        postcode="4800",
        city="Verviers",
        phone="+3287325240",
        email="population@verviers.example",
    )
    zone_a, zone_b = (WaitingZone.objects.create(location=location, code=code) for code in "AB")
    service = Service.objects.create(
        code="population",
        labels={"fr": "Population", "nl": "Bevolking", "de": "Einwohnermeldeamt", "en": "Population"},
        letter_declared="P",
    )
    card = make_procedure(service, "carte", "Carte d'identité", "Identiteitskaart", minutes=15)
    kids = make_procedure(service, "kids-id", "Kids-ID", "Kids-ID", minutes=15, extra=10, persons=4)
    made = [
        make_counter(zone_a, str(number), [card, kids], opens=opens, closes=closes) for number in range(1, counters + 1)
    ]
    extend_agenda(now)
    return Town(location, zone_a, zone_b, service, card, kids, made)


def make_procedure(
    service: Service, code: str, french: str, dutch: str, *, minutes: int, extra: int = 0, persons: int = 1
) -> Procedure:
    """A procedure as the sync would record it."""
    return Procedure.objects.create(
        service=service,
        code=code,
        texts={"label": {"fr": french, "nl": dutch, "en": code}},
        bring=[{"code": "photo", "label": {"fr": "Une photo récente", "nl": "Een recente foto"}}],
        minutes_declared=minutes,
        extra_minutes_declared=extra,
        max_persons_declared=persons,
    )


def make_counter(
    zone: WaitingZone, name: str, procedures: list[Procedure], *, opens: str = "08:30", closes: str = "12:00"
) -> Counter:
    """A counter open from Monday to Friday; call ``extend_agenda`` afterwards."""
    counter = Counter.objects.create(location=zone.location, zone=zone, name=name, position=int(name))
    counter.procedures.set(procedures)
    OpeningPeriod.objects.bulk_create(
        OpeningPeriod(
            counter=counter,
            weekday=weekday,
            opens=time.fromisoformat(opens),
            closes=time.fromisoformat(closes),
        )
        for weekday in range(5)
    )
    return counter


def make_clerk(username: str = "clerk") -> User:
    """A member of staff without any role yet."""
    return User.objects.create_user(username=username, password="a long enough password")
