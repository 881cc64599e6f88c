"""What members of the CMS group « Editors » may do."""

from collections.abc import Iterable, Mapping

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from wagtail.models import GroupPagePermission, Page

GROUP = "Editors"


def allow_editors(app_label: str, models: Mapping[str, Iterable[str]]) -> None:
    """Give the editors a room's models once; what the municipality takes away later stays taken away.

    ``models`` are model names with the actions allowed (``add``, ``change``, ``delete``, ``view``).
    """
    group, _created = Group.objects.get_or_create(name=GROUP)
    if group.permissions.filter(content_type__app_label=app_label).exists():
        return
    _allow_cms(group)
    create_permissions(apps.get_app_config(app_label), verbosity=0)
    wanted = [f"{action}_{model}" for model, names in models.items() for action in names]
    group.permissions.add(*Permission.objects.filter(content_type__app_label=app_label, codename__in=wanted))


def _allow_cms(group: Group) -> None:
    group.permissions.add(*Permission.objects.filter(content_type__app_label="wagtailadmin", codename="access_admin"))
    root = Page.get_first_root_node()
    permissions = Permission.objects.filter(
        content_type__app_label="wagtailcore", codename__in=("add_page", "change_page", "publish_page")
    )
    for permission in permissions:
        GroupPagePermission.objects.get_or_create(group=group, page=root, permission=permission)
