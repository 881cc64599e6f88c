"""What somebody wants to book."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils.functional import cached_property

from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.common.cells import cells_in
from eguichet_rdv.common.listed import Listed
from eguichet_rdv.common.prepared import Prepared
from eguichet_rdv.scheduling.domain.refusals import NotBookable, TooManyPersons
from eguichet_rdv.scheduling.enums import Channel
from eguichet_rdv.townhall.models import Counter, Location

PROCEDURE = Prepared(
    lambda service, code: (
        Procedure.objects.filter(service__code=service, code=code).select_related("service").order_by()
    ),
    str,
    str,
)
"""By the codes of service and procedure."""
PLACES = Prepared(
    lambda procedure: (
        Location.objects.filter(counters__active=True, counters__procedures=procedure)
        .annotate(counter_ids=Listed("counters"))
        .order_by()
    ),
    int,
)
"""By the id of a procedure: the places where it is handled, with the ids of the counters in use that do."""


@dataclass(frozen=True, slots=True)
class Item:
    """One procedure for so many persons."""

    procedure: Procedure
    persons: int = 1

    @property
    def duration(self) -> timedelta:
        """Time at the counter."""
        return self.procedure.duration(self.persons)


@dataclass(frozen=True)
class Leg:
    """The part of a visit that happens at one counter, ``offset`` cells after the start."""

    items: tuple[Item, ...]
    counters: frozenset[int]
    offset: int
    cells: int

    @cached_property
    def procedures(self) -> tuple[int, ...]:
        """Their ids."""
        return tuple(item.procedure.pk for item in self.items)

    @cached_property
    def services(self) -> tuple[int, ...]:
        """The ids of their services."""
        return tuple(item.procedure.service_id for item in self.items)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Procedures wanted in one visit at one place, and through which channel."""

    location: Location
    items: tuple[Item, ...]
    channel: Channel = Channel.ONLINE
    handled_by: Mapping[int, frozenset[int]] = field(default_factory=dict)
    """Procedure id → ids of the counters that handle it; read when missing."""

    @property
    def duration(self) -> timedelta:
        """Time at counters, without the walk between them."""
        return sum((item.duration for item in self.items), timedelta())

    @property
    def procedure_ids(self) -> tuple[int, ...]:
        """In the order of the wish."""
        return tuple(item.procedure.pk for item in self.items)


def read_wanted(
    wishes: Iterable[tuple[str, str, int]], channel: Channel = Channel.ONLINE, *, location: str | None = None
) -> Wanted:
    """Turn (service code, procedure code, persons) into a ``Wanted``, in two queries for each.

    Without ``location`` (a slug) the only place that handles everything is taken. Raises ``NotBookable`` when a
    procedure is unknown, retired, not for this channel, handled nowhere or in several places.
    """
    items = []
    for service, code, persons in wishes:
        found = PROCEDURE(service, code)
        if not found:
            raise NotBookable
        items.append(Item(found[0], persons))
    refuse_unbookable(tuple(items), channel)
    handled: dict[Location, dict[int, frozenset[int]]] = defaultdict(dict)
    for item in items:
        for place in PLACES(item.procedure.pk):
            if location in {None, place.slug}:
                ids = place.counter_ids.split(" ")  # type: ignore[attr-defined]
                handled[place][item.procedure.pk] = frozenset(map(int, ids))
    complete = [place for place, by in handled.items() if len(by) == len(items)]
    if len(complete) != 1:
        raise NotBookable
    return Wanted(complete[0], tuple(items), channel, handled[complete[0]])


def refuse_unbookable(items: tuple[Item, ...], channel: Channel) -> None:
    """Raise ``NotBookable`` or ``TooManyPersons`` when the rules of a procedure forbid the wish."""
    if not items or len({item.procedure.pk for item in items}) != len(items):
        raise NotBookable
    for item in items:
        procedure = item.procedure
        if not (procedure.bookable_by_clerk if channel == Channel.CLERK else procedure.bookable_online):
            raise NotBookable
        if not procedure.service.takes_appointments or procedure.service.retired_at:
            raise NotBookable
    refuse_party(items)


def refuse_party(items: tuple[Item, ...]) -> None:
    """Raise ``TooManyPersons`` when fewer than one or more come than a procedure allows."""
    for item in items:
        if not 1 <= item.persons <= item.procedure.max_persons:
            raise TooManyPersons(most=item.procedure.max_persons)


def counters_of(wanted: Wanted) -> Mapping[int, frozenset[int]]:
    """Procedure id → ids of the counters in use at the place that handle it; one query unless already known."""
    if wanted.handled_by:
        return wanted.handled_by
    handled: dict[int, set[int]] = {procedure: set() for procedure in wanted.procedure_ids}
    through = Counter.procedures.through.objects.filter(
        counter__location=wanted.location, counter__active=True, procedure__in=wanted.procedure_ids
    )
    for procedure, counter in through.values_list("procedure_id", "counter_id"):
        handled[procedure].add(counter)
    return {procedure: frozenset(ids) for procedure, ids in handled.items()}


def plan_legs(wanted: Wanted) -> list[Leg]:
    """One leg if one counter handles everything, else consecutive legs with the walk between them.

    Raises ``NotBookable`` when a procedure is handled nowhere.
    """
    handled = counters_of(wanted)
    groups: list[tuple[list[Item], frozenset[int]]] = []
    for item in wanted.items:
        able = handled.get(item.procedure.pk, frozenset())
        if not able:
            raise NotBookable
        shared = groups[-1][1] & able if groups else frozenset()
        if shared:
            groups[-1] = ([*groups[-1][0], item], shared)
        else:
            groups.append(([item], able))
    legs: list[Leg] = []
    offset = 0
    walk = cells_in(timedelta(minutes=wanted.location.walking_minutes))
    for items, counters in groups:
        cells = cells_in(sum((item.duration for item in items), timedelta()))
        legs.append(Leg(tuple(items), counters, offset, cells))
        offset += cells + walk
    return legs
