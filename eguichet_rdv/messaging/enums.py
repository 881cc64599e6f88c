from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageState(models.TextChoices):
    PENDING = "pending", _("to be sent")
    SENT = "sent", _("sent")
    DROPPED = "dropped", _("no longer needed")
    PARKED = "parked", _("could not be sent")
    RETURNED = "returned", _("came back undelivered")


FAILED = (MessageState.PARKED, MessageState.RETURNED)
"""Somebody was not told: staff have to look."""


class MessageChannel(models.TextChoices):
    EMAIL = "email", _("e-mail")
    SMS = "sms", _("SMS")
