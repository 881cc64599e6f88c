from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A member of staff. Citizens have no account here."""

    language = models.CharField(_("language"), max_length=5, default="fr")

    class Meta(AbstractUser.Meta):
        db_table = "accounts_user"
        verbose_name = _("staff member")  # type: ignore[assignment]
        verbose_name_plural = _("staff members")  # type: ignore[assignment]

    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]
