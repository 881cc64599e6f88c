"""Who is in the building, in which order they are called, and what the screens show."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from eguichet_rdv.catalogue.models import Procedure, Service
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.models import Counter, Kiosk, Location, WaitingZone
from eguichet_rdv.waiting.enums import AT_COUNTER, AWAY, LIVE, ArrivalChannel, SessionState, StopEventKind, StopState


class CallTurn(models.Model):
    """The row two clerks who call at the same instant lock one after the other."""

    location = models.OneToOneField(Location, on_delete=models.CASCADE, primary_key=True, related_name="+")

    def __str__(self) -> str:
        return str(self.location_id)


class Board(models.Model):
    """``version`` rises only when what the screens show changes, by a bare update; no form edits this row."""

    location = models.OneToOneField(Location, on_delete=models.CASCADE, primary_key=True, related_name="+")
    version = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.location_id} v{self.version}"


class NumberSeries(models.Model):
    """The last ordinal given out for one letter on one day."""

    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="+")
    date = models.DateField()
    letter = models.CharField(max_length=1)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["location", "date", "letter"], name="one_series_per_letter"),)

    def __str__(self) -> str:
        return f"{self.letter}{self.last:03d} {self.date}"


class CallNumber(models.Model):
    """One number of one day: of an appointment, of a ticket, or leased to a kiosk for walk-ins."""

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    date = models.DateField()
    letter = models.CharField(max_length=1)
    ordinal = models.PositiveIntegerField()
    appointment = models.OneToOneField(
        Appointment, on_delete=models.SET_NULL, null=True, blank=True, related_name="call_number"
    )
    kiosk = models.ForeignKey(Kiosk, on_delete=models.SET_NULL, null=True, blank=True, related_name="leased_numbers")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["location", "date", "letter", "ordinal"], name="number_once_per_day"),
        )

    def __str__(self) -> str:
        return f"{self.letter}{self.ordinal:03d}"


class Ticket(models.Model):
    """One visit under one number. An appointment has one ticket, whatever happens."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    generation = models.PositiveIntegerField(default=1)
    follow_digest = models.CharField(max_length=64, unique=True)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="tickets")
    date = models.DateField(db_index=True)
    number = models.OneToOneField(CallNumber, on_delete=models.PROTECT, related_name="ticket")
    appointment = models.OneToOneField(
        Appointment, on_delete=models.PROTECT, null=True, blank=True, related_name="ticket"
    )
    zone = models.ForeignKey(WaitingZone, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(_("language"), max_length=5)
    needs = models.JSONField(default=list, blank=True)
    persons = models.PositiveSmallIntegerField(default=1)
    arrived_at = models.DateTimeField(_("arrived"))
    channel = models.CharField(max_length=10, choices=ArrivalChannel)
    kiosk = models.ForeignKey(Kiosk, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    to_clarify = models.CharField(_("to clarify"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ("arrived_at", "id")

    def __str__(self) -> str:
        return str(self.number)


class Stop(models.Model):
    """One place in the line: somebody waits for one service, is called, served, sent on.

    The order of calling is (``due_at``, ``arrived_at``, ``id``), fixed at arrival, and anew at ``back_at`` for who came
    back after being absent or gone; ``priority`` is how many minutes a clerk has taken off ``due_at``. ``brought`` names
    the things to bring that were ticked (``"item-position"``); ``note`` is for colleagues during the visit. Both are
    erased the night after. ``foreseen_low`` and ``foreseen_high`` are the minutes of waiting told at arrival, to be
    compared with what came of it.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="stops")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    zone = models.ForeignKey(WaitingZone, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=StopState, default=StopState.WAITING)
    due_at = models.DateTimeField()
    arrived_at = models.DateTimeField()
    booked_at = models.DateTimeField(null=True, blank=True)
    priority = models.PositiveSmallIntegerField(default=0)
    only_counter = models.ForeignKey(Counter, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    counter = models.ForeignKey(Counter, on_delete=models.PROTECT, null=True, blank=True, related_name="stops")
    calls = models.PositiveSmallIntegerField(default=0)
    called_at = models.DateTimeField(null=True, blank=True)
    serving_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    back_at = models.DateTimeField(null=True, editable=False)
    note = models.CharField(max_length=300, blank=True)
    brought = models.JSONField(default=list, db_default=[], blank=True)
    foreseen_low = models.PositiveSmallIntegerField(null=True, editable=False)
    foreseen_high = models.PositiveSmallIntegerField(null=True, editable=False)

    class Meta:
        ordering = ("due_at", "arrived_at", "id")
        indexes = (
            models.Index(
                fields=["location", "due_at", "arrived_at", "id"],
                name="line",
                condition=Q(state=StopState.WAITING),
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["ticket"],
                condition=Q(state__in=[str(state) for state in LIVE]),
                name="one_live_stop_per_ticket",
            ),
            models.UniqueConstraint(
                fields=["counter"],
                condition=Q(state__in=[str(state) for state in AT_COUNTER]),
                name="one_visitor_per_counter",
            ),
            models.UniqueConstraint(fields=["ticket", "position"], name="one_stop_per_position"),
            models.CheckConstraint(
                condition=~Q(state__in=[str(state) for state in AT_COUNTER]) | Q(counter__isnull=False),
                name="called_to_a_counter",
            ),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id}/{self.position} {self.state}"

    @property
    def away(self) -> bool:
        """Whether somebody was absent or has gone; they may come back."""
        return self.state in AWAY

    @property
    def out_of_line(self) -> bool:
        """Whether nobody calls them until they are here again: absent, gone or put aside."""
        return self.away or self.state == StopState.PARKED

    @property
    def awaits_party(self) -> bool:
        """Whether it is put aside until everybody is here; whom a clerk puts aside had been called before."""
        return self.state == StopState.PARKED and self.calls == 0


class StopItem(models.Model):
    """What somebody wants at a stop."""

    stop = models.ForeignKey(Stop, on_delete=models.CASCADE, related_name="items")
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="+")
    persons = models.PositiveSmallIntegerField(default=1)
    minutes = models.PositiveSmallIntegerField()
    done = models.BooleanField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["stop", "procedure"], name="procedure_once_per_stop"),)

    def __str__(self) -> str:
        return f"{self.stop_id} {self.procedure_id}"


class StopEvent(models.Model):
    """What happened, when, where and by whom: history, audit and statistics. Append-only."""

    stop = models.ForeignKey(Stop, on_delete=models.CASCADE, related_name="events")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=StopEventKind)
    at = models.DateTimeField()
    counter = models.ForeignKey(Counter, on_delete=models.PROTECT, null=True, related_name="+")
    clerk = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    intent = models.UUIDField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("at", "id")
        indexes = (models.Index(fields=["location", "-id"], name="recent_events"),)

    def __str__(self) -> str:
        return f"{self.stop_id} {self.kind}"


class CounterSession(models.Model):
    """A clerk at a counter, from sitting down to leaving."""

    counter = models.ForeignKey(Counter, on_delete=models.PROTECT, related_name="sessions")
    clerk = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="counter_sessions")
    state = models.CharField(max_length=8, choices=SessionState, default=SessionState.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["counter"], condition=~Q(state=SessionState.CLOSED), name="one_open_session_per_counter"
            ),
            models.UniqueConstraint(
                fields=["clerk"], condition=~Q(state=SessionState.CLOSED), name="one_open_session_per_clerk"
            ),
        )

    def __str__(self) -> str:
        return f"{self.counter_id} {self.clerk_id} {self.state}"


class HelpCall(models.Model):
    """A clerk asks for help at a counter; over when somebody comes or the clerk no longer needs it."""

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    counter = models.ForeignKey(Counter, on_delete=models.PROTECT, related_name="+")
    clerk = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    comes = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    comes_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("asked_at", "id")
        constraints = (
            models.UniqueConstraint(fields=["counter"], condition=Q(ended_at=None), name="one_help_call_per_counter"),
        )

    def __str__(self) -> str:
        return f"{self.counter_id} {self.asked_at:%H:%M}"


class PaceRecord(models.Model):
    """How fast the counters of a place have been lately: what forecasts of the waiting time draw from.

    ``ratios`` is ``{"service id": [nine deciles of real over planned duration]}``; ``absent`` the part of appointments
    to which nobody came. A measure that can be made again at any time.
    """

    location = models.OneToOneField(Location, on_delete=models.CASCADE, primary_key=True, related_name="+")
    ratios = models.JSONField(default=dict)
    absent = models.FloatField(default=0.0)
    measured_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.location_id} {self.measured_at:%H:%M}"


class KioskArrival(models.Model):
    """What a kiosk reported under its own running number; reported twice, it counts once."""

    kiosk = models.ForeignKey(Kiosk, on_delete=models.PROTECT, related_name="arrivals")
    seq = models.BigIntegerField()
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, null=True, related_name="+")
    outcome = models.CharField(max_length=20)
    kiosk_clock = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["kiosk", "seq"], name="kiosk_seq_once"),)

    def __str__(self) -> str:
        return f"{self.kiosk_id}/{self.seq}"
