from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from eguichet_rdv.messaging.enums import FAILED, MessageChannel, MessageState


class Message(models.Model):
    """One message to be sent once. Its body is built when it is sent and never kept.

    ``lease`` fences a sender that was frozen: only who still holds the lease may send.
    """

    key = models.CharField(_("key"), max_length=160, unique=True)
    kind = models.CharField(_("kind"), max_length=60)
    subject_ref = models.CharField(_("about"), max_length=80, db_index=True)
    recipient = models.CharField(_("recipient"), max_length=254, blank=True)
    channel = models.CharField(_("channel"), max_length=10, choices=MessageChannel, default=MessageChannel.EMAIL)
    state = models.CharField(_("state"), max_length=10, choices=MessageState, default=MessageState.PENDING)
    due_at = models.DateTimeField(_("due"))
    not_after = models.DateTimeField(_("not after"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    problem = models.CharField(_("problem"), max_length=300, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = (models.Index(fields=["due_at"], name="message_due", condition=models.Q(state=MessageState.PENDING)),)

    def __str__(self) -> str:
        return self.key

    @property
    def moment(self) -> datetime:
        """When it was sent, or is to be."""
        return self.sent_at or self.due_at

    @property
    def failed(self) -> bool:
        """Whether somebody was not told and staff have to look."""
        return self.state in FAILED


class MessageText(models.Model):
    """An editor's own words for one kind of message in one language; an empty field lets the built-in ones through."""

    kind = models.CharField(_("message"), max_length=60)
    language = models.CharField(_("language"), max_length=5)
    subject = models.CharField(_("subject"), max_length=150, blank=True)
    title = models.CharField(_("title"), max_length=150, blank=True)
    text = models.TextField(_("text"), max_length=5000, blank=True)

    class Meta:
        verbose_name = _("text of a message")
        verbose_name_plural = _("texts of messages")
        ordering = ("kind", "language")
        constraints = (models.UniqueConstraint(fields=["kind", "language"], name="one_text_per_kind_and_language"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.language}"
