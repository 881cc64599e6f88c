import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Intent(models.Model):
    """A command as its client named it; the same id gives the same answer, for ever.

    ``result`` is a reference to what the command made, never a copy of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    command = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    result = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.command} {self.id}"


class AccessEntry(models.Model):
    """Who saw or exported a person, when, what and why."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=40)
    subject = models.CharField(max_length=120)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("access log entry")
        verbose_name_plural = _("access log")

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"


class Spending(models.Model):
    """What one budget has used up in one window of time; the key is hashed, so no address is kept."""

    key = models.CharField(max_length=64)
    window = models.BigIntegerField()
    count = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["key", "window"], name="one_spending_per_window"),)

    def __str__(self) -> str:
        return f"{self.count} of {self.key[:8]}"


class Nonce(models.Model):
    """A number used once by a signed request."""

    owner = models.CharField(max_length=60)
    value = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["owner", "value"], name="nonce_used_once"),)

    def __str__(self) -> str:
        return f"{self.owner} {self.value}"
