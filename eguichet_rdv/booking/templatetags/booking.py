"""Words and figures of the citizen's pages."""

from datetime import datetime, time

from django import template
from django.conf import settings
from django.template import RequestContext

from eguichet_rdv.accounts.models import User
from eguichet_rdv.booking.budgets import helper_of
from eguichet_rdv.booking.forms import say_persons
from eguichet_rdv.booking.offers import ways_in
from eguichet_rdv.booking.paths import active_language
from eguichet_rdv.catalogue.domain.formats import describe_fee, format_duration
from eguichet_rdv.catalogue.enums import BookingMode
from eguichet_rdv.catalogue.models import Procedure, Service
from eguichet_rdv.common.dates import say_time
from eguichet_rdv.common.localized import Localized, localize
from eguichet_rdv.townhall.models import Location

register = template.Library()

register.filter("say_persons", say_persons)
register.filter("ways_in", ways_in)


@register.filter
def fee_words(procedure: Procedure) -> str:
    """The fee for one person in words."""
    return describe_fee(procedure, active_language())


@register.filter
def duration_words(procedure: Procedure) -> str:
    """How long one person takes."""
    return format_duration(procedure.duration(), active_language())


@register.filter
def mode_words(procedure: Procedure) -> str:
    """How a procedure is had."""
    return str(BookingMode(procedure.mode).label)


@register.filter
def hour(moment: datetime | time) -> str:
    """A local time in words."""
    return say_time(moment, active_language())


@register.filter
def local_hour(moment: datetime, place: Location) -> str:
    """A moment as the hour on the wall of ``place``."""
    return say_time(place.local(moment), active_language())


@register.simple_tag
def places() -> list[Location]:
    """All places, for the footer."""
    return list(Location.objects.all())


@register.simple_tag(takes_context=True)
def helper(context: RequestContext) -> User | None:
    """Who is signed in to book for others."""
    request = context.get("request")
    return helper_of(request) if request is not None and hasattr(request, "user") else None


@register.simple_tag
def identity_days() -> int:
    """After how many days from the visit identities are erased here."""
    return int(settings.EGUICHET_IDENTITY_DAYS)


@register.filter
def tel(phone: str) -> str:
    """A telephone number as the address of a link."""
    return "tel:" + "".join(sign for sign in phone if sign.isdigit() or sign == "+")


@register.filter
def declared(procedure: Procedure, name: str) -> Localized:
    """A declared text of a procedure: ``{{ procedure|declared:"who" }}``."""
    return procedure.text(name)


@register.filter
def where_to_go(service: Service) -> Localized:
    """Where a service is that does not take appointments here."""
    return localize(service.where, active_language())
