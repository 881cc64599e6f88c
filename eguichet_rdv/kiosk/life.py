"""Whether the kiosks are well: their signs of life, and what staff should look after."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from eguichet_rdv.common.dates import say_moment, say_time
from eguichet_rdv.kiosk.messages import HeartbeatMessage
from eguichet_rdv.kiosk.models import UnclearArrival
from eguichet_rdv.townhall.enums import PrinterState, ScannerState
from eguichet_rdv.townhall.models import Kiosk, Location
from eguichet_rdv.waiting.domain.board import iso

SILENT_AFTER = timedelta(seconds=45)
"""A kiosk reports every ten seconds."""
FORGOTTEN_AFTER = timedelta(days=7)
"""A kiosk silent for so long stands in the cellar."""
BAD_PRINTERS = (PrinterState.PAPER_LOW, PrinterState.PAPER_OUT, PrinterState.COVER_OPEN, PrinterState.OFFLINE)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something somebody should go and see; ``arrival`` when it is a person to look for."""

    sentence: str
    urgent: bool
    arrival: UnclearArrival | None = None


def take_heartbeat(kiosk: Kiosk, message: HeartbeatMessage, now: datetime) -> dict[str, Any]:
    """Note how a kiosk is; the answer tells it what staff want of it."""
    Kiosk.objects.filter(pk=kiosk.pk).update(seen_at=now, **message.model_dump(exclude={"stuck"}))
    for arrival in message.stuck:
        UnclearArrival.objects.get_or_create(
            kiosk=kiosk, seq=arrival.seq, uid=arrival.id, defaults={"number": arrival.number, "problem": "unreadable"}
        )
    heard = message.heard or kiosk.seen_at
    asked = kiosk.restart_at is not None and (heard is None or heard < kiosk.restart_at)
    return {"now": iso(now), "locked": kiosk.locked, "reload": asked}


def find_troubles(location: Location, now: datetime) -> list[Trouble]:
    """What is wrong with the kiosks of a place, people first."""
    unclear = UnclearArrival.objects.filter(kiosk__location=location, cleared_at=None).select_related("kiosk")
    troubles = [Trouble(_describe_arrival(arrival, location, now), urgent=True, arrival=arrival) for arrival in unclear]
    for kiosk in Kiosk.objects.filter(location=location, revoked=False, seen_at__gt=now - FORGOTTEN_AFTER):
        troubles += _find_troubles_of(kiosk, now)
    return troubles


def _describe_arrival(arrival: UnclearArrival, location: Location, now: datetime) -> str:
    facts = {"kiosk": arrival.kiosk.name, "number": arrival.number}
    if arrival.arrived_at is None:
        return _("%(kiosk)s gave number %(number)s to somebody who is not in the line: please look for them.") % facts
    facts["time"] = _say_when(arrival.arrived_at, location, now)
    return (
        _("%(kiosk)s gave number %(number)s (%(time)s) to somebody who is not in the line: please look for them.")
        % facts
    )


def _say_when(moment: datetime, location: Location, now: datetime) -> str:
    """The hour; of another day the day too."""
    local = location.local(moment)
    say = say_time if local.date() == location.local(now).date() else say_moment
    return say(local, get_language() or settings.LANGUAGE_CODE)


def _find_troubles_of(kiosk: Kiosk, now: datetime) -> list[Trouble]:
    facts = {"kiosk": kiosk.name}
    if kiosk.seen_at and kiosk.seen_at < now - SILENT_AFTER:
        facts["time"] = _say_when(kiosk.seen_at, kiosk.location, now)
        sentence = (
            _("%(kiosk)s has not been heard from since %(time)s. What it registers meanwhile comes later.") % facts
        )
        return [Trouble(sentence, urgent=True)]
    troubles = []
    if kiosk.printer in BAD_PRINTERS:
        facts["state"] = str(PrinterState(kiosk.printer).label)
        low = kiosk.printer == PrinterState.PAPER_LOW
        troubles.append(Trouble(_("%(kiosk)s, printer: %(state)s.") % facts, urgent=not low))
    if kiosk.scanner == ScannerState.MISSING:
        troubles.append(Trouble(_("%(kiosk)s, scanner: not found.") % facts, urgent=True))
    return troubles
