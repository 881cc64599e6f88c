"""Messages about an appointment that does not exist, for editors who want to see what they write."""

from datetime import UTC, datetime

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from eguichet_rdv.common.dates import say_date, say_moment, say_time
from eguichet_rdv.common.localized import Localized
from eguichet_rdv.messaging.domain.content import Content
from eguichet_rdv.messaging.domain.wordings import Words
from eguichet_rdv.scheduling.papers.mail import write_about, write_links
from eguichet_rdv.scheduling.papers.sheet import ItemSheet, Sheet, describe_access
from eguichet_rdv.scheduling.papers.wordings import OFF, Told
from eguichet_rdv.townhall.models import Location

MOMENT = datetime(2027, 3, 16, 8, 30, tzinfo=UTC)
CODE = "c" + "0" * 22
"""No appointment has this code: the picture in a preview opens nothing."""


def preview_mail(told: Told, words: Words) -> Content:
    """``words`` as the mail would say them in the active language, with invented facts."""
    sheet = describe_sample(cancelled=told in OFF, awaited=told is Told.ACTIVATION)
    return write_links([sheet, sheet], words) if told is Told.LINKS else write_about(sheet, words)


def describe_sample(*, cancelled: bool = False, awaited: bool = False) -> Sheet:
    """An appointment at the first place of the installation, or at one that shows where its facts would stand."""
    language = (get_language() or settings.LANGUAGE_CODE).partition("-")[0]
    location = sample_place()
    local = location.local(MOMENT)
    item = ItemSheet(
        label=Localized(_("name of the procedure"), language),
        persons="",
        bring=(Localized(_("a document to bring"), language),),
        who=Localized("", language),
        fee="",
        sensitive=False,
    )
    return Sheet(
        language=language,
        name=_("First name and last name"),
        reference="ABC234",
        code=CODE,
        day=say_date(local.date(), language),
        hour=say_time(local, language),
        moment=say_moment(local, language),
        items=(item,),
        location=location,
        access=tuple(describe_access(location)),
        manage_url=f"{settings.PUBLIC_URL}/rdv/…/",
        home_url=f"{settings.PUBLIC_URL}/",
        cancelled=cancelled,
        confirm_url=f"{settings.PUBLIC_URL}/rdv/…/" if awaited else "",
        confirm_until=say_moment(local, language) if awaited else "",
    )


def sample_place() -> Location:
    """The first place of the installation, or one that shows where its facts would stand."""
    return Location.objects.first() or Location(
        name=_("name of the place"), street=_("street and number"), postcode="1000", city=_("city"), municipality="…"
    )
