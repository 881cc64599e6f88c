"""Everything the papers say about an appointment, in words; needs and answers are never among them."""

from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from eguichet_rdv.catalogue.domain.formats import describe_fee
from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.common.dates import say_date, say_moment, say_time
from eguichet_rdv.common.localized import Localized
from eguichet_rdv.scheduling.domain.tokens import activate_token, check_in_token, manage_token
from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.scheduling.models import Appointment, AppointmentItem
from eguichet_rdv.townhall.enums import Provided
from eguichet_rdv.townhall.models import Location


@dataclass(frozen=True, slots=True)
class ItemSheet:
    """One procedure of the visit. Of a sensitive one only the service is named and nothing else is said."""

    label: Localized
    persons: str
    bring: tuple[Localized, ...]
    who: Localized
    fee: str
    sensitive: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """An appointment in the words of one language."""

    language: str
    name: str
    reference: str
    code: str
    day: str
    hour: str
    moment: str
    items: tuple[ItemSheet, ...]
    location: Location
    access: tuple[tuple[str, str], ...]
    manage_url: str
    home_url: str
    cancelled: bool
    confirm_url: str = ""
    """Only while the address is to be confirmed, with ``confirm_until`` in words."""
    confirm_until: str = ""

    @property
    def labels(self) -> str:
        """What it is about, on one line."""
        return ", ".join(dict.fromkeys(item.label for item in self.items))

    @property
    def hidden_details(self) -> bool:
        """Whether the reader has to look at the page of the appointment for what to bring."""
        return any(item.sensitive for item in self.items)

    @property
    def code_groups(self) -> str:
        """The reference in two groups of three, easier to read out."""
        return f"{self.reference[:3]} {self.reference[3:]}"


def describe(appointment: Appointment, language: str | None = None) -> Sheet:
    """The sheet of ``appointment`` in ``language``, by default the one the citizen chose."""
    language = language or appointment.language
    local = appointment.location.local(appointment.start)
    items = appointment.items.select_related("procedure__service")
    awaited = appointment.confirm_by if appointment.state == AppointmentState.AWAITING_EMAIL else None
    with translation.override(language):
        return Sheet(
            language=language,
            name=clean_name(str(appointment.visitor or "")),
            reference=appointment.reference,
            code=check_in_token(appointment),
            day=say_date(local.date(), language),
            hour=say_time(local, language),
            moment=say_moment(local, language),
            items=tuple(describe_item(item, language) for item in items),
            location=appointment.location,
            access=tuple(describe_access(appointment.location)),
            manage_url=f"{settings.PUBLIC_URL}/rdv/{manage_token(appointment)}/",
            home_url=f"{settings.PUBLIC_URL}/",
            cancelled=appointment.state == AppointmentState.CANCELLED,
            confirm_url=f"{settings.PUBLIC_URL}/rdv/{activate_token(appointment)}/" if awaited else "",
            confirm_until=say_moment(appointment.location.local(awaited), language) if awaited else "",
        )


def describe_item(item: AppointmentItem, language: str) -> ItemSheet:
    """One procedure in words; the active language must already be ``language``."""
    procedure = item.procedure
    hidden = procedure.sensitive
    persons = ngettext("%(count)d person", "%(count)d persons", item.persons) % {"count": item.persons}
    return ItemSheet(
        label=procedure.public_label(language),
        persons=persons if item.persons > 1 else "",
        bring=() if hidden else tuple(procedure.things_to_bring(language)),
        who=Localized("", language) if hidden else procedure.text("who", language),
        fee="" if hidden else describe_payment(procedure, item.persons, language),
        sensitive=hidden,
    )


def describe_payment(procedure: Procedure, persons: int, language: str) -> str:
    """The fee, for whom, and where it is paid."""
    fee = describe_fee(procedure, language)
    if procedure.fee_cents == 0:
        return fee
    if procedure.fee_cents and persons > 1:
        fee = _("%(fee)s per person") % {"fee": fee}
    if procedure.fee_cents and procedure.confirmed_at is None:
        fee = _("%(fee)s (to be confirmed)") % {"fee": fee}
    return _("%(fee)s, to be paid at the counter") % {"fee": fee}


def describe_access(location: Location) -> list[tuple[str, str]]:
    """What is known of the accessibility of the place, as (what, how far)."""
    facts = (
        (_("Wheelchair access"), location.wheelchair),
        (_("Accessible toilets"), location.toilets),
        (_("Accessible parking"), location.parking),
    )
    return [(what, str(Provided(how).label)) for what, how in facts if how != Provided.UNKNOWN]


def clean_name(name: str) -> str:
    """A name on one line, without control characters and direction overrides."""
    return "".join(sign for sign in " ".join(name.split()) if sign.isprintable())
