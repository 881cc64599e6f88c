"""The four questions of a booking, and those about an existing appointment."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext_lazy as _

from eguichet_rdv.booking.fields import (
    BirthDateField,
    LargeCheckboxes,
    LargeRadios,
)
from eguichet_rdv.booking.paths import active_language
from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.common.fields import CleanedField
from eguichet_rdv.common.free_text import clean_answer
from eguichet_rdv.common.localized import localize
from eguichet_rdv.common.people import clean_email, clean_name, clean_phone, suggest_email
from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.refusals import EmailNeeded, TimeRefused
from eguichet_rdv.scheduling.domain.wanted import Wanted, read_wanted
from eguichet_rdv.scheduling.enums import Need
from eguichet_rdv.scheduling.questions import answer_key
from eguichet_rdv.townhall.models import Location

EXTRAS = 2
LONGEST_ANSWER = 200
NAME_SIGNS = 120
POSSIBLE_YEARS = range(2000, 2200)
"""Beyond, counting days and time zones overflows."""


class BookingForm(forms.Form):
    """What all steps share: the page says which fields are optional, the browser does not interfere."""

    use_required_attribute = False


def say_nothing_of_optional(field: forms.Field) -> None:
    """A field that is not required alone, but which to call optional would mislead."""
    field.one_of_several = True  # type: ignore[attr-defined]


def persons_field(most: int, label: Any) -> forms.TypedChoiceField:
    """A number from 1 to ``most``."""
    sentence = _("Please choose between 1 and %(most)s persons.") % {"most": most}
    return forms.TypedChoiceField(
        label=label,
        choices=[(count, str(count)) for count in range(1, most + 1)],
        coerce=int,
        initial=1,
        widget=forms.Select(attrs={"class": "input-short"}),
        error_messages={"required": sentence, "invalid_choice": sentence},
    )


class VisitForm(BookingForm):
    """Where, for how many, and what else in the same visit."""

    def __init__(
        self, *args: Any, procedure: Procedure, places: Sequence[Location], companions: Sequence[Procedure], **kw: Any
    ) -> None:
        super().__init__(*args, **kw)
        self.procedure = procedure
        if len(places) > 1:
            sentence = _("Please choose a place.")
            self.fields["place"] = forms.ChoiceField(
                label=_("Where do you want to come?"),
                choices=[(place.slug, f"{place.name}, {place.address}") for place in places],
                widget=LargeRadios,
                error_messages={"required": sentence, "invalid_choice": sentence},
            )
        if procedure.max_persons > 1:
            self.fields["persons"] = persons_field(procedure.max_persons, _("For how many persons?"))
        self._add_extras(companions)

    def _add_extras(self, companions: Sequence[Procedure]) -> None:
        grouped: dict[str, list[tuple[str, str]]] = {}
        for other in companions:
            choice = (f"{other.service.code}/{other.code}", str(other.label()))
            grouped.setdefault(str(other.service.label()), []).append(choice)
        choices = [("", _("Nothing else")), *grouped.items()]
        for number in range(1, EXTRAS + 1 if companions else 1):
            self.fields[f"extra_{number}"] = forms.ChoiceField(
                label=_("Also in this visit"),
                choices=choices,
                required=False,
                error_messages={"invalid_choice": _("This procedure cannot be added. Please choose from the list.")},
            )
            most = max(other.max_persons for other in companions)
            self.fields[f"extra_persons_{number}"] = persons_field(most, _("Persons"))
            self.fields[f"extra_persons_{number}"].required = False
            say_nothing_of_optional(self.fields[f"extra_persons_{number}"])

    @property
    def extra_pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Each further procedure with its number of persons."""
        numbers = [number for number in range(1, EXTRAS + 1) if f"extra_{number}" in self.fields]
        return [(self[f"extra_{number}"], self[f"extra_persons_{number}"]) for number in numbers]

    @property
    def has_extras(self) -> bool:
        """Whether something more was chosen, so that the part is shown unfolded."""
        return any(pair[0].value() or pair[0].errors for pair in self.extra_pairs)

    def clean(self) -> dict[str, Any]:
        """Turn the answers into a ``Wanted``, kept under that name."""
        data = super().clean() or {}
        if self.errors:
            return data
        wishes = [(self.procedure.service.code, self.procedure.code, data.get("persons") or 1)]
        for extra, persons in self.extra_pairs:
            if chosen := data.get(extra.name):
                service, _slash, code = chosen.partition("/")
                wishes.append((service, code, data.get(persons.name) or 1))
        try:
            data["wanted"] = read_wanted(wishes, location=data.get("place"))
        except Refusal as refusal:
            raise ValidationError(str(refusal)) from refusal
        return data


