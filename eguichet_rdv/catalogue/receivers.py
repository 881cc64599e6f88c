"""What the catalogue does when something else happens: a migration, a page going online or offline."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from wagtail.signals import page_published, page_unpublished

from eguichet_rdv.catalogue.domain.editors import allow_editors
from eguichet_rdv.catalogue.domain.page_texts import forget_page_texts, record_page_texts
from eguichet_rdv.catalogue.domain.sync import sync_catalogue
from eguichet_rdv.catalogue.pages import ProcedurePage

EDITED_MESSAGES = {"messagetext": ("view", "change"), "message": ("view",)}
"""The room of the messages does not know editors: it lies below."""


def connect() -> None:
    """Listen to the pages of procedures."""
    page_published.connect(record_published_texts, sender=ProcedurePage)
    page_unpublished.connect(forget_unpublished_texts, sender=ProcedurePage)


def record_published_texts(sender: type[ProcedurePage], instance: ProcedurePage, **kwargs: Any) -> None:
    """What the page says now is said in mails and letters too. An alias has no words of its own."""
    if not instance.alias_of_id:
        record_page_texts(
            instance.procedure_id, instance.language, bring=instance.bring, who=instance.who, fee=instance.fee
        )


def forget_unpublished_texts(sender: type[ProcedurePage], instance: ProcedurePage, **kwargs: Any) -> None:
    """Without its page, a language falls back to what is declared."""
    if not instance.alias_of_id:
        forget_page_texts(instance.procedure_id, instance.language)


def is_ready(using: str, *app_labels: str) -> bool:
    """Whether rows may be written after ``migrate``: not asked otherwise, and all tables of those apps are there."""
    if not getattr(settings, "EGUICHET_SYNC_AFTER_MIGRATE", True) or using != "default":
        return False
    executor = MigrationExecutor(connections[using])
    return not executor.migration_plan(
        [leaf for label in app_labels for leaf in executor.loader.graph.leaf_nodes(label)]
    )


def sync_after_migrate(sender: AppConfig, using: str, verbosity: int, **kwargs: Any) -> None:
    """Record the installed plugins once the tables of the catalogue and of its pages are there."""
    if not is_ready(using, "catalogue", "wagtailcore", "auth"):
        return
    report = sync_catalogue(settings.PLUGINS, now=timezone.now())
    allow_editors("messaging", EDITED_MESSAGES)
    if verbosity and not report.unchanged:
        print("\n".join(report.lines()))  # noqa: T201 - as migrate itself does
