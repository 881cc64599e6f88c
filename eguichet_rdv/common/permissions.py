"""What can be done in the CMS with rows that come from elsewhere, whoever asks."""

from collections.abc import Collection
from typing import Any

from django.db.models import Model
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy


class LimitedPolicy(ModelPermissionPolicy):
    """Django's permissions, but never more than the actions given; for superusers too."""

    def __init__(self, model: type[Model], actions: Collection[str]) -> None:
        super().__init__(model)
        self.actions = frozenset(actions)

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Whether ``action`` is possible at all, and granted to ``user``."""
        return action in self.actions and bool(super().user_has_permission(user, action))


def limit_actions(model: type[Model], *actions: str) -> None:
    """Allow only ``actions`` (add, change, delete, view) on ``model`` in the CMS."""
    register_permission_policy(model, LimitedPolicy(model, actions), exact_class=True)
