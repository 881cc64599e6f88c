"""Appointments in the demo's agenda, made the way citizens and clerks make them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from uuid import uuid4

from django.db import transaction

from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.common.cells import cell_of, cells_in, first_cell_of
from eguichet_rdv.demo.people import choose_language, invent_person
from eguichet_rdv.scheduling.domain.availability import find_starts
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.masks import read_mask, read_masks, span
from eguichet_rdv.scheduling.domain.refusals import AlreadyBooked, NotBookable, TimeRefused
from eguichet_rdv.scheduling.domain.wanted import Item, Wanted, counters_of
from eguichet_rdv.scheduling.enums import Channel, Need
from eguichet_rdv.scheduling.models import AgendaDay
from eguichet_rdv.townhall.models import Location

OWNER = "demo"
"""Marks the appointments of invented people."""
SHARES = ((5, 0.5), (11, 0.35), (18, 0.12))
"""Up to so many days ahead, that part of the open time is taken: 40 % in the first fortnight."""
WEIGHTS: Mapping[tuple[str, str], int] = {
    ("population", "eid-demande"): 28,
    ("population", "eid-retrait"): 16,
    ("population", "kids-id"): 12,
    ("population", "changement-adresse"): 9,
    ("population", "composition-menage"): 4,
    ("etrangers", "carte-sejour-retrait"): 8,
    ("etrangers", "carte-sejour-ue"): 8,
    ("etrangers", "carte-sejour-hors-ue"): 6,
    ("etrangers", "premiere-inscription-ue"): 4,
    ("etrangers", "annexe-15"): 4,
    ("etat-civil", "extrait-acte"): 6,
    ("etat-civil", "naissance"): 5,
    ("etat-civil", "reconnaissance"): 3,
    ("etat-civil", "mariage-declaration"): 2,
    ("etat-civil", "cohabitation-legale"): 3,
    ("passeports", "passeport-adulte"): 14,
    ("passeports", "passeport-mineur"): 8,
    ("passeports", "permis-renouvellement"): 7,
    ("passeports", "permis-premier"): 5,
    ("passeports", "casier-595"): 7,
    ("passeports", "casier-596-2"): 5,
}
FAMILY_SHARE, NEED_SHARE, CLERK_SHARE = 0.12, 0.06, 0.25
MOST_REFUSALS = 40


@dataclass
class Filler:
    """Fills one place with appointments of invented people; the same seed gives the same agenda."""

    location: Location
    random: Random
    procedures: list[Procedure] = field(default_factory=list)
    weights: list[int] = field(default_factory=list)
    _handled: dict[int, Mapping[int, frozenset[int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = Procedure.objects.filter(retired_at=None, counters__location=self.location).select_related("service")
        for procedure in rows.distinct():
            weight = WEIGHTS.get((procedure.service.code, procedure.code))
            if weight:
                self.procedures.append(procedure)
                self.weights.append(weight)

    def fill_ahead(self, now: datetime) -> int:
        """Fill the coming weeks, less and less; a day that is full enough is left alone. How many were made."""
        today = self.location.local(now).date()
        made, first = 0, 1
        for last, share in SHARES:
            for ahead in range(first, last + 1):
                made += self.fill_day(today + timedelta(days=ahead), share, now=now)
            first = last + 1
        return made

    @transaction.atomic
    def fill_day(self, day: date, share: float, *, now: datetime, since: datetime | None = None) -> int:
        """Book until ``share`` of the open time of ``day`` (from ``since`` on) is taken. How many were made."""
        missing = self._missing_cells(day, share, since)
        starts: dict[tuple[int, int], list[datetime]] = {}
        made = refused = 0
        while missing > 0 and refused < MOST_REFUSALS and self.procedures:
            wanted = self._choose()
            key = (wanted.items[0].procedure.pk, wanted.items[0].persons)
            if key not in starts:
                found = find_starts(wanted, day, day, now=now).get(day, [])
                starts[key] = [start for start in found if since is None or start >= since]
                self.random.shuffle(starts[key])
            if not starts[key]:
                refused += 1
            elif self._book(wanted, starts[key].pop(), now):
                missing -= cells_in(wanted.duration)
                made += 1
        return made

    def _missing_cells(self, day: date, share: float, since: datetime | None) -> int:
        midnight = first_cell_of(day, self.location.tz)
        before = span(0, cell_of(since) - midnight) if since else 0
        opened = taken = 0
        rows = AgendaDay.objects.filter(counter__location=self.location, date=day).values_list("open", "taken")
        for masks, claimed in rows:
            mask = 0
            for one in read_masks(masks):
                mask |= one
            opened += (mask & ~before).bit_count()
            taken += (read_mask(claimed) & ~before).bit_count()
        return int(opened * share) - taken

    def _choose(self) -> Wanted:
        procedure = self.random.choices(self.procedures, self.weights)[0]
        family = procedure.max_persons > 1 and self.random.random() < FAMILY_SHARE
        item = Item(procedure, min(self.random.randint(2, 4), procedure.max_persons) if family else 1)
        channel = Channel.CLERK if self.random.random() < CLERK_SHARE else Channel.ONLINE
        if procedure.pk not in self._handled:
            self._handled[procedure.pk] = counters_of(Wanted(self.location, (item,)))
        return Wanted(self.location, (item,), channel, self._handled[procedure.pk])

    def _book(self, wanted: Wanted, start: datetime, now: datetime) -> bool:
        needs = [self.random.choice(Need.values)] if self.random.random() < NEED_SHARE else []
        try:
            book(
                wanted,
                start,
                invent_person(self.random),
                language=choose_language(self.random),
                now=now,
                intent=uuid4(),
                needs=needs,
                owner=OWNER,
            )
        except (TimeRefused, NotBookable, AlreadyBooked):
            return False
        return True
