from django.db import models
from django.utils.translation import gettext_lazy as _


class ApiKey(models.Model):
    """The right of another program to book and to cancel what it has booked. The key itself is not kept."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def owner(self) -> str:
        """What is written on the appointments booked with this key."""
        return f"api:{self.pk}"
