from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from eguichet_rdv.messaging.jobs import ensure_schedules, registered_jobs


class Command(BaseCommand):
    help = "Write the schedules of all periodic jobs; done after each migration too."

    def handle(self, *args: Any, **options: Any) -> None:
        ensure_schedules(timezone.now())
        for job in registered_jobs():
            self.stdout.write(f"{job.name}: {'each minute' if job.at is None else f'daily at {job.at:%H:%M}'}")
