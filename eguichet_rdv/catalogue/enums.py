from django.db import models
from django.utils.translation import gettext_lazy as _


class PluginStatus(models.TextChoices):
    ACTIVE = "active", _("active")
    DISABLED = "disabled", _("disabled")
    BROKEN = "broken", _("broken")
    INCOMPATIBLE = "incompatible", _("incompatible")
    MISSING = "missing", _("no longer installed")


class BookingMode(models.TextChoices):
    """How a procedure is had; the values are those of the plugin contract's ``Mode``."""

    ONLINE = "online", _("online or through a clerk")
    CLERK = "clerk", _("through a clerk only")
    CONVOCATION = "convocation", _("with a convocation code only")
    WALK_IN = "walk_in", _("without appointment")
    POST = "post", _("by post or e-mail")
    EGUICHET = "eguichet", _("in the e-guichet")
