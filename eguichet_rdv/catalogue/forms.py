"""The forms editors fill in: each local value stands beside what the plugin declares."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from eguichet_rdv.catalogue.domain.formats import format_amount
from eguichet_rdv.catalogue.enums import BookingMode
from eguichet_rdv.catalogue.models import Procedure, Service

LONGEST_VISIT = 480
SHORTEST_VISIT = 5
YES_NO = (("", _("as declared")), ("true", pgettext_lazy("answer", "yes")), ("false", pgettext_lazy("answer", "no")))


class YesNoAsDeclared(forms.NullBooleanField):
    """Three answers: as the plugin declares, yes, no."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.Select(choices=YES_NO), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """The key of the choice to show."""
        return {True: "true", False: "false"}.get(value, value)


class NamesForm(WagtailAdminModelForm):
    """A name in each language; empty lets the declared one through."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, _name in settings.LANGUAGES:
            field = self.fields[f"label_{code}"]
            field.initial = self.read_names().get(code, "")
            _say_declared(field, self.read_declared_names().get(code, ""))

    def read_names(self) -> dict[str, str]:
        """The local names."""
        raise NotImplementedError

    def read_declared_names(self) -> dict[str, str]:
        """The names the plugin declares."""
        raise NotImplementedError

    def clean_names(self, prefix: str = "label") -> dict[str, str]:
        """What was typed, without the empty ones."""
        typed = {code: (self.cleaned_data.get(f"{prefix}_{code}") or "").strip() for code, _name in settings.LANGUAGES}
        return {code: text for code, text in typed.items() if text}


def _say_declared(field: forms.Field, value: object) -> None:
    said = (
        gettext("Declared: %(value)s") % {"value": value} if value not in {"", None} else gettext("Nothing declared.")
    )
    field.help_text = f"{said} {field.help_text}".strip()


def with_text_per_language(**labels: Any) -> Callable[[type[NamesForm]], type[NamesForm]]:
    """Declare a field ``<name>_<language>`` in each language of the installation, as if it stood in the class."""

    def declare(form: type[NamesForm]) -> type[NamesForm]:
        for prefix, label in labels.items():
            for code, language in settings.LANGUAGES:
                field = forms.CharField(label=format_lazy("{} – {}", label, language), max_length=160, required=False)
                form.declared_fields[f"{prefix}_{code}"] = form.base_fields[f"{prefix}_{code}"] = field
        return form

    return declare


@with_text_per_language(label=_("Name"), where=_("Where to go"))
class ServiceForm(NamesForm):
    """A service: declared by a plugin, or simply in the house."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, _name in settings.LANGUAGES:
            self.fields[f"where_{code}"].initial = self.instance.where.get(code, "")
        if self.instance.pk:
            self.fields["code"].disabled = True
            _say_declared(self.fields["letter_override"], self.instance.letter_declared)

    def read_names(self) -> dict[str, str]:
        """The local names."""
        return dict(self.instance.label_overrides)

    def read_declared_names(self) -> dict[str, str]:
        """The names the plugin declares."""
        return dict(self.instance.labels)

    def clean(self) -> dict[str, Any]:
        """Refuse a service nobody could name, or whose letter is another's."""
        cleaned: dict[str, Any] = super().clean()
        if not self.instance.labels and not self.clean_names():
            self.add_error("label_" + settings.LANGUAGES[0][0], gettext("Give the service a name."))
        letter = cleaned.get("letter_override") or self.instance.letter_declared
        if not letter:
            self.add_error("letter_override", gettext("Choose a letter for the tickets."))
        others = Service.objects.filter(retired_at=None).exclude(pk=self.instance.pk)
        clash = next((other for other in others if letter and other.letter == letter), None)
        if clash and "letter_override" in self.changed_data:
            sentence = gettext("The letter %(letter)s is already used by %(service)s.")
            self.add_error("letter_override", sentence % {"letter": letter, "service": clash})
        return cleaned

    def save(self, commit: bool = True) -> Service:  # noqa: FBT001, FBT002 - Django's own signature
        """Keep names and places per language."""
        service: Service = self.instance
        service.label_overrides = self.clean_names()
        service.where = self.clean_names("where")
        service.letter_declared = service.letter_declared or service.letter_override or ""
        saved: Service = super().save(commit)
        return saved


