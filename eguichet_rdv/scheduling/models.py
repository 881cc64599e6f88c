"""When: the agenda and the appointments in it."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.common.cells import time_of
from eguichet_rdv.scheduling.enums import (
    AppointmentEventKind,
    AppointmentState,
    CancelledBy,
    Channel,
    ReservationKind,
)
from eguichet_rdv.townhall.models import Counter, Location


class AgendaDay(models.Model):
    """A projection of one counter's day, for speed; ``Claim`` is the truth.

    ``lanes`` names the sets of channels and procedures the counter is open for (see ``domain.lanes``); ``open`` is
    their masks one after the other, ``taken`` one mask. A mask has ``MASK_BYTES`` bytes, little-endian; bit i is the
    cell local midnight + i.
    """

    counter = models.ForeignKey(Counter, on_delete=models.CASCADE, related_name="agenda_days")
    date = models.DateField()
    lanes = models.TextField(blank=True)
    open = models.BinaryField(default=bytes)
    taken = models.BinaryField(default=bytes)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["counter", "date"], name="one_agenda_day"),)

    def __str__(self) -> str:
        return f"{self.counter_id} {self.date}"


class Visitor(models.Model):
    """Who comes. Its own row, so that it can be erased without touching statistics.

    ``birth_date`` is ISO text in which an unknown month or day is ``00``.
    """

    last_name = models.CharField(_("last name"), max_length=120, blank=True)
    first_name = models.CharField(_("first name"), max_length=120, blank=True)
    birth_date = models.CharField(_("date of birth"), max_length=10, blank=True, db_index=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("telephone"), max_length=20, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("visitor")
        verbose_name_plural = _("visitors")

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class Appointment(models.Model):
    """A visit agreed on. Moving it keeps row, reference, tokens and calendar uid and raises ``version``."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(_("reference"), max_length=6, unique=True)
    version = models.PositiveIntegerField(default=0)
    generation = models.PositiveIntegerField(default=1)
    check_in_digest = models.CharField(max_length=64, unique=True)
    manage_digest = models.CharField(max_length=64, unique=True)
    activate_digest = models.CharField(max_length=64, null=True, unique=True)
    confirm_by = models.DateTimeField(
        _("address to be confirmed by"),
        null=True,
        blank=True,
        db_index=True,
        help_text=_("Stays when it has been confirmed."),
    )
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="appointments")
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    owner = models.CharField(max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=5)
    needs = models.JSONField(_("needs"), default=list, blank=True)
    answers = models.JSONField(_("answers"), default=dict, blank=True)
    state = models.CharField(
        _("state"), max_length=15, choices=AppointmentState, default=AppointmentState.CONFIRMED, db_index=True
    )
    visitor = models.OneToOneField(
        Visitor, on_delete=models.SET_NULL, null=True, blank=True, related_name="appointment", verbose_name=_("visitor")
    )
    start = models.DateTimeField(_("start"), db_index=True)
    end = models.DateTimeField(_("end"))
    date = models.DateField(_("day"), db_index=True, help_text=_("On the calendar of the location."))
    created_at = models.DateTimeField(auto_now_add=True)
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.CharField(max_length=15, choices=CancelledBy, blank=True)
    cancel_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ("start", "id")
        constraints = (
            models.CheckConstraint(condition=models.Q(end__gt=models.F("start")), name="appointment_ends_after_start"),
            models.CheckConstraint(
                condition=~models.Q(state=AppointmentState.AWAITING_EMAIL)
                | models.Q(confirm_by__isnull=False, activate_digest__isnull=False),
                name="awaiting_ends",
            ),
        )

    def __str__(self) -> str:
        return self.reference

    @property
    def persons(self) -> int:
        """How many people come."""
        return max((item.persons for item in self.items.all()), default=1)


class AppointmentItem(models.Model):
    """One procedure of a visit. ``minutes`` is what it took in the agenda when it was booked."""

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="items")
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="+")
    persons = models.PositiveSmallIntegerField(default=1)
    minutes = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["appointment", "procedure"], name="procedure_once_per_appointment"),
            models.CheckConstraint(condition=models.Q(persons__gte=1), name="item_for_somebody"),
        )

    def __str__(self) -> str:
        return f"{self.appointment_id} {self.procedure_id} ×{self.persons}"


