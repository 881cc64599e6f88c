"""What is typed at the reception."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.common.birth_dates import parse_birth_date
from eguichet_rdv.common.fields import CleanedField
from eguichet_rdv.common.people import clean_email, clean_name, clean_phone
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.enums import Need
from eguichet_rdv.scheduling.models import Appointment


def read_birth_date(text: str) -> str:
    """The date of birth as ISO text."""
    return parse_birth_date(text, today=timezone.localdate())


class SearchForm(forms.Form):
    """Looked for by what people say first."""

    text = forms.CharField(
        label=_("Name, reference, date of birth, hour or number of today"),
        max_length=120,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )


class WishesForm(forms.Form):
    """In which language somebody is served, and what helps them."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    needs = forms.MultipleChoiceField(
        label=_("Needs, if the person wishes to say them"),
        choices=Need.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].initial = settings.LANGUAGE_CODE
        self.fields["needs"].widget.template_name = "eguichet/widgets/choices.html"


class IdentityForm(forms.Form):
    """Who comes. Only the last name is asked of everybody: organisations have no date of birth."""

    last_name = CleanedField(clean_name, label=_("Last name or organisation"))
    first_name = CleanedField(clean_name, label=_("First name"), required=False)
    birth_date = CleanedField(
        read_birth_date,
        label=_("Date of birth"),
        help_text=_("Day, month, year: 1 2 1990. Without it the kiosk knows only the code of the confirmation."),
        required=False,
    )
    email = CleanedField(
        clean_email,
        label=_("E-mail"),
        help_text=_("Without e-mail, print the confirmation."),
        required=False,
        widget=forms.EmailInput,
    )
    phone = CleanedField(
        clean_phone, label=_("Telephone"), required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("last_name", "first_name", "birth_date", "email", "phone"):
            # At a shared computer the browser must not offer the person before.
            self.fields[name].widget.attrs["autocomplete"] = "off"

    @property
    def person(self) -> Person:
        """Who was entered."""
        return Person(
            **{name: self.cleaned_data[name] for name in ("last_name", "first_name", "birth_date", "email", "phone")}
        )


class PersonForm(IdentityForm, WishesForm):
    """Who comes, in which language, and what helps them."""

    field_order = ("last_name", "first_name", "birth_date", "email", "phone", "language", "needs")


class CorrectForm(IdentityForm):
    """What was entered, to be put right."""

    @staticmethod
    def read(appointment: Appointment) -> dict[str, str]:
        """What is known now, as it would be typed."""
        if appointment.visitor is None:
            return {}
        known = {name: getattr(appointment.visitor, name) for name in CorrectForm.base_fields}
        # Day first; 00 stands for what is not known.
        return known | {"birth_date": "/".join(reversed(known["birth_date"].split("-")))}


class WalkInForm(WishesForm):
    """A ticket for somebody without appointment."""

    procedure = forms.ModelChoiceField(label=_("Procedure"), queryset=Procedure.objects.none())
    persons = forms.IntegerField(label=_("Persons"), min_value=1, max_value=20, initial=1)
    intent = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ("procedure", "persons", "language", "needs")
