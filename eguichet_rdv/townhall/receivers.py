"""What the room does when something else happens: editors get hours and closures; who has the role is an editor."""

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.models import Group

from eguichet_rdv.accounts.models import User
from eguichet_rdv.catalogue.domain.editors import GROUP, allow_editors
from eguichet_rdv.catalogue.receivers import is_ready
from eguichet_rdv.townhall.domain.roles import HELD_BY
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Assignment

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


def follow_roles(sender: type[Assignment], **kwargs: Any) -> None:
    """The CMS knows groups, not roles: the group of the editors is always those who have the role of editor."""
    group, _created = Group.objects.get_or_create(name=GROUP)
    group.user_set.set(User.objects.filter(assignments__role__in=HELD_BY[Role.EDITOR]).distinct())
