"""The house of the simulated day: places, counters, people and their appointments, in a database of its own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.utils.crypto import get_random_string

from eguichet_rdv.accounts.models import User
from eguichet_rdv.catalogue.domain.sync import sync_catalogue
from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.demo.hours import list_holidays
from eguichet_rdv.demo.people import choose_language, invent_person
from eguichet_rdv.demo.prepare import make_tables
from eguichet_rdv.scheduling.domain.agenda import build_days
from eguichet_rdv.scheduling.domain.availability import find_starts
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.refusals import TimeRefused
from eguichet_rdv.scheduling.domain.tokens import check_in_token
from eguichet_rdv.scheduling.domain.wanted import Item, Wanted
from eguichet_rdv.scheduling.enums import Channel
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Assignment, CallScreen, Counter, Kiosk, Location, OpeningPeriod, WaitingZone

OPENS = time(8)
FULL_DAY = timedelta(hours=10)
FULL_VISITORS = 1200
SHORTEST_DAY = timedelta(hours=1)
SCREENS = 20
KIOSKS = 4
BOOKED_SHARE = 0.6
ABSENT_SHARE = 0.06
PARTY_SHARE = 0.04
LATE_SHARE = 0.05
SHORT_SHARE = 0.75
LAST_WALK_IN = timedelta(minutes=30)
"""Before the doors close."""
SHORT, LONG = 5, 10
"""Minutes planned, as at a large site with short procedures; the plugins' own durations would need twice the counters."""


@dataclass(frozen=True, slots=True)
class Part:
    """One service: how many counters, in which zone, and its two procedures, a short and a long one."""

    service: str
    zone: str
    counters: int
    short: str
    long: str


PARTS = (
    Part("population", "A", 6, "eid-retrait", "eid-demande"),
    Part("etrangers", "A", 3, "carte-sejour-retrait", "carte-sejour-ue"),
    Part("etat-civil", "B", 2, "extrait-acte", "reconnaissance"),
    Part("passeports", "B", 4, "casier-595", "passeport-adulte"),
)


@dataclass(frozen=True, slots=True)
class Comer:
    """Somebody who will stand at a kiosk at ``at``. Without a reference: no appointment."""

    at: datetime
    service: str
    procedure: str
    language: str
    reference: str = ""
    code: str = ""
    birth_date: str = ""
    hour: str = ""


@dataclass
class Stage:
    """Everything the day needs."""

    location: Location
    day: date
    opens: datetime
    closes: datetime
    password: str
    comers: list[Comer] = field(default_factory=list)
    booked: int = 0


class NotEmpty(Exception):  # noqa: N818 - an answer, not a fault
    """There is a town in the database."""


