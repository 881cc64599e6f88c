"""« Tell me when a time is free »: what the page promises."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from eguichet_rdv.booking.paths import active_language
from eguichet_rdv.common.addresses import address_block
from eguichet_rdv.common.dates import say_date
from eguichet_rdv.scheduling.domain.wanted import Wanted
from eguichet_rdv.scheduling.domain.watch import ask_to_be_told


def promise(request: HttpRequest, email: str, wanted: Wanted, first: datetime | None, now: datetime) -> dict[str, Any]:
    """Keep the address until a time before ``first`` is free; what the page then says. Raises ``TooManyWatches``."""
    language, block = active_language(), address_block(request)
    until = ask_to_be_told(email, wanted, language=language, before=first, block=block, now=now)
    place = wanted.location
    return {"asked": email, "wanted": wanted, "place": place, "until": say_date(place.local(until).date(), language)}
