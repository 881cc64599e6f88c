"""What editors and staff do with messages in the CMS besides listing and saving."""

from base64 import b64encode
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from wagtail.admin.views.generic import EditView
from wagtail.permissions import policy_registry

from eguichet_rdv.messaging.domain.content import Content
from eguichet_rdv.messaging.domain.retry import try_again
from eguichet_rdv.messaging.domain.wordings import Wording, Words, find_faults, find_wording, find_words
from eguichet_rdv.messaging.forms import read_words
from eguichet_rdv.messaging.models import Message, MessageText


class TextEditView(EditView):
    """The words of one message in one language, with what can be put into them and how it looks."""

    template_name = "messaging/edit_text.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the placeholders."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"wording": find_wording(self.object.kind)}

    def get_page_subtitle(self) -> str:
        """Which message, in which language."""
        return describe_text(self.object)


def describe_text(own: MessageText) -> str:
    """``reminder of an appointment – French``."""
    wording = find_wording(own.kind)
    return f"{wording.label if wording else own.kind} – {name_language(own)}"


def name_language(own: MessageText) -> str:
    """The language of the words, in that of the reader."""
    return str(dict(settings.LANGUAGES).get(own.language, own.language))


@require_http_methods(["GET", "HEAD", "POST"])
def preview_text(request: HttpRequest, pk: int) -> HttpResponse:
    """The message with invented facts: as saved or, sent by the form, as typed."""
    own, wording = _find_text(request, pk)
    words = find_words(own.kind, own.language)
    faults = []
    if request.method == "POST":
        words = read_words(own, request.POST)
        faults = [sentence for _field, sentence in find_faults(wording, words)]
    context: dict[str, Any] = {"own": own, "faults": faults}
    if not faults:
        context |= draw(wording, words, own.language)
    return render(request, "messaging/preview.html", context)


def draw(wording: Wording, words: Words, language: str) -> dict[str, Any]:
    """The preview in ``language``, its pictures inside the HTML."""
    with translation.override(language):
        content = wording.preview(words)
    return {"content": content, "html": show_pictures(content)}


def show_pictures(content: Content) -> str:
    """The HTML as a mail program would show it: what is attached as ``cid:…`` stands in its place."""
    html = content.html
    for picture in content.inline:
        data = b64encode(picture.data).decode()
        html = html.replace(f"cid:{picture.cid}", f"data:{picture.kind};base64,{data}")
    return html


@require_POST
def reset_text(request: HttpRequest, pk: int) -> HttpResponse:
    """Go back to the built-in words."""
    own, _wording = _find_text(request, pk)
    MessageText.objects.filter(pk=own.pk).update(subject="", title="", text="")
    messages.success(request, _("The built-in words hold again."))
    return redirect("message-texts:edit", pk)


@require_POST
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a failed message back into the outbox."""
    _demand(request, Message, "view")
    message = get_object_or_404(Message, pk=pk)
    if try_again(message, timezone.now()):
        messages.success(request, _("It is being sent again."))
    else:
        messages.error(request, _("This message has not failed, or somebody has sent it again already."))
    return redirect("messages:index")


def _find_text(request: HttpRequest, pk: int) -> tuple[MessageText, Wording]:
    _demand(request, MessageText, "change")
    own = get_object_or_404(MessageText, pk=pk)
    wording = find_wording(own.kind)
    if wording is None:
        raise Http404
    return own, wording


def _demand(request: HttpRequest, model: type[Message | MessageText], action: str) -> None:
    if not policy_registry.get_by_type(model).user_has_permission(request.user, action):
        raise PermissionDenied