@with_text_per_language(label=_("Name"))
class ProcedureForm(NamesForm):
    """A procedure. An empty field lets the declared value through."""

    fee = forms.DecimalField(label=_("Fee in euro"), required=False, min_value=0, max_value=100_000, decimal_places=2)
    residents_only_override = YesNoAsDeclared(label=_("Residents only"))
    sensitive_override = YesNoAsDeclared(
        label=_("Sensitive"), help_text=_("Messages, screens and tickets then say the neutral name of the service.")
    )

    DECLARED = (
        "minutes",
        "extra_minutes",
        "max_persons",
        "step_minutes",
        "notice_minutes",
        "horizon_days",
        "last_start",
        "legal_deadline_days",
        "child_from_age",
        "online_url",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        procedure: Procedure = self.instance
        for name in self.DECLARED:
            _say_declared(self.fields[f"{name}_override"], getattr(procedure, f"{name}_declared"))
        for name in ("residents_only", "sensitive"):
            declared = gettext("yes") if getattr(procedure, f"{name}_declared") else gettext("no")
            _say_declared(self.fields[f"{name}_override"], declared)
        _say_declared(self.fields["mode_override"], BookingMode(procedure.mode_declared).label)
        cents = procedure.fee_cents_declared
        _say_declared(self.fields["fee"], "" if cents is None else format_amount(cents, settings.LANGUAGE_CODE))
        if procedure.fee_cents_override is not None:
            self.fields["fee"].initial = Decimal(procedure.fee_cents_override) / 100

    def read_names(self) -> dict[str, str]:
        """The local names."""
        return dict(self.instance.text_overrides.get("label", {}))

    def read_declared_names(self) -> dict[str, str]:
        """The names the plugin declares."""
        return dict(self.instance.texts.get("label", {}))

    def clean(self) -> dict[str, Any]:
        """Refuse what the agenda could not show. An emptied text field is no value, not an empty one."""
        cleaned: dict[str, Any] = super().clean()
        for name in ("last_start_override", "online_url_override", "mode_override"):
            cleaned[name] = cleaned.get(name) or None
        minutes = self._effective("minutes")
        persons = self._effective("max_persons")
        if minutes < SHORTEST_VISIT:
            self.add_error("minutes_override", gettext("A visit takes at least five minutes."))
        if persons < 1:
            self.add_error("max_persons_override", gettext("At least one person comes."))
        elif minutes + self._effective("extra_minutes") * (persons - 1) > LONGEST_VISIT:
            self.add_error("max_persons_override", gettext("With so many persons a visit takes more than eight hours."))
        if (cleaned["mode_override"] or self.instance.mode_declared) == BookingMode.EGUICHET and not (
            cleaned["online_url_override"] or self.instance.online_url_declared
        ):
            self.add_error("online_url_override", gettext("Give the address in the e-guichet."))
        return cleaned

    def _effective(self, name: str) -> int:
        override = self.cleaned_data.get(f"{name}_override")
        return int(getattr(self.instance, f"{name}_declared") if override is None else override)

    def save(self, commit: bool = True) -> Procedure:  # noqa: FBT001, FBT002 - Django's own signature
        """Keep the names per language and the fee in cents."""
        procedure: Procedure = self.instance
        procedure.text_overrides = {**procedure.text_overrides, "label": self.clean_names()}
        fee = self.cleaned_data["fee"]
        procedure.fee_cents_override = None if fee is None else int(fee * 100)
        saved: Procedure = super().save(commit)
        return saved