class Reservation(models.Model):
    """A run of cells of one counter that belongs to somebody or something."""

    counter = models.ForeignKey(Counter, on_delete=models.PROTECT, related_name="reservations")
    first_cell = models.BigIntegerField()
    cells = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=ReservationKind)
    position = models.PositiveSmallIntegerField(default=0)
    holder = models.CharField(max_length=64, blank=True, db_index=True)
    extensions = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField(null=True, blank=True, db_index=True)
    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, null=True, blank=True, related_name="reservations"
    )

    class Meta:
        ordering = ("position", "first_cell")
        constraints = (
            models.CheckConstraint(condition=models.Q(cells__gte=1), name="reservation_takes_time"),
            models.CheckConstraint(
                condition=models.Q(kind=ReservationKind.APPOINTMENT, appointment__isnull=False)
                | ~models.Q(kind=ReservationKind.APPOINTMENT),
                name="reservation_of_appointment",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=ReservationKind.HOLD) | models.Q(expires_at__isnull=False),
                name="holds_end",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=ReservationKind.COOLING)
                | models.Q(expires_at__isnull=False, appointment__isnull=True),
                name="cooling_ends_and_is_nobodys",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.counter_id} {time_of(self.first_cell):%Y-%m-%d %H:%M}Z +{self.cells}"


class Claim(models.Model):
    """One cell of one counter belongs to one reservation. This is the truth: the database refuses the second."""

    counter = models.ForeignKey(Counter, on_delete=models.PROTECT, related_name="+", db_index=False)
    cell = models.BigIntegerField()
    reservation = models.ForeignKey(Reservation, on_delete=models.CASCADE, related_name="claims")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["counter", "cell"], name="one_claim_per_cell"),)

    def __str__(self) -> str:
        return f"{self.counter_id}/{self.cell}"


class AppointmentEvent(models.Model):
    """The history of an appointment, append-only."""

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=AppointmentEventKind)
    at = models.DateTimeField()
    version = models.PositiveIntegerField()
    start = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    intent = models.UUIDField(null=True)

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.appointment_id} {self.kind}"


class PersonGuard(models.Model):
    """One future appointment per person and procedure booked online; the person is a keyed hash."""

    procedure = models.ForeignKey(Procedure, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="guards")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["procedure", "digest"], name="one_future_visit_per_person"),)

    def __str__(self) -> str:
        return f"{self.procedure_id} {self.digest[:8]}"


class LateOffer(models.Model):
    """How many people were shown, on one day, that the first free time lies beyond their legal deadline. No identity."""

    procedure = models.ForeignKey(Procedure, on_delete=models.CASCADE, related_name="+")
    date = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-date", "procedure")
        constraints = (models.UniqueConstraint(fields=["procedure", "date"], name="one_late_offer_per_day"),)

    def __str__(self) -> str:
        return f"{self.procedure_id} {self.date} {self.count}"


class Watch(models.Model):
    """Somebody asked to be told, once, when a time is free for a wish; nothing is kept of them but where to write."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="+")
    wish = models.JSONField(help_text="Service code, procedure code and persons, one after the other.")
    digest = models.CharField(max_length=64, blank=True, help_text="Keyed hash of mailbox and wish while it is open.")
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=5)
    asked_at = models.DateTimeField()
    until = models.DateTimeField(db_index=True)
    before = models.DateTimeField(null=True, help_text="Only a time earlier than this one is worth a message.")
    told_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("asked_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["digest"], condition=models.Q(told_at__isnull=True), name="one_open_watch_per_mailbox_and_wish"
            ),
            models.CheckConstraint(
                condition=models.Q(told_at__isnull=True, email__gt="", digest__gt="")
                | models.Q(told_at__isnull=False, email="", digest=""),
                name="told_watch_keeps_no_address",
            ),
        )

    def __str__(self) -> str:
        return str(self.uid)
