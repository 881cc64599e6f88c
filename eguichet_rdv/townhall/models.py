"""Where: places, their zones, counters and hours, and who works there."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from eguichet_rdv.catalogue.models import Procedure, Service
from eguichet_rdv.townhall.enums import PrinterState, Provided, Role, ScannerState, Weekday

ZONE_CODE = RegexValidator(r"^[A-Z]$", _("Take one capital letter."))

LONGEST_SECOND_REMINDER = 23
"""Hours; the first reminder comes a day before."""


LONGEST_NOTICE = 120


def check_notices(text: str) -> None:
    """Refuse a line that no screen can show at once."""
    if any(len(line.strip()) > LONGEST_NOTICE for line in text.splitlines()):
        raise ValidationError(_("A line is too long: 120 characters at most."))


def check_timezone(name: str) -> None:
    """Refuse a name that is no time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValidationError(_("This is not a time zone; write for example Europe/Brussels.")) from error


class Location(models.Model):
    """A building where people are received, with the rules of its hall."""

    slug = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    municipality = models.CharField(_("municipality"), max_length=120)
    street = models.CharField(_("street and number"), max_length=160)
    postcode = models.CharField(_("postcode"), max_length=10)
    city = models.CharField(_("city"), max_length=80)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    timezone = models.CharField(_("time zone"), max_length=60, default="Europe/Brussels", validators=[check_timezone])
    wheelchair = models.CharField(_("wheelchair access"), max_length=8, choices=Provided, default=Provided.UNKNOWN)
    toilets = models.CharField(_("accessible toilets"), max_length=8, choices=Provided, default=Provided.UNKNOWN)
    parking = models.CharField(_("accessible parking"), max_length=8, choices=Provided, default=Provided.UNKNOWN)
    tolerance_minutes = models.PositiveSmallIntegerField(
        _("tolerance in minutes"), default=10, help_text=_("Early or late within this, the booked hour counts.")
    )
    late_penalty_minutes = models.PositiveSmallIntegerField(
        _("penalty for coming later, in minutes"),
        default=10,
        help_text=_("Somebody too late is due so long after their arrival; at most the head start below."),
    )
    walk_in_offset_minutes = models.PositiveSmallIntegerField(
        _("head start of appointments over walk-ins, in minutes"),
        default=30,
        help_text=_(
            "Somebody without appointment is due so long after their arrival. They may be passed for as long again, "
            "where they would delay somebody with an appointment."
        ),
    )
    priority_minutes = models.PositiveSmallIntegerField(
        _("head start of somebody given priority, in minutes"),
        default=15,
        db_default=15,
        help_text=_("A clerk gives priority once to one person, with a reason that stays in the history. 0: nobody."),
    )
    check_in_minutes = models.PositiveSmallIntegerField(
        _("check-in opens so many minutes before the hour"),
        null=True,
        blank=True,
        help_text=_("Empty: the whole day; early people simply wait for their hour."),
    )
    no_show_calls = models.PositiveSmallIntegerField(
        _("calls before somebody counts as absent"),
        default=2,
        help_text=_("Who comes back later gets the same number and waits behind those already due."),
    )
    recall_minutes = models.PositiveSmallIntegerField(
        _("minutes between two calls of one person"),
        default=2,
        help_text=_("So long after the last call, somebody who did not come may be marked absent."),
    )
    walking_minutes = models.PositiveSmallIntegerField(
        _("minutes to walk from one counter to the next"), default=5, help_text=_("A multiple of five.")
    )
    second_reminder_hours = models.PositiveSmallIntegerField(
        _("second reminder, so many hours before"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_SECOND_REMINDER)],
        help_text=_("Empty: none. The first comes the day before at the same hour."),
    )

    class Meta:
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(second_reminder_hours__isnull=True)
                | models.Q(second_reminder_hours__range=(1, LONGEST_SECOND_REMINDER)),
                name="second_reminder_after_the_first",
            ),
            models.CheckConstraint(
                condition=models.Q(late_penalty_minutes__lte=models.F("walk_in_offset_minutes")),
                name="late_penalty_at_most_walk_in_offset",
                violation_error_message=_("Somebody late must not wait longer than somebody without appointment."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def tz(self) -> ZoneInfo:
        """The zone of the clock on the wall."""
        return ZoneInfo(self.timezone)

    @property
    def address(self) -> str:
        """One line: street, postcode and city."""
        return f"{self.street}, {self.postcode} {self.city}"

    @property
    def tolerance(self) -> timedelta:
        """How far from the booked hour still counts as on time."""
        return timedelta(minutes=self.tolerance_minutes)

    def local(self, moment: datetime) -> datetime:
        """``moment`` on the clock on the wall of this place."""
        return moment.astimezone(self.tz)


class WaitingZone(models.Model):
    """Where people wait; the letter is printed on the ticket."""

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="zones")
    code = models.CharField(_("letter"), max_length=1, validators=[ZONE_CODE])
    name = models.CharField(_("name"), max_length=80, blank=True)
    limit = models.PositiveSmallIntegerField(
        _("most persons at once"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "Who comes along counts. When so many are there, kiosks give no more tickets without appointment for this "
            "zone; the reception may, and appointments always check in. Empty: no limit."
        ),
    )

    class Meta:
        verbose_name = _("waiting zone")
        verbose_name_plural = _("waiting zones")
        ordering = ("location", "code")
        constraints = (
            models.UniqueConstraint(fields=["location", "code"], name="one_zone_per_letter"),
            models.CheckConstraint(
                condition=models.Q(limit__isnull=True) | models.Q(limit__gte=1), name="zone_has_room_for_somebody"
            ),
        )

    def __str__(self) -> str:
        return self.code


class Counter(models.Model):
    """A counter with one clerk at a time."""

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="counters")
    zone = models.ForeignKey(WaitingZone, on_delete=models.PROTECT, related_name="counters")
    name = models.CharField(_("number"), max_length=10, help_text=_("What screens and voice say: 5, 12, B2."))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    procedures = models.ManyToManyField(Procedure, related_name="counters", verbose_name=_("procedures"), blank=True)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("counter")
        verbose_name_plural = _("counters")
        ordering = ("location", "position", "name")
        constraints = (models.UniqueConstraint(fields=["location", "name"], name="one_counter_per_name"),)

    def __str__(self) -> str:
        return self.name


