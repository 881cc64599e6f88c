"""The fictitious Verviers: everything needed to try the product, whatever day and hour it is."""

from collections.abc import Callable
from datetime import datetime
from random import Random
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from eguichet_rdv.accounts.models import User
from eguichet_rdv.catalogue.domain.sync import sync_catalogue
from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.demo.accounts import COLLEAGUES, make_accounts
from eguichet_rdv.demo.agenda import Filler
from eguichet_rdv.demo.day import Day
from eguichet_rdv.demo.hours import open_counters
from eguichet_rdv.demo.place import make_counters, make_location, make_other_services
from eguichet_rdv.townhall.models import Location

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class DemoRefused(Refusal):
    """The demo would do harm here."""

    code = "demo_refused"


class PublicAddress(DemoRefused):
    """Everybody knows the password of the demo's accounts."""

    code = "demo_on_public_address"
    sentence = _(
        "The demo is only for an installation that answers on this computer alone: the password of its accounts is "
        "public. The address of this one is %(address)s."
    )


class OtherTown(DemoRefused):
    """There is a real town in the database."""

    code = "demo_in_other_town"
    sentence = _("This installation already has a town of its own (%(name)s); the demo leaves it alone.")


def make_town(now: datetime, *, say: Callable[[str], None], pages: bool = True) -> Location:
    """Make or complete the fictitious town, with a day in progress at ``now``; ``say`` gets a line per step.

    ``pages=False`` leaves out the pages of the catalogue. Raises ``PublicAddress`` or ``OtherTown``.
    """
    refuse_harm()
    say("Catalogue")
    sync_catalogue(settings.PLUGINS, now=now, pages=pages)
    say("Counters, hours, accounts")
    with transaction.atomic():
        location = make_location()
        make_other_services()
        open_counters(make_counters(location), location, now=now)
        make_accounts(location)
    say("Appointments of the coming weeks")
    # A seed per day: run again on the same day, the demo is the same.
    random = Random(location.local(now).date().toordinal())  # noqa: S311 - invented people, no secret
    Filler(location, random).fill_ahead(now)
    say("A day in progress")
    Day(location, now, random).play()
    return location


def is_demo() -> bool:
    """Whether the town in the database is the demo's, made by an earlier run, whatever somebody has changed in it.

    It is known by its colleagues, who are there in no other town: accounts without a password.
    """
    colleagues = User.objects.filter(username__in=COLLEAGUES, password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return colleagues.exists()


def refuse_public_address() -> None:
    """Raise ``PublicAddress`` unless the site is for this computer only."""
    if urlsplit(settings.PUBLIC_URL).hostname not in LOOPBACK:
        raise PublicAddress(address=settings.PUBLIC_URL)


def refuse_harm() -> None:
    """Raise ``PublicAddress`` or ``OtherTown`` where the demo has no business."""
    refuse_public_address()
    other = None if is_demo() else Location.objects.first()
    if other:
        raise OtherTown(name=other.name)
