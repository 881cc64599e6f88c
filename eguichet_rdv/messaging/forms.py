"""The form in which editors word a message."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from wagtail.admin.forms import WagtailAdminModelForm

from eguichet_rdv.messaging.domain.wordings import (
    Words,
    declared_words,
    find_faults,
    find_wording,
    find_words,
    keep_words,
)
from eguichet_rdv.messaging.models import MessageText


def read_words(own: MessageText, typed: Mapping[str, str | None]) -> Words:
    """What was typed for ``own``, the built-in words where nothing was."""
    declared = asdict(declared_words(own.kind, own.language))
    lines = {name: "\n".join((typed.get(name) or "").splitlines()).strip() for name in declared}
    return Words(**{name: lines[name] or declared[name] for name in declared})


class MessageTextForm(WagtailAdminModelForm):
    """Filled with what is said now; an emptied field goes back to the built-in words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        own: MessageText = kwargs["instance"]
        kwargs["initial"] = asdict(find_words(own.kind, own.language)) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Refuse a text that would leave somebody without what they need."""
        cleaned: dict[str, Any] = super().clean()
        wording = find_wording(self.instance.kind)
        for field, sentence in find_faults(wording, read_words(self.instance, self.cleaned_data)) if wording else ():
            self.add_error(field, sentence)
        return cleaned

    def save(self, commit: bool = True) -> MessageText:  # noqa: FBT001, FBT002 - Django's own signature
        """Keep what differs from the built-in words."""
        own: MessageText = self.instance
        keep_words(own, read_words(self.instance, self.cleaned_data))
        return own
