"""Fields of forms that put in order what people type, or refuse it with a sentence."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from eguichet_rdv.common.refusals import Refusal


class CleanedField(forms.CharField):
    """A text put in order by a function that refuses with a sentence."""

    def __init__(self, cleaner: Callable[[str], str], **options: Any) -> None:
        self.cleaner = cleaner
        super().__init__(strip=False, **options)

    def to_python(self, value: Any) -> str:
        """The text in order, or empty."""
        text = super().to_python(value)
        if not text or not text.strip():
            return ""
        try:
            return self.cleaner(text)
        except Refusal as refusal:
            raise ValidationError(str(refusal)) from refusal
