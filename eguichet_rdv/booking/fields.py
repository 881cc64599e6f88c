"""Fields that understand what people type and say clearly what is wrong."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from eguichet_rdv.common.birth_dates import parse_birth_date
from eguichet_rdv.common.refusals import Refusal


class LargeRadios(forms.RadioSelect):
    """One of several, each a large target."""

    template_name = "eguichet/widgets/choices.html"


class LargeCheckboxes(forms.CheckboxSelectMultiple):
    """Any of several, each a large target."""

    template_name = "eguichet/widgets/choices.html"


class DatePartsWidget(forms.Widget):
    """Day, month and year in three fields; a whole date typed into the first is understood too."""

    template_name = "eguichet/widgets/date_parts.html"
    use_fieldset = True
    needs_multipart_form = False
    PARTS = ("day", "month", "year")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add the three parts."""
        context = super().get_context(name, value, attrs)
        parts = value if isinstance(value, list) else ["", "", ""]
        labels = (_("Day"), _("Month"), _("Year"))
        autocomplete = ("bday-day", "bday-month", "bday-year")
        context["widget"]["invalid"] = "aria-invalid" in context["widget"]["attrs"]
        context["widget"]["parts"] = [
            {"name": f"{name}_{part}", "id": f"{context['widget']['attrs'].get('id')}_{number}", "value": parts[number],
             "label": labels[number], "autocomplete": autocomplete[number]}
            for number, part in enumerate(self.PARTS)
        ]  # fmt: skip
        return context

    def value_from_datadict(self, data: Mapping[str, Any], files: MultiValueDict[str, Any], name: str) -> list[str]:
        """Day, month and year as typed."""
        return [str(data.get(f"{name}_{part}") or "").strip() for part in self.PARTS]

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Mapping[str, Any], name: str) -> bool:
        """Whether the form was sent without this question."""
        return all(f"{name}_{part}" not in data for part in self.PARTS)


class BirthDateField(forms.Field):
    """A date of birth as ISO text; ``00`` stands for a day or month that is not known."""

    widget = DatePartsWidget

    def clean(self, value: list[str]) -> str:
        """The date as ISO text, whichever way it was typed."""
        day, month, year = value
        if not any(value):
            if self.required:
                raise ValidationError(_("Please enter the date of birth."), code="required")
            return ""
        text = self._whole(day, month, year)
        try:
            return parse_birth_date(text, today=timezone.localdate())
        except Refusal as refusal:
            raise ValidationError(str(refusal)) from refusal

    def _whole(self, day: str, month: str, year: str) -> str:
        if not month and not year:
            return day
        if not year:
            raise ValidationError(_("Please enter the year of birth."))
        if month and not month.isdigit():
            return f"{day or '00'} {month} {year}"
        return f"{day or '00'}/{month or '00'}/{year}"


def say_birth_date(iso: str, say: Callable[[date], str]) -> str:
    """An ISO date of birth in words; one with unknown parts as it is written, day first."""
    year, month, day = iso.split("-")
    if day == "00" or month == "00":
        return f"{day}/{month}/{year}".replace("00/", "··/")
    return say(date.fromisoformat(iso))
