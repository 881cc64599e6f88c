from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """How an appointment came about."""

    ONLINE = "online", _("online")
    CLERK = "clerk", _("through a clerk")
    API = "api", _("through another program")


class AppointmentState(models.TextChoices):
    AWAITING_EMAIL = "awaiting_email", _("e-mail to be confirmed")
    CONFIRMED = "confirmed", _("confirmed")
    CANCELLED = "cancelled", _("cancelled")
    HONOURED = "honoured", _("honoured")
    NO_SHOW = "no_show", _("absent")


class ReservationKind(models.TextChoices):
    HOLD = "hold", _("being entered")
    APPOINTMENT = "appointment", _("appointment")
    COOLING = "cooling", _("released later")


class CancelledBy(models.TextChoices):
    CITIZEN = "citizen", _("by the citizen")
    MUNICIPALITY = "municipality", _("by the municipality")
    NOBODY = "nobody", _("e-mail address not confirmed in time")


class Need(models.TextChoices):
    """What somebody wishes us to know; neutral words, no diagnosis."""

    WHEELCHAIR = "wheelchair", _("I come with a wheelchair")
    PUSHCHAIR = "pushchair", _("I come with a pushchair")
    HEARING = "hearing", _("I do not hear well")
    SIGHT = "sight", _("I do not see well")
    FETCH = "fetch", _("please fetch me in person")


class AppointmentEventKind(models.TextChoices):
    BOOKED = "booked", _("booked")
    CONFIRMED = "confirmed", _("e-mail address confirmed")
    MOVED = "moved", _("moved")
    CANCELLED = "cancelled", _("cancelled")
    CORRECTED = "corrected", _("corrected")
    RENEWED = "renewed", _("links renewed")
    HONOURED = "honoured", _("honoured")
    NO_SHOW = "no_show", _("absent")
