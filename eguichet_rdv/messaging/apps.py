"""The outbox; it knows no appointment, higher rooms register builders."""

from datetime import time
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "eguichet_rdv.messaging"
    label = "messaging"
    verbose_name = _("Messages")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from eguichet_rdv.messaging.jobs import DELIVER, DELIVERY_LIMIT, Job, register_job

        register_job(Job("deliver messages", DELIVER, limit=DELIVERY_LIMIT))
        register_job(Job("forget old messages", "eguichet_rdv.messaging.tasks.forget", at=time(3, 40)))
        post_migrate.connect(write_schedules, sender=self, dispatch_uid="messaging.write_schedules")
        post_migrate.connect(list_texts, sender=self, dispatch_uid="messaging.list_texts")


def write_schedules(using: str, **_facts: Any) -> None:
    """After a migration that has made the worker's table, write the schedules into it."""
    from eguichet_rdv.messaging.jobs import ensure_schedules

    if "django_q_schedule" in connections[using].introspection.table_names():
        ensure_schedules(timezone.now())


def list_texts(using: str, **_facts: Any) -> None:
    """After a migration, have a row for each text that editors may change."""
    from eguichet_rdv.messaging.domain.wordings import sync_texts

    if "messaging_messagetext" in connections[using].introspection.table_names():
        sync_texts()
