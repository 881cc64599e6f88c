from django.db import models
from django.utils.translation import gettext_lazy as _


class Weekday(models.IntegerChoices):
    """Numbered as ``date.weekday()``."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Role(models.TextChoices):
    CLERK = "clerk", _("clerk")
    RECEPTION = "reception", _("reception")
    EDITOR = "editor", _("editor")
    MANAGER = "manager", _("manager")
    HELPER = "helper", _("books for others")


class PrinterState(models.TextChoices):
    """What the bridge of a kiosk says of its printer."""

    OK = "ok", _("works")
    PAPER_LOW = "paper_low", _("paper nearly at its end")
    PAPER_OUT = "paper_out", _("out of paper")
    COVER_OPEN = "cover_open", _("cover open")
    OFFLINE = "offline", _("does not answer")
    UNKNOWN = "unknown", _("not known")


class ScannerState(models.TextChoices):
    """What the bridge of a kiosk says of its scanner."""

    OK = "ok", _("works")
    MISSING = "missing", _("not found")
    NONE = "none", _("there is none")


class Provided(models.TextChoices):
    """How far a place is accessible."""

    YES = "yes", _("yes")
    PARTLY = "partly", _("partly")
    NO = "no", _("no")
    UNKNOWN = "unknown", _("not known")
