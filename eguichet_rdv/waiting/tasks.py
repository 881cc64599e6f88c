"""What the worker does for the hall by the clock."""

from datetime import time

from django.utils import timezone

from eguichet_rdv.messaging.jobs import Job, register_job
from eguichet_rdv.waiting.domain import end_day, pace


def end_past_days() -> int:
    """Close what yesterday left open."""
    return end_day.end_past_days(timezone.now())


def measure_pace() -> int:
    """Learn how fast the counters are, for the waiting times shown."""
    return pace.measure_pace(timezone.now())


def register_jobs() -> None:
    """Called once when the application is ready."""
    register_job(Job("measure the pace", "eguichet_rdv.waiting.tasks.measure_pace"))
    register_job(Job("end the day", "eguichet_rdv.waiting.tasks.end_past_days", at=time(0, 10)))
