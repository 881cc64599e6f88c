"""The outbox in the CMS: what could not be sent comes first; nothing can be changed, no address is shown."""

from typing import Any

from django.db.models import Case, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views.generic import IndexView
from wagtail.admin.viewsets.model import ModelViewSet

from eguichet_rdv.common.permissions import limit_actions
from eguichet_rdv.messaging.domain.builders import label_of
from eguichet_rdv.messaging.enums import MessageState
from eguichet_rdv.messaging.models import Message

# What was sent is history.
limit_actions(Message, "view")


class MessageIndexView(IndexView):
    """Failures first, then the newest."""

    default_ordering = ("urgency", "-due_at")

    def get_base_queryset(self) -> QuerySet[Message]:
        """All messages, with 0 for those somebody has to look at."""
        urgency = Case(When(state=MessageState.PARKED, then=Value(0)), default=Value(1))
        messages: QuerySet[Message] = super().get_base_queryset().annotate(urgency=urgency)
        return messages


class MessageViewSet(ModelViewSet):
    """« Messages »: what was sent, what waits, what failed and why."""

    model = Message
    icon = "mail"
    menu_label = _("Messages")
    menu_order = 130
    add_to_admin_menu = True
    copy_view_enabled = False
    inspect_view_enabled = True
    form_fields = ["kind"]
    index_view_class = MessageIndexView
    list_filter = ["state", "kind"]
    search_fields = ["subject_ref"]
    list_display = [
        Column("subject_ref", label=_("About")),
        Column("kind", label=_("Kind"), accessor=lambda message: label_of(message.kind)),
        Column("state", label=_("State"), accessor="get_state_display"),
        DateColumn("due_at", label=_("Due")),
        Column("attempts", label=_("Attempts")),
        Column("problem", label=_("Problem")),
    ]
    inspect_view_fields = [
        *("subject_ref", "kind", "channel", "state", "due_at", "not_after", "attempts", "problem", "sent_at")
    ]

    def get_permissions_to_register(self) -> Any:
        """Only seeing can be granted."""
        return super().get_permissions_to_register().filter(codename__startswith="view_")


@hooks.register("register_admin_viewset")
def register_messages() -> MessageViewSet:
    """Show the outbox in the sidebar."""
    return MessageViewSet("messages")
