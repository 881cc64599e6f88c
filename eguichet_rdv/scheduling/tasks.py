"""What the worker does for the agenda by the clock."""

from datetime import time, timedelta

from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from eguichet_rdv.ledger.domain.sweep import sweep_ledger
from eguichet_rdv.messaging.jobs import Job, register_job
from eguichet_rdv.scheduling import reminders
from eguichet_rdv.scheduling.domain import absent, agenda, confirm, erase, watch


def sweep() -> int:
    """Free what is kept no longer: holds, times that have cooled down, addresses nobody confirmed."""
    now = timezone.now()
    return confirm.sweep_unconfirmed(now) + agenda.sweep_holds(now)


def remind_again() -> int:
    """Queue the second reminders that are due."""
    return reminders.queue_second_reminders(timezone.now())


def tell_watchers() -> int:
    """Tell those who asked that a time is free."""
    return watch.tell_watchers(timezone.now())


def extend() -> int:
    """Add the days that have come within the horizon."""
    return agenda.extend_agenda(timezone.now())


def check() -> int:
    """Compare the projection with the truth and repair it; how many days were wrong."""
    return len(agenda.check_agenda(timezone.now(), repair=True))


def mark_absent() -> int:
    """Write down who did not come yesterday."""
    return absent.mark_absent(timezone.now())


def erase_past() -> int:
    """Erase the identities that are no longer needed."""
    now = timezone.now()
    return erase.erase_past(now) + watch.forget_watches(now)


def forget_traces() -> int:
    """Delete ended sessions (abandoned bookings hold names) and what the ledger need not keep."""
    SessionStore.clear_expired()
    return sweep_ledger(timezone.now())


def register_jobs() -> None:
    """Called once when the application is ready."""
    long = timedelta(seconds=110)
    path = "eguichet_rdv.scheduling.tasks."
    register_job(Job("sweep holds", path + "sweep"))
    register_job(Job("remind again", path + "remind_again"))
    register_job(Job("tell of free times", path + "tell_watchers"))
    register_job(Job("extend agenda", path + "extend", at=time(3, 10), limit=long))
    register_job(Job("mark absent", path + "mark_absent", at=time(3, 25)))
    register_job(Job("erase identities", path + "erase_past", at=time(3, 50), limit=long))
    register_job(Job("forget traces", path + "forget_traces", at=time(3, 55), limit=long))
    register_job(Job("check agenda", path + "check", at=time(4, 10), limit=long))
