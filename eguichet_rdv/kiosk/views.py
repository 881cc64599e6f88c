from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from eguichet_rdv.kiosk.arrivals import answer_check_in, answer_walk_in
from eguichet_rdv.kiosk.house import read_config
from eguichet_rdv.kiosk.journal import take_entries
from eguichet_rdv.kiosk.life import take_heartbeat
from eguichet_rdv.kiosk.messages import CheckInMessage, HeartbeatMessage, JournalMessage, WalkInMessage
from eguichet_rdv.kiosk.roster import read_roster
from eguichet_rdv.kiosk.signed import signed
from eguichet_rdv.townhall.models import Kiosk


@signed("GET")
def config(request: HttpRequest, kiosk: Kiosk) -> dict[str, Any]:
    """Place, languages, services."""
    return read_config(kiosk, timezone.now())


@signed("GET")
def roster(request: HttpRequest, kiosk: Kiosk) -> dict[str, Any]:
    """Who is expected on the next days, and numbers for walk-ins."""
    return read_roster(kiosk, timezone.now())


@signed("POST")
def check_in(request: HttpRequest, kiosk: Kiosk) -> dict[str, Any]:
    """Somebody with an appointment."""
    return answer_check_in(kiosk, CheckInMessage.model_validate_json(request.body), timezone.now())


@signed("POST")
def walk_in(request: HttpRequest, kiosk: Kiosk) -> dict[str, Any]:
    """Somebody without."""
    return answer_walk_in(kiosk, WalkInMessage.model_validate_json(request.body), timezone.now())


@signed("POST")
def journal(request: HttpRequest, kiosk: Kiosk) -> dict[str, Any]:
    """Arrivals the kiosk decided alone."""
    message = JournalMessage.model_validate_json(request.body)
    return {"results": take_entries(kiosk, list(message.entries), timezone.now())}


@signed("POST")
def heartbeat(request: HttpRequest, kiosk: Kiosk) -> dict[str, Any]:
    """A sign of life, shown to staff."""
    return take_heartbeat(kiosk, HeartbeatMessage.model_validate_json(request.body), timezone.now())
