"""What is offered. Declared values come from the plugins; overrides are the municipality's and win."""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from eguichet_rdv.catalogue.enums import BookingMode, PluginStatus
from eguichet_rdv.common.localized import Localized, localize
from eguichet_rdv.common.overridable import Overridable

CLOCK = RegexValidator(r"^([01]\d|2[0-3]):[0-5][05]$", _("Write the hour as 15:00, in steps of five minutes."))
LETTER = RegexValidator(r"^[A-HJ-NP-Z]$", _("Take one capital letter, not I or O."))


A_DAY = 1440
"""Minutes: no time is kept longer from everybody for the sake of one address or one delay."""


def on_grid(minutes: int) -> None:
    """Refuse a number of minutes the agenda cannot show."""
    if minutes % 5 or not 0 <= minutes <= 480:  # noqa: PLR2004
        raise ValidationError(_("Take a multiple of five minutes, at most eight hours."))


class PluginRecord(models.Model):
    """What is known of an installed plugin; a broken one is a status, never a stopped site."""

    name = models.CharField(_("name"), max_length=120)
    distribution = models.CharField(_("distribution"), max_length=120, blank=True)
    version = models.CharField(_("version"), max_length=60, blank=True)
    status = models.CharField(_("status"), max_length=15, choices=PluginStatus)
    problem = models.TextField(_("problem"), blank=True)
    seen_at = models.DateTimeField(_("seen"))

    class Meta:
        verbose_name = _("plugin")
        verbose_name_plural = _("plugins")
        ordering = ("name", "distribution")
        constraints = (
            # Two distributions may claim one name; both are listed, one of them with the problem.
            models.UniqueConstraint(fields=["name", "distribution"], name="one_record_per_plugin"),
        )

    def __str__(self) -> str:
        return self.name


