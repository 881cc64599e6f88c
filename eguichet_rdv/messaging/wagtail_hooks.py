"""Messages in the CMS: what was sent and what was not, and the words they are made of. No address is shown."""

from typing import Any

from django.db.models import Case, QuerySet, Value, When
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.generic import IndexView
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup

from eguichet_rdv.common.permissions import limit_actions
from eguichet_rdv.messaging import views
from eguichet_rdv.messaging.domain.builders import label_of
from eguichet_rdv.messaging.domain.wordings import declared_words, registered_wordings
from eguichet_rdv.messaging.enums import FAILED
from eguichet_rdv.messaging.forms import MessageTextForm
from eguichet_rdv.messaging.models import Message, MessageText

# What was sent is history; which messages there are is the program's affair.
limit_actions(Message, "view")
limit_actions(MessageText, "view", "change")


class MessageIndexView(IndexView):
    """Failures first, then the newest."""

    default_ordering = ("urgency", "-due_at")

    def get_base_queryset(self) -> QuerySet[Message]:
        """All messages, with 0 for those somebody has to look at."""
        urgency = Case(When(state__in=FAILED, then=Value(0)), default=Value(1))
        messages: QuerySet[Message] = super().get_base_queryset().annotate(urgency=urgency)
        return messages


class MessageViewSet(ModelViewSet):
    """« Messages »: what was sent, what waits, what failed and why."""

    model = Message
    name = "messages"
    icon = "mail"
    menu_label = _("Sent and waiting")
    copy_view_enabled = False
    inspect_view_enabled = True
    inspect_template_name = "messaging/inspect.html"
    form_fields = ["kind"]
    index_view_class = MessageIndexView
    list_filter = ["state", "kind"]
    search_fields = ["subject_ref"]
    list_display = [
        TitleColumn(
            "kind", label=_("Kind"), accessor=lambda message: label_of(message.kind), url_name="messages:inspect"
        ),
        Column("subject_ref", label=_("About")),
        Column("state", label=_("State"), accessor="get_state_display"),
        DateColumn("due_at", label=_("Due")),
        Column("attempts", label=_("Attempts")),
        Column("problem", label=_("Problem")),
    ]
    inspect_view_fields = [
        *("subject_ref", "kind", "channel", "state", "due_at", "not_after", "attempts", "problem", "sent_at")
    ]

    def get_urlpatterns(self) -> list[Any]:
        """One more: « try again »."""
        return [*super().get_urlpatterns(), path("again/<int:pk>/", views.send_again, name="again")]

    def get_permissions_to_register(self) -> Any:
        """Only seeing can be granted."""
        return super().get_permissions_to_register().filter(codename__startswith="view_")


class TextIndexView(IndexView):
    """One row per message and language."""

    default_ordering = ("kind", "language")

    def get_base_queryset(self) -> QuerySet[MessageText]:
        """Without those of a message that no longer exists."""
        texts: QuerySet[MessageText] = super().get_base_queryset().filter(kind__in=registered_wordings())
        return texts


def _say_subject(own: MessageText) -> str:
    return own.subject or declared_words(own.kind, own.language).subject


def _say_whose(own: MessageText) -> str:
    return gettext("changed here") if own.subject or own.title or own.text else gettext("built in")


class MessageTextViewSet(ModelViewSet):
    """« Texts »: the words of each message in each language."""

    model = MessageText
    name = "message-texts"
    icon = "edit"
    menu_label = _("Texts")
    copy_view_enabled = False
    list_per_page = 50
    index_view_class = TextIndexView
    edit_view_class = views.TextEditView
    edit_template_name = views.TextEditView.template_name
    list_filter = ["language"]
    list_display = [
        TitleColumn("kind", label=_("Message"), accessor=lambda own: label_of(own.kind), url_name="message-texts:edit"),
        Column("language", label=_("Language"), accessor=views.name_language),
        Column("subject", label=_("Subject"), accessor=_say_subject),
        Column("whose", label=_("Words"), accessor=_say_whose),
    ]
    edit_handler = ObjectList(
        [FieldPanel("subject"), FieldPanel("title"), FieldPanel("text")], base_form_class=MessageTextForm
    )

    def get_urlpatterns(self) -> list[Any]:
        """Two more: preview, and back to the built-in words."""
        return [
            *super().get_urlpatterns(),
            path("preview/<int:pk>/", views.preview_text, name="preview"),
            path("reset/<int:pk>/", views.reset_text, name="reset"),
        ]

    def get_permissions_to_register(self) -> Any:
        """Seeing and changing can be granted."""
        wanted = ("view_messagetext", "change_messagetext")
        return super().get_permissions_to_register().filter(codename__in=wanted)


class MessagesGroup(ModelViewSetGroup):
    """The entry « Messages » in the sidebar."""

    items = (MessageViewSet, MessageTextViewSet)
    menu_label = _("Messages")
    menu_icon = "mail"
    menu_order = 130


@hooks.register("register_admin_viewset")
def register_messages() -> MessagesGroup:
    """Show the outbox and the texts in the sidebar."""
    return MessagesGroup()
