"""The foot of a screen: what the municipality wrote, and how long one waits."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext, override

from eguichet_rdv.catalogue.models import Service
from eguichet_rdv.townhall.models import CallScreen
from eguichet_rdv.waiting.domain.forecast import estimate_services


@dataclass(frozen=True, slots=True)
class Notice:
    """One line; ``language`` is empty when an editor wrote it."""

    language: str
    text: str


def list_notices(screen: CallScreen, *, now: datetime) -> list[Notice]:
    """The lines, shown one after the other."""
    written = [Notice("", line.strip()) for line in screen.notices.splitlines() if line.strip()]
    return [*written, *(_list_waits(screen, now) if screen.shows_waits else ())]


def _list_waits(screen: CallScreen, now: datetime) -> list[Notice]:
    waits = estimate_services(screen.location, now=now)
    services = Service.objects.filter(pk__in=waits)
    lines = []
    for language, _name in settings.LANGUAGES:
        with override(language):
            parts = [
                gettext("%(service)s %(low)s–%(high)s min")
                % {"service": service.label(language), "low": waits[service.pk].low, "high": waits[service.pk].high}
                for service in services
            ]
            if parts:
                lines.append(Notice(language, f"{gettext('Waiting time without appointment')}: {' · '.join(parts)}"))
    return lines
