"""Which counters can do what."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from eguichet_rdv.townhall.models import Counter


@dataclass(frozen=True, slots=True)
class Handling:
    """Of some counters: procedure → those that handle it, service → those that handle something of it."""

    procedures: Mapping[int, frozenset[int]] = field(default_factory=dict)
    services: Mapping[int, frozenset[int]] = field(default_factory=dict)

    def able(self, service: int, procedures: Iterable[int], only: int | None = None) -> frozenset[int]:
        """Those that can serve somebody who waits for ``procedures`` (for ``service``, if none is named)."""
        sets = [self.procedures.get(procedure, frozenset()) for procedure in procedures]
        found = frozenset.intersection(*sets) if sets else self.services.get(service, frozenset())
        return found & {only} if only else found


def read_handling(counters: Iterable[int]) -> Handling:
    """Of these counters; one query."""
    procedures: dict[int, set[int]] = defaultdict(set)
    services: dict[int, set[int]] = defaultdict(set)
    rows = Counter.procedures.through.objects.filter(counter__in=counters)
    for counter, procedure, service in rows.values_list("counter_id", "procedure_id", "procedure__service_id"):
        procedures[procedure].add(counter)
        services[service].add(counter)
    return Handling(
        {key: frozenset(ids) for key, ids in procedures.items()}, {key: frozenset(ids) for key, ids in services.items()}
    )