def set_stage(visitors: int, random: Random, say: Callable[[str], None]) -> Stage:
    """Fill an empty database, with or without tables; ``visitors`` people will come. Raises ``NotEmpty``."""
    # Before anything is migrated: a town in use is not touched.
    if Location._meta.db_table in connection.introspection.table_names() and Location.objects.exists():  # noqa: SLF001
        raise NotEmpty
    make_tables(say)
    sync_catalogue(settings.PLUGINS, now=datetime.now(UTC), pages=False)
    location = _make_place()
    day = _next_working_day(datetime.now(location.tz).date())
    length = max(FULL_DAY * min(visitors / FULL_VISITORS, 1), SHORTEST_DAY)
    opens = datetime.combine(day, OPENS, location.tz)
    # On the grid of five minutes.
    closes = opens + timedelta(minutes=-(-length.total_seconds() // 300) * 5)
    _make_counters(location, day, opens.time(), closes.time())
    stage = Stage(location, day, opens, closes, get_random_string(20))
    _make_clerks(stage)
    _book_people(stage, round(visitors * BOOKED_SHARE / (1 - ABSENT_SHARE)), random)
    _add_walk_ins(stage, visitors - len(stage.comers), random)
    stage.comers.sort(key=lambda comer: comer.at)
    return stage


def clerk_name(counter: str) -> str:
    """The account of the clerk who sits at ``counter``."""
    return f"clerk{counter}"


def _make_place() -> Location:
    location = Location.objects.create(
        slug="simulation",
        name="Simulation",
        municipality="Verviers",
        street="Place du Marché 55",
        postcode="4800",
        city="Verviers",
        timezone="Europe/Brussels",
    )
    zones = [WaitingZone.objects.create(location=location, code=code) for code in "AB"]
    Kiosk.objects.bulk_create(
        Kiosk(location=location, slug=f"kiosk-{number}", name=f"Kiosk {number}") for number in range(1, KIOSKS + 1)
    )
    CallScreen.objects.bulk_create(
        CallScreen(location=location, slug=f"screen-{number}", name=f"Screen {number}", zone=[*zones, None][number % 3])
        for number in range(1, SCREENS + 1)
    )
    return location


def _next_working_day(today: date) -> date:
    closed = list_holidays(today, today + timedelta(days=30))
    day = today + timedelta(days=1)
    while day.weekday() > 4 or day in closed:  # noqa: PLR2004 - Friday
        day += timedelta(days=1)
    return day


def _make_counters(location: Location, day: date, opens: time, closes: time) -> None:
    zones = {zone.code: zone for zone in location.zones.all()}
    number = 0
    for part in PARTS:
        short = Procedure.objects.get(service__code=part.service, code=part.short)
        long = Procedure.objects.get(service__code=part.service, code=part.long)
        for procedure, minutes in ((short, SHORT), (long, LONG)):
            procedure.minutes_override, procedure.notice_minutes_override = minutes, 0
            procedure.max_persons_override, procedure.extra_minutes_override = 2, 0
            procedure.save()
        for _each in range(part.counters):
            number += 1
            counter = Counter(location=location, zone=zones[part.zone], name=str(number), position=number)
            Counter.objects.bulk_create([counter])
            counter.procedures.set([short, long])
            OpeningPeriod.objects.bulk_create(
                [OpeningPeriod(counter=counter, weekday=day.weekday(), opens=opens, closes=closes)]
            )
            build_days(counter, [day])


def _make_clerks(stage: Stage) -> None:
    hashed = make_password(stage.password)
    for counter in Counter.objects.filter(location=stage.location):
        user = User.objects.create(username=clerk_name(counter.name), password=hashed, first_name="Clerk")
        Assignment.objects.create(user=user, location=stage.location, role=Role.CLERK)


def _choose_procedure(random: Random) -> Procedure:
    part = random.choices(PARTS, [part.counters for part in PARTS])[0]
    code = part.short if random.random() < SHORT_SHARE else part.long
    return Procedure.objects.select_related("service").get(service__code=part.service, code=code)


def _book_people(stage: Stage, count: int, random: Random) -> None:
    before = stage.opens - timedelta(days=3)
    starts: dict[int, list[datetime]] = {}
    for _each in range(count):
        procedure = _choose_procedure(random)
        persons = 2 if random.random() < PARTY_SHARE else 1
        wanted = Wanted(stage.location, (Item(procedure, persons),), Channel.CLERK)
        if procedure.pk not in starts:
            free = find_starts(wanted, stage.day, stage.day, now=before).get(stage.day, [])
            # As many places as counters of the service; some of them are refused for its other procedure.
            starts[procedure.pk] = free * procedure.counters.count()
            random.shuffle(starts[procedure.pk])
        while starts[procedure.pk]:
            start = starts[procedure.pk].pop()
            person = invent_person(random)
            language = choose_language(random)
            try:
                made = book(wanted, start, person, language=language, now=before, intent=uuid4(), owner="simulation")
            except TimeRefused:
                continue
            stage.booked += 1
            if random.random() >= ABSENT_SHARE:
                late = random.random() < LATE_SHARE
                minutes = random.uniform(12, 25) if late else random.triangular(-30, 8, -8)
                at = max(start + timedelta(minutes=minutes), stage.opens)
                stage.comers.append(
                    Comer(
                        *(at, procedure.service.code, procedure.code, language),
                        *(made.reference, check_in_token(made), person.birth_date, f"{start:%H:%M}"),
                    )
                )
            break


def _add_walk_ins(stage: Stage, count: int, random: Random) -> None:
    """More in the morning, none in the last half hour."""
    length = (stage.closes - stage.opens - LAST_WALK_IN).total_seconds()
    for _each in range(count):
        procedure = _choose_procedure(random)
        at = stage.opens + timedelta(seconds=length * random.triangular(0, 1, 0.35))
        stage.comers.append(Comer(at, procedure.service.code, procedure.code, choose_language(random)))
