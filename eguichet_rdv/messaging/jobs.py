"""Periodic work: rooms say what is to be done and when, one worker does it."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import cast

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.models import Schedule, Task
from django_q.tasks import async_task

PREFIX = "eguichet: "
"""Begins the name of every schedule that is ours; others are left alone."""
DELIVER = "eguichet_rdv.messaging.tasks.deliver"
DELIVERY_LIMIT = timedelta(seconds=110)
"""A run may spend 30 s on beginning messages, and then the conversation about the last of them."""
CLOCK_CHANGES_IN = 2
"""Between 02:00 and 02:59 the clock may jump: an hour there comes twice or not at all."""


@dataclass(frozen=True, slots=True)
class Job:
    """``function`` (a dotted path without arguments) runs each minute, or once a day at ``at`` on the local clock."""

    name: str
    function: str
    at: time | None = None
    limit: timedelta = timedelta(seconds=60)

    @property
    def schedule(self) -> dict[str, object]:
        """The fields of its row, but for the next run."""
        return {
            "func": self.function,
            "schedule_type": Schedule.MINUTES if self.at is None else Schedule.DAILY,
            "minutes": 1 if self.at is None else None,
            "kwargs": f"q_options={{'timeout': {int(self.limit.total_seconds())}}}",
            "repeats": -1,
        }

    def first_run(self, now: datetime) -> datetime:
        """The next moment at which it is due."""
        if self.at is None:
            return now
        local = timezone.localtime(now)
        today = datetime.combine(local.date(), self.at, local.tzinfo)
        return today if today > now else datetime.combine(local.date() + timedelta(days=1), self.at, local.tzinfo)


_jobs: dict[str, Job] = {}


def register_job(job: Job) -> None:
    """Have ``job`` done from the next migration or ``ensure_schedules`` on."""
    if job.at is not None and job.at.hour == CLOCK_CHANGES_IN:
        raise ValueError(f"{job.name}: no job between 02:00 and 02:59, where the clock changes")
    if job.limit >= timedelta(seconds=cast("int", settings.Q_CLUSTER["retry"])):
        raise ValueError(f"{job.name}: it would be started again while it still runs")
    _jobs[job.name] = job


def registered_jobs() -> list[Job]:
    """All jobs of all rooms, by name."""
    return sorted(_jobs.values(), key=lambda job: job.name)


def ensure_schedules(now: datetime) -> None:
    """Make the rows of the jobs what they must be; may be repeated at any time."""
    with transaction.atomic():
        ours = Schedule.objects.filter(name__startswith=PREFIX)
        ours.exclude(name__in=[PREFIX + job.name for job in registered_jobs()]).delete()
        for job in registered_jobs():
            row, *doubles = [*ours.filter(name=PREFIX + job.name).order_by("pk")] or [None]
            ours.filter(pk__in=[double.pk for double in doubles if double]).delete()
            if row is None or not _runs_at(row, job):
                Schedule.objects.update_or_create(
                    name=PREFIX + job.name, defaults={**job.schedule, "next_run": job.first_run(now)}
                )
            else:
                ours.filter(pk=row.pk).update(**job.schedule)


def _runs_at(row: Schedule, job: Job) -> bool:
    """Whether the row's next run is at the job's hour."""
    return bool(row.next_run) and (job.at is None or timezone.localtime(row.next_run).time() == job.at)


def nudge() -> None:
    """Have the outbox emptied as soon as this transaction is committed, rather than within a minute.

    The request is a row of the same database, so it is part of the transaction.
    """
    async_task(DELIVER, timeout=int(DELIVERY_LIMIT.total_seconds()))


def last_sign_of_life() -> datetime | None:
    """When the worker last finished something."""
    stopped: datetime | None = Task.objects.order_by("-stopped").values_list("stopped", flat=True).first()
    return stopped
