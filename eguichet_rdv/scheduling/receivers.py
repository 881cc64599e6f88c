"""Hours changed, so the agenda changes with them, in the same transaction."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.utils import timezone

from eguichet_rdv.scheduling.domain.agenda import build_days, extend_agenda, rebuild_from
from eguichet_rdv.scheduling.domain.outside import list_outside_now
from eguichet_rdv.scheduling.models import AgendaDay
from eguichet_rdv.townhall.domain.hours import add_lister
from eguichet_rdv.townhall.models import Closure, Counter, ExceptionalOpening, Location, OpeningPeriod

Hours = OpeningPeriod | Closure | ExceptionalOpening
WAS = "_hours_before_saving"


def connect() -> None:
    """Called once when the application is ready."""
    for model in (OpeningPeriod, Closure, ExceptionalOpening, Location):
        pre_save.connect(remember, model, dispatch_uid=f"agenda-remember-{model.__name__}")
    for model in (OpeningPeriod, Closure, ExceptionalOpening):
        post_save.connect(rebuild_days, model, dispatch_uid=f"agenda-save-{model.__name__}")
        post_delete.connect(rebuild_days, model, dispatch_uid=f"agenda-delete-{model.__name__}")
    m2m_changed.connect(rebuild_period, OpeningPeriod.procedures.through, dispatch_uid="agenda-procedures")
    post_save.connect(rebuild_counter, Counter, dispatch_uid="agenda-counter")
    post_save.connect(rebuild_location, Location, dispatch_uid="agenda-location")
    add_lister(list_outside_now)


def remember(sender: type, instance: Any, *, raw: bool = False, **_facts: Any) -> None:
    """Keep what the row was: the days it no longer concerns change too."""
    if not raw and instance.pk:
        setattr(instance, WAS, sender._default_manager.filter(pk=instance.pk).first())  # type: ignore[attr-defined]  # noqa: SLF001 - public in all but name


def rebuild_days(sender: type, instance: Hours, *, raw: bool = False, **_facts: Any) -> None:
    """An opening period, closure or exceptional opening was saved or deleted: remake only the days it concerns."""
    if raw:
        return
    now = timezone.now()
    rows: list[Hours] = [row for row in (instance, getattr(instance, WAS, None)) if row is not None]
    counters: set[int] = set()
    for row in rows:
        counters.update(_counters_of(row))
    for counter in Counter.objects.select_related("location").filter(pk__in=counters).order_by("pk"):
        build_days(counter, _list_days(counter, rows, now))
    if isinstance(instance, OpeningPeriod):
        extend_agenda(now, counters=counters)


def rebuild_period(sender: type, instance: Any, action: str, **_facts: Any) -> None:
    """The procedures of an opening period were changed."""
    if action.startswith("post_") and isinstance(instance, OpeningPeriod):
        rebuild_days(OpeningPeriod, instance)


def rebuild_counter(sender: type, instance: Counter, *, created: bool, raw: bool = False, **_facts: Any) -> None:
    """A counter was taken out of use or put back; a new one has no hours yet."""
    if not (raw or created):
        rebuild_from([instance], timezone.now())


def rebuild_location(sender: type, instance: Location, *, created: bool, raw: bool = False, **_facts: Any) -> None:
    """Another time zone moves every hour of the place."""
    was: Location | None = getattr(instance, WAS, None)
    if not (raw or created) and was is not None and was.timezone != instance.timezone:
        rebuild_from(
            Counter.objects.filter(location=instance).select_related("location").order_by("pk"), timezone.now()
        )


def _counters_of(row: Hours) -> Iterable[int]:
    if row.counter_id:
        return [row.counter_id]
    places = Counter.objects.values_list("pk", flat=True)
    location = getattr(row, "location_id", None)
    return places.filter(location=location) if location else places  # a service may be anywhere


def _list_days(counter: Counter, rows: Iterable[Hours], now: datetime) -> list[Any]:
    """The days of the agenda from today on that one of ``rows`` concerns at ``counter``."""
    concerned = Q(pk__in=())
    for row in rows:
        if isinstance(row, OpeningPeriod):
            if row.counter_id == counter.pk:
                # Weekdays are numbered from Sunday = 1 there, from Monday = 0 here.
                concerned |= Q(date__week_day=(int(row.weekday) + 1) % 7 + 1)
        else:
            concerned |= Q(date__range=(row.first_date, row.last_date))
    days = AgendaDay.objects.filter(concerned, counter=counter, date__gte=counter.location.local(now).date())
    return list(days.order_by("date").values_list("date", flat=True))
