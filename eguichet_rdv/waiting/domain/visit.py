"""What a clerk notes during a visit: a line for colleagues, and which things were brought."""

from collections.abc import Collection, Iterator

from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.common.free_text import clean_answer
from eguichet_rdv.waiting.domain.board import tell_desks
from eguichet_rdv.waiting.domain.orders import LONGEST_NOTE
from eguichet_rdv.waiting.domain.refusals import StopChanged
from eguichet_rdv.waiting.enums import LIVE
from eguichet_rdv.waiting.models import Stop, StopItem


def write_note(stop: Stop, text: str) -> None:
    """Keep a line for colleagues until the night; national numbers are masked. Raises ``BadText``, ``StopChanged``."""
    _change(stop, note=clean_answer(text)[:LONGEST_NOTE])


def tick_brought(stop: Stop, names: Collection[str]) -> None:
    """Keep which of the things to bring are there, named as by ``name_thing``; unknown names are left out."""
    known = {name for item in stop.items.select_related("procedure__service") for name in _names(item)}
    _change(stop, brought=sorted(known.intersection(names)))


def name_thing(item: StopItem, position: int) -> str:
    """One of the things to bring for ``item``, by its position in ``Procedure.things_to_bring``."""
    return f"{item.pk}-{position}"


def _names(item: StopItem) -> Iterator[str]:
    procedure: Procedure = item.procedure
    return (name_thing(item, position) for position in range(len(procedure.things_to_bring())))


def _change(stop: Stop, **changes: object) -> None:
    # A bare update: a call at the same instant waits for no form.
    if not Stop.objects.filter(pk=stop.pk, state__in=LIVE).update(**changes):
        raise StopChanged(number=str(stop.ticket.number))
    tell_desks(stop.location_id)
