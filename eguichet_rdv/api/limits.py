"""How much a program may ask for in a minute."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja.throttling import BaseThrottle

from eguichet_rdv.api.keys import find_key
from eguichet_rdv.common.addresses import client_address
from eguichet_rdv.ledger.domain.budgets import Portions

MINUTE = timedelta(minutes=1)


class PerMinute(BaseThrottle):
    """A budget per key, or per address for who has none; ``setting`` names the limit."""

    def __init__(self, name: str, setting: str) -> None:
        self.setting = setting
        self.portions = Portions(name, window=MINUTE, portion=50)

    def allow_request(self, request: HttpRequest) -> bool:
        """Whether this request is within the budget."""
        limit = int(getattr(settings, self.setting))
        return self.portions.spend(name_client(request), limit=limit, now=timezone.now())

    def wait(self) -> float:
        """Seconds until the next budget begins."""
        return 60 - timezone.now().timestamp() % 60


def name_client(request: HttpRequest) -> str:
    """The key of a request, else its address."""
    key = getattr(request, "auth", None)
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    if key is None and scheme.lower() == "bearer":
        key = find_key(text)
    return key.owner if key else client_address(request)


READS = PerMinute("api.reads", "EGUICHET_API_READS_PER_MINUTE")
WRITES = PerMinute("api.writes", "EGUICHET_API_WRITES_PER_MINUTE")
