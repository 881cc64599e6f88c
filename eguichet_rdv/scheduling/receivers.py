"""Hours changed, so the agenda changes with them, in the same transaction."""

from typing import Any

from django.db.models.signals import m2m_changed, post_delete, post_save
from django.utils import timezone

from eguichet_rdv.scheduling.domain.agenda import extend_agenda, rebuild_from
from eguichet_rdv.townhall.models import Closure, Counter, ExceptionalOpening, OpeningPeriod


def connect() -> None:
    """Called once when the application is ready."""
    for model in (OpeningPeriod, Closure, ExceptionalOpening):
        post_save.connect(rebuild_days, model, dispatch_uid=f"agenda-save-{model.__name__}")
        post_delete.connect(rebuild_days, model, dispatch_uid=f"agenda-delete-{model.__name__}")
    m2m_changed.connect(rebuild_period, OpeningPeriod.procedures.through, dispatch_uid="agenda-procedures")
    post_save.connect(rebuild_counter, Counter, dispatch_uid="agenda-counter")


def rebuild_days(sender: type, instance: Any, *, raw: bool = False, **_facts: Any) -> None:
    """An opening period, closure or exceptional opening was saved or deleted."""
    if raw:
        return
    counters = Counter.objects.select_related("location").order_by("pk")
    if instance.counter_id:
        counters = counters.filter(pk=instance.counter_id)
    elif getattr(instance, "location_id", None):
        counters = counters.filter(location=instance.location_id)
    now = timezone.now()
    rebuild_from(counters, now)
    extend_agenda(now)


def rebuild_period(sender: type, instance: Any, action: str, **_facts: Any) -> None:
    """The procedures of an opening period were changed."""
    if action.startswith("post_") and isinstance(instance, OpeningPeriod):
        rebuild_days(OpeningPeriod, instance)


def rebuild_counter(sender: type, instance: Counter, *, created: bool, raw: bool = False, **_facts: Any) -> None:
    """A counter was taken out of use or put back; a new one has no hours yet."""
    if not (raw or created):
        rebuild_from([instance], timezone.now())
