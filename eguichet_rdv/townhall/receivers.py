"""What the room does when the tables are there: give the editors of the CMS their hours and closures."""

from typing import Any

from django.apps import AppConfig

from eguichet_rdv.catalogue.domain.editors import allow_editors
from eguichet_rdv.catalogue.receivers import is_ready

EDITED = {
    "openingperiod": ("view", "add", "change", "delete"),
    "closure": ("view", "add", "change", "delete"),
    "exceptionalopening": ("view", "add", "change", "delete"),
    "counter": ("view", "add", "change"),
    "waitingzone": ("view", "add", "change"),
    "location": ("view", "change"),
    "kiosk": ("view",),
    "callscreen": ("view", "add", "change"),
}
"""Roles of the staff are not among them: an editor would grant themselves more."""


def allow_editors_after_migrate(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Once, and never again what the municipality has taken away."""
    if is_ready(using, "townhall", "wagtailcore", "auth"):
        allow_editors("townhall", EDITED)