class Service(models.Model):
    """A municipal service. Texts are JSON objects ``{"fr": "…", "nl": "…"}``."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    labels = models.JSONField(default=dict)
    label_overrides = models.JSONField(default=dict, blank=True)
    summaries = models.JSONField(default=dict)
    neutral_labels = models.JSONField(default=dict)
    letter_declared = models.CharField(max_length=1, validators=[LETTER])
    letter_override = models.CharField(_("letter"), max_length=1, null=True, blank=True, validators=[LETTER])
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    takes_appointments = models.BooleanField(
        _("takes appointments"),
        default=True,
        help_text=_("Unticked: the service is in the house but not in this system; say below where to go."),
    )
    where = models.JSONField(_("where to go"), default=dict, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    letter = Overridable[str]()

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ("position", "code")

    def __str__(self) -> str:
        return str(self.label())

    def label(self, language: str | None = None) -> Localized:
        """The name of the service in ``language``, else in the first language that has one."""
        return localize({**self.labels, **self.label_overrides}, language or get_language(), self.code)

    def summary(self, language: str | None = None) -> Localized:
        """What the service does, in a sentence."""
        return localize(self.summaries, language or get_language())

    def neutral_label(self, language: str | None = None) -> Localized:
        """What is said instead of a sensitive procedure."""
        return localize(self.neutral_labels, language or get_language()) or self.label(language)

    def place(self, language: str | None = None) -> Localized:
        """Where to go, for a service that takes no appointments."""
        return localize(self.where, language or get_language())


class Procedure(models.Model):
    """Something a citizen comes for.

    ``texts`` holds the declared texts as ``{"label": {"fr": "…"}, "summary": {…}, "who": {…}, "delay": {…}}``,
    ``bring`` and ``questions`` as ``[{"code": "photo", "label": {"fr": "…"}}, …]``. ``text_overrides`` has the shape of
    ``texts``, with lists of lines under ``bring``: names typed in the CMS, and what the page of each language says.
    """

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="procedures")
    code = models.SlugField(_("code"), max_length=40)
    position = models.PositiveSmallIntegerField(default=0)
    texts = models.JSONField(default=dict)
    text_overrides = models.JSONField(default=dict, blank=True)
    bring = models.JSONField(default=list)
    questions = models.JSONField(default=list)
    follows = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="followed_by")

    minutes_declared = models.PositiveSmallIntegerField(validators=[on_grid])
    minutes_override = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True, validators=[on_grid])
    extra_minutes_declared = models.PositiveSmallIntegerField(default=0, validators=[on_grid])
    extra_minutes_override = models.PositiveSmallIntegerField(
        _("minutes per extra person"), null=True, blank=True, validators=[on_grid]
    )
    max_persons_declared = models.PositiveSmallIntegerField(default=1)
    max_persons_override = models.PositiveSmallIntegerField(_("most persons"), null=True, blank=True)
    step_minutes_declared = models.PositiveSmallIntegerField(default=0, validators=[on_grid])
    step_minutes_override = models.PositiveSmallIntegerField(
        _("minutes between offered times"), null=True, blank=True, validators=[on_grid]
    )
    notice_minutes_declared = models.PositiveIntegerField(default=60)
    notice_minutes_override = models.PositiveIntegerField(_("minimum notice in minutes"), null=True, blank=True)
    horizon_days_declared = models.PositiveSmallIntegerField(default=60)
    horizon_days_override = models.PositiveSmallIntegerField(_("days ahead"), null=True, blank=True)
    last_start_declared = models.CharField(max_length=5, blank=True, validators=[CLOCK])
    last_start_override = models.CharField(
        _("last start of the day"), max_length=5, null=True, blank=True, validators=[CLOCK]
    )
    fee_cents_declared = models.PositiveIntegerField(null=True, blank=True)
    fee_cents_override = models.PositiveIntegerField(_("fee in cents"), null=True, blank=True)
    legal_deadline_days_declared = models.PositiveSmallIntegerField(null=True, blank=True)
    legal_deadline_days_override = models.PositiveSmallIntegerField(_("legal deadline in days"), null=True, blank=True)
    child_from_age_declared = models.PositiveSmallIntegerField(null=True, blank=True)
    child_from_age_override = models.PositiveSmallIntegerField(_("child comes from age"), null=True, blank=True)
    mode_declared = models.CharField(max_length=12, choices=BookingMode, default=BookingMode.ONLINE)
    mode_override = models.CharField(_("how it is had"), max_length=12, choices=BookingMode, null=True, blank=True)
    residents_only_declared = models.BooleanField(default=False)
    residents_only_override = models.BooleanField(_("residents only"), null=True, blank=True)
    sensitive_declared = models.BooleanField(default=False)
    sensitive_override = models.BooleanField(_("sensitive"), null=True, blank=True)
    online_url_declared = models.URLField(max_length=500, blank=True)
    online_url_override = models.URLField(_("address in the e-guichet"), max_length=500, null=True, blank=True)

    # What only the municipality knows: for which procedures times are scarce.
    email_minutes = models.PositiveSmallIntegerField(
        _("minutes to confirm the e-mail address"),
        null=True,
        blank=True,
        validators=[MinValueValidator(10), MaxValueValidator(A_DAY)],
        help_text=_(
            "For scarce times: an appointment made online counts only once the link in a mail has been clicked within "
            "so many minutes (10 to 1440); else the time is free again. Empty: nobody is asked."
        ),
    )
    cooling_minutes = models.PositiveSmallIntegerField(
        _("longest delay before a freed time is offered again, in minutes"),
        null=True,
        blank=True,
        validators=[MinValueValidator(10), MaxValueValidator(A_DAY)],
        help_text=_(
            "For times that are resold: a time given up returns after a random delay of at most so many minutes "
            "(10 to 1440), and at once within 48 hours of it. Empty: always at once."
        ),
    )

    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    minutes = Overridable[int]()
    extra_minutes = Overridable[int]()
    max_persons = Overridable[int]()
    step_minutes = Overridable[int]()
    notice_minutes = Overridable[int]()
    horizon_days = Overridable[int]()
    last_start = Overridable[str]()
    fee_cents = Overridable["int | None"]()
    legal_deadline_days = Overridable["int | None"]()
    child_from_age = Overridable["int | None"]()
    mode = Overridable[str]()
    residents_only = Overridable[bool]()
    sensitive = Overridable[bool]()
    online_url = Overridable[str]()

    class Meta:
        verbose_name = _("procedure")
        verbose_name_plural = _("procedures")
        ordering = ("service__position", "service__code", "position", "code")
        constraints = (
            models.UniqueConstraint(fields=["service", "code"], name="one_procedure_per_code"),
            models.CheckConstraint(
                condition=models.Q(minutes_declared__gte=5) & models.Q(minutes_override__isnull=True)
                | models.Q(minutes_override__gte=5),
                name="procedure_takes_time",
            ),
            models.CheckConstraint(
                condition=models.Q(email_minutes__isnull=True) | models.Q(email_minutes__range=(10, A_DAY)),
                name="addresses_confirmed_within_a_day",
            ),
            models.CheckConstraint(
                condition=models.Q(cooling_minutes__isnull=True) | models.Q(cooling_minutes__range=(10, A_DAY)),
                name="freed_times_return_within_a_day",
            ),
        )

    def __str__(self) -> str:
        return str(self.label())

    def text(self, name: str, language: str | None = None) -> Localized:
        """The text ``name`` (label, summary, who, delay, fee): the municipality's in that language, else the declared."""
        texts = {**self.texts.get(name, {}), **self.text_overrides.get(name, {})}
        return localize(texts, language or get_language())

    def label(self, language: str | None = None) -> Localized:
        """The name of the procedure, never empty."""
        return self.text("label", language) or Localized(self.code, settings.LANGUAGE_CODE)

    def public_label(self, language: str | None = None) -> Localized:
        """The name that may appear on messages, screens and tickets."""
        return self.service.neutral_label(language) if self.sensitive else self.label(language)

    def things_to_bring(self, language: str | None = None) -> list[Localized]:
        """What to bring, one line each: the lines of the page in that language, else the declared ones."""
        wanted = (language or get_language() or settings.LANGUAGE_CODE).partition("-")[0]
        lines = self.text_overrides.get("bring", {}).get(wanted)
        if lines:
            return [Localized(line, wanted) for line in lines]
        return [localize(item["label"], wanted, item["code"]) for item in self.bring]

    def duration(self, persons: int = 1) -> timedelta:
        """How long a visit of ``persons`` takes."""
        return timedelta(minutes=self.minutes + self.extra_minutes * (persons - 1))

    @property
    def to_confirm(self) -> bool:
        """Whether the values are still those proposed by the plugin, not looked at by an editor."""
        return self.confirmed_at is None

    @property
    def bookable_online(self) -> bool:
        """Whether citizens may book it themselves."""
        return self.mode == BookingMode.ONLINE and self.retired_at is None

    @property
    def bookable_by_clerk(self) -> bool:
        """Whether a clerk may book it for somebody."""
        return self.mode in {BookingMode.ONLINE, BookingMode.CLERK} and self.retired_at is None


class CounterKind(models.Model):
    """A kind of counter a plugin declares, with the procedures it handles."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="counter_kinds")
    code = models.SlugField(max_length=40)
    labels = models.JSONField(default=dict)
    procedures = models.ManyToManyField(Procedure, related_name="counter_kinds")
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("kind of counter")
        verbose_name_plural = _("kinds of counter")
        constraints = (models.UniqueConstraint(fields=["service", "code"], name="one_counter_kind_per_code"),)

    def __str__(self) -> str:
        return f"{self.service} – {localize(self.labels, get_language(), self.code)}"