class OpeningPeriod(models.Model):
    """A wall-clock rule: this counter is open for these channels on these days."""

    counter = models.ForeignKey(Counter, on_delete=models.CASCADE, related_name="periods")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    opens = models.TimeField(_("from"))
    closes = models.TimeField(_("to"))
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    every_weeks = models.PositiveSmallIntegerField(
        _("every n weeks"), default=1, help_text=_("Counted from the first day of validity.")
    )
    nth_of_month = models.PositiveSmallIntegerField(
        _("only the n-th of the month"), null=True, blank=True, help_text=_("1 = the first such weekday of the month.")
    )
    for_online = models.BooleanField(_("online"), default=True)
    for_clerk = models.BooleanField(_("through a clerk"), default=True)
    for_walk_in = models.BooleanField(_("without appointment"), default=True)
    releases_at = models.TimeField(
        _("opens for everybody at"), null=True, blank=True, help_text=_("On the same day; empty: at once.")
    )
    procedures = models.ManyToManyField(
        Procedure, blank=True, verbose_name=_("procedures"), help_text=_("None chosen: all this counter handles.")
    )

    class Meta:
        verbose_name = _("opening period")
        verbose_name_plural = _("opening periods")
        ordering = ("counter", "weekday", "opens")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(closes__gt=models.F("opens")),
                name="period_ends_after_it_begins",
                violation_error_message=_("The period must end after it begins, on the same day."),
            ),
            models.CheckConstraint(
                condition=models.Q(for_online=False) | models.Q(for_clerk=True),
                name="clerks_may_book_what_is_online",
                violation_error_message=_("What can be booked online can also be booked by a clerk."),
            ),
            models.CheckConstraint(condition=models.Q(every_weeks__gte=1), name="period_repeats_weekly_at_most"),
            models.CheckConstraint(
                condition=models.Q(every_weeks=1) | models.Q(valid_from__isnull=False),
                name="period_counts_weeks_from_a_day",
                violation_error_message=_("Say from which day the weeks are counted."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.counter} {self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"

    def clean(self) -> None:
        """Refuse hours off the grid of five minutes."""
        hours: tuple[time | None, ...] = (self.opens, self.closes)  # an invalid field leaves its value empty
        for moment in hours:
            if moment is not None and (moment.minute % 5 or moment.second):
                raise ValidationError(_("Hours are in steps of five minutes."))


class DatedException(models.Model):
    """Shared shape of closures and exceptional openings: where and when the weekly rules do not count."""

    location = models.ForeignKey(Location, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    counter = models.ForeignKey(Counter, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    first_date = models.DateField(_("first day"))
    last_date = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=160, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class Closure(DatedException):
    """Days, or hours of days, when a place, a counter or a service is closed."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, null=True, blank=True, related_name="closures")
    opens = models.TimeField(_("from"), null=True, blank=True, help_text=_("Empty: the whole day."))
    closes = models.TimeField(_("to"), null=True, blank=True)

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        ordering = ("first_date",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(last_date__gte=models.F("first_date")), name="closure_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=models.Q(location__isnull=False, counter__isnull=True, service__isnull=True)
                | models.Q(location__isnull=True, counter__isnull=False, service__isnull=True)
                | models.Q(location__isnull=True, counter__isnull=True, service__isnull=False),
                name="closure_has_one_scope",
                violation_error_message=_("Choose one of location, counter or service."),
            ),
            models.CheckConstraint(
                condition=models.Q(opens__isnull=True, closes__isnull=True) | models.Q(closes__gt=models.F("opens")),
                name="closure_hours_in_order",
            ),
        )

    def __str__(self) -> str:
        return f"{self.counter or self.service or self.location} {self.first_date} {self.reason}"


class ExceptionalOpening(DatedException):
    """Hours added to a day; a narrower or later row wins over a closure."""

    opens = models.TimeField(_("from"))
    closes = models.TimeField(_("to"))
    for_online = models.BooleanField(_("online"), default=True)
    for_clerk = models.BooleanField(_("through a clerk"), default=True)
    for_walk_in = models.BooleanField(_("without appointment"), default=True)

    class Meta:
        verbose_name = _("exceptional opening")
        verbose_name_plural = _("exceptional openings")
        ordering = ("first_date",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(last_date__gte=models.F("first_date")), name="opening_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=models.Q(location__isnull=False, counter__isnull=True)
                | models.Q(location__isnull=True, counter__isnull=False),
                name="opening_has_one_scope",
                violation_error_message=_("Choose a location or a counter."),
            ),
            models.CheckConstraint(condition=models.Q(closes__gt=models.F("opens")), name="opening_hours_in_order"),
        )

    def __str__(self) -> str:
        return f"{self.counter or self.location} {self.first_date} {self.opens:%H:%M}–{self.closes:%H:%M}"


class Kiosk(models.Model):
    """A kiosk. Its device key is derived from ``slug`` and ``generation``: raising it revokes the key.

    Every day it may be used from ``opens`` to ``closes``, without them always. ``restart_at``: when staff last asked its
    page to start afresh.
    """

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="kiosks")
    slug = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    generation = models.PositiveIntegerField(default=1, editable=False)
    revoked = models.BooleanField(_("revoked"), default=False)
    locked = models.BooleanField(_("locked"), default=False)
    opens = models.TimeField(_("opens"), null=True, blank=True, help_text=_("Before this hour the kiosk is closed."))
    closes = models.TimeField(_("closes"), null=True, blank=True, help_text=_("From this hour on the kiosk is closed."))
    restart_at = models.DateTimeField(null=True, blank=True, editable=False)
    seen_at = models.DateTimeField(_("last sign of life"), null=True, blank=True, editable=False)
    printer = models.CharField(_("printer"), max_length=20, choices=PrinterState, blank=True, editable=False)
    scanner = models.CharField(_("scanner"), max_length=20, choices=ScannerState, blank=True, editable=False)
    version = models.CharField(_("version"), max_length=40, blank=True, editable=False)
    backlog = models.PositiveIntegerField(_("not yet uploaded"), default=0, editable=False)

    class Meta:
        constraints = (
            # Both or neither, and within one day.
            models.CheckConstraint(
                condition=models.Q(opens=None, closes=None)
                | models.Q(opens__isnull=False, closes__isnull=False, opens__lt=models.F("closes")),
                name="kiosk_opens_before_it_closes",
                violation_error_message=_("Give both hours, the opening before the closing, or none."),
            ),
        )
        verbose_name = _("kiosk")
        verbose_name_plural = _("kiosks")
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name


class CallScreen(models.Model):
    """A screen in the hall; without a zone it shows all of them."""

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="screens")
    zone = models.ForeignKey(WaitingZone, on_delete=models.PROTECT, null=True, blank=True, related_name="screens")
    slug = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    sound = models.BooleanField(
        _("gong and voice"),
        default=True,
        db_default=True,
        help_text=_("Of several screens that are heard in one room, only one should speak."),
    )
    shows_waits = models.BooleanField(
        _("show waiting times"),
        default=False,
        db_default=False,
        help_text=_("For somebody without appointment who comes now, by service, at the foot of the screen."),
    )
    notices = models.TextField(
        _("notices"),
        blank=True,
        default="",
        db_default="",
        validators=[check_notices],
        help_text=_("One a line, shown one after the other at the foot of the screen; 120 characters each at most."),
    )
    seen_at = models.DateTimeField(_("last sign of life"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("call screen")
        verbose_name_plural = _("call screens")
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name


class Assignment(models.Model):
    """What a member of staff may do, at one location or at all of them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="assignments")
    location = models.ForeignKey(Location, on_delete=models.CASCADE, null=True, blank=True, related_name="assignments")
    role = models.CharField(_("role"), max_length=10, choices=Role)

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = (
            models.UniqueConstraint(fields=["user", "location", "role"], name="one_assignment_per_role"),
            # SQLite takes every NULL for another one: « everywhere » needs a rule of its own.
            models.UniqueConstraint(
                fields=["user", "role"], condition=models.Q(location=None), name="one_assignment_everywhere"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"
