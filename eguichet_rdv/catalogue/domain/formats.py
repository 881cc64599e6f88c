"""Amounts and durations the way people write them in their language."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from eguichet_rdv.catalogue.models import Procedure

NARROW = "\u00a0"  # an amount is never cut from its sign at the end of a line
AMOUNTS = {"fr": "{whole},{cents} €", "nl": "€ {whole},{cents}", "de": "{whole},{cents} €", "en": "€{whole}.{cents}"}
THOUSANDS = {"fr": NARROW, "nl": ".", "de": ".", "en": ","}


def format_amount(cents: int, language: str) -> str:
    """3330 → « 33,30 € » (fr, de), « € 33,30 » (nl), « €33.30 » (en)."""
    code = language.partition("-")[0]
    whole, rest = divmod(cents, 100)
    grouped = f"{whole:,}".replace(",", THOUSANDS.get(code, ","))
    return AMOUNTS.get(code, AMOUNTS["en"]).format(whole=grouped, cents=f"{rest:02d}").replace(" ", NARROW)


def describe_fee(procedure: Procedure, language: str) -> str:
    """The fee in words: the municipality's own words, else the amount, « free », or « according to the rules »."""
    own = procedure.text_overrides.get("fee", {}).get(language)
    if own:
        return str(own)
    with override(language):
        match procedure.fee_cents:
            case None:
                return _("according to the municipal rules")
            case 0:
                return _("free of charge")
            case cents:
                return format_amount(cents, language)


def format_duration(duration: timedelta, language: str) -> str:
    """« 15 minutes », « 1 hour », « 1 h 30 min » in ``language``."""
    hours, minutes = divmod(int(duration.total_seconds()) // 60, 60)
    with override(language):
        if not hours:
            return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
        if not minutes:
            return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