class TimeForm(BookingForm):
    """Day and hour in one answer. ``take`` keeps the time; it is given only while the answer is being sent."""

    start = forms.CharField(
        widget=forms.RadioSelect, max_length=40, error_messages={"required": _("Please choose a time.")}
    )

    def __init__(self, *args: Any, take: Callable[[datetime], object] | None = None, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.take = take
        self.alternatives: list[datetime] = []

    def clean_start(self) -> datetime:
        """Read the time and keep it for this visitor."""
        start = read_start(self.cleaned_data["start"])
        if self.take is not None:
            try:
                self.take(start)
            except TimeRefused as refusal:
                self.alternatives = refusal.alternatives
                raise ValidationError(str(refusal), code=refusal.code) from refusal
            except Refusal as refusal:
                raise ValidationError(str(refusal)) from refusal
        return start


class PersonForm(BookingForm):
    """Who comes: only what is needed to recognise and to reach them."""

    last_name = CleanedField(
        clean_name,
        label=_("Last name"),
        max_length=NAME_SIGNS,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
        error_messages={"required": _("Please enter the last name.")},
    )
    first_name = CleanedField(
        clean_name,
        label=_("First name"),
        max_length=NAME_SIGNS,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    birth_date = BirthDateField(
        label=_("Date of birth"),
        help_text=_("For example 31 3 1980. With it you can announce yourself at the kiosk. Day or month unknown: 0."),
    )
    email = CleanedField(
        clean_email,
        label=_("E-mail"),
        required=False,
        help_text=_("For the confirmation, a reminder the day before, and the link to move or cancel."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    phone = CleanedField(
        clean_phone,
        label=_("Mobile telephone"),
        required=False,
        help_text=_("In case something changes on our side. E-mail or telephone: one of them is enough."),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel", "class": "input-medium"}),
    )
    email_seen = forms.CharField(required=False, widget=forms.HiddenInput)
    language = forms.ChoiceField(label=_("In which language may we help you?"), widget=LargeRadios)
    needs = forms.MultipleChoiceField(
        label=_("Is there something we should know?"),
        help_text=_("Only if you wish. Our staff see it to prepare your visit; it is erased the night after."),
        choices=Need,
        required=False,
        widget=LargeCheckboxes,
    )

    def __init__(
        self,
        *args: Any,
        questions: Sequence[Mapping[str, Any]] = (),
        needs_email: bool = False,
        helped: bool = False,
        **kw: Any,
    ) -> None:
        """``needs_email``: the address will have to be confirmed. ``helped``: somebody prints the confirmation."""
        super().__init__(*args, **kw)
        self.needs_email, self.helped = needs_email, helped
        language = self.fields["language"]
        assert isinstance(language, forms.ChoiceField)  # noqa: S101 - declared above
        language.choices = [
            (code, get_language_info(code)["name_local"].capitalize()) for code, _name in settings.LANGUAGES
        ]
        language.initial = active_language()
        language.error_messages = {
            "required": _("Please choose a language."),
            "invalid_choice": _("Please choose a language."),
        }
        for name in ("email", "phone"):
            say_nothing_of_optional(self.fields[name])
        if needs_email:
            self.fields["email"].help_text = _("We send you a link there: the appointment is yours once you open it.")
        self.question_names = []
        for question in questions:
            name = f"question_{question['key']}"
            self.question_names.append(name)
            self.fields[name] = CleanedField(
                clean_answer,
                label=question["label"],
                required=question["required"],
                max_length=LONGEST_ANSWER,
                error_messages={"required": _("Please answer this question.")},
            )

    @property
    def question_fields(self) -> list[forms.BoundField]:
        """The procedure's own questions."""
        return [self[name] for name in self.question_names]

    def clean(self) -> dict[str, Any]:
        """One way to reach the person; an address that looks mistyped is asked about once."""
        data = super().clean() or {}
        email = data.get("email", "")
        if self.needs_email and not email and "email" not in self.errors:
            self.add_error("email", str(EmailNeeded()))
        elif not (self.helped or email or data.get("phone") or {"email", "phone"} & set(self.errors)):
            self.add_error(
                "email",
                _("Please enter an e-mail address or a mobile number. You have neither? Telephone us or come by."),
            )
        meant = suggest_email(email) if email else ""
        if meant and data.get("email_seen") != email:
            self.add_error(
                "email",
                _("Did you mean %(meant)s? Correct it, or send the page again to keep what you wrote.")
                % {"meant": meant},
            )
        return data

    def read_person(self) -> Person:
        """The valid answers as a person."""
        data = self.cleaned_data
        return Person(
            last_name=data["last_name"],
            first_name=data["first_name"],
            birth_date=data["birth_date"],
            email=data["email"],
            phone=data["phone"],
        )

    def read_answers(self) -> dict[str, str]:
        """The answers to the procedure's questions, by their key."""
        answers = {name.removeprefix("question_"): self.cleaned_data[name] for name in self.question_names}
        return {key: answer for key, answer in answers.items() if answer}


class CheckForm(BookingForm):
    """Nothing more is asked: the button is the answer."""


class CancelForm(BookingForm):
    """Cancelling, with a reason if the person wishes."""

    reason = CleanedField(
        clean_answer,
        label=_("Reason"),
        required=False,
        max_length=LONGEST_ANSWER,
        help_text=_("You do not have to give one."),
    )


class LinksForm(BookingForm):
    """To whom the links are sent."""

    email = CleanedField(
        clean_email,
        label=_("E-mail"),
        help_text=_("The address you gave for the appointment."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Please enter your e-mail address.")},
    )


class WatchForm(BookingForm):
    """Whom to tell when a time is free. Its field stands within the form of the time but belongs to one of its own."""

    prefix = "watch"
    email = CleanedField(
        clean_email,
        label=_("E-mail"),
        help_text=_("One message only; then we delete the address."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "form": "watch"}),
        error_messages={"required": _("Please enter your e-mail address.")},
    )


class PartyForm(BookingForm):
    """How many come, for each procedure that may be for several."""

    intent = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, wanted: Wanted, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.wanted = wanted
        for item in wanted.items:
            if item.procedure.max_persons > 1:
                name = f"persons_{item.procedure.pk}"
                self.fields[name] = persons_field(item.procedure.max_persons, item.procedure.label())
                self.fields[name].initial = item.persons

    @property
    def party_fields(self) -> list[forms.BoundField]:
        """One for each procedure that may be for several."""
        return [self[name] for name in self.fields if name != "intent"]

    def read_persons(self) -> dict[int, int]:
        """Procedure id → number of persons."""
        chosen = {item.procedure.pk: f"persons_{item.procedure.pk}" for item in self.wanted.items}
        return {pk: self.cleaned_data[name] for pk, name in chosen.items() if name in self.fields}


class MoveForm(BookingForm):
    """The new time, and the id that makes a double click one move."""

    start = forms.CharField(max_length=40, error_messages={"required": _("Please choose a time.")})
    intent = forms.UUIDField(widget=forms.HiddenInput)

    def clean_start(self) -> datetime:
        """The time as a moment."""
        return read_start(self.cleaned_data["start"])


def read_start(text: str) -> datetime:
    """A time as forms send it; raises ``ValidationError``."""
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        start = None
    if start is None or start.tzinfo is None or start.year not in POSSIBLE_YEARS:
        raise ValidationError(_("This time is not offered. Please choose one from the list."))
    return start


def questions_of(wanted: Wanted) -> list[dict[str, Any]]:
    """The questions of all procedures of a visit, each with a key of its own."""
    return [
        {
            "key": answer_key(item.procedure, question["code"]),
            "label": localize_question(question),
            "required": bool(question.get("required")),
        }
        for item in wanted.items
        for question in item.procedure.questions
    ]


def say_persons(count: int) -> str:
    """``2 persons``."""
    return ngettext("%(count)s person", "%(count)s persons", count) % {"count": count}


def localize_question(question: Mapping[str, Any]) -> str:
    """The words of a question in the active language."""
    return str(localize(question["label"], active_language(), question["code"]))
