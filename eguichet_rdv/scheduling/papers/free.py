"""The message « a time is free », to whoever asked for it; it names nobody and no sensitive procedure."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.common.dates import say_date
from eguichet_rdv.messaging.domain.composing import Part, fill_line
from eguichet_rdv.messaging.domain.content import Content, Drop
from eguichet_rdv.messaging.domain.wordings import Placeholder, Wording, Words, find_words
from eguichet_rdv.messaging.models import Message
from eguichet_rdv.scheduling.domain.refusals import NotBookable, TooManyPersons
from eguichet_rdv.scheduling.domain.watch import KIND, read_wish
from eguichet_rdv.scheduling.models import Watch
from eguichet_rdv.scheduling.papers.mail import draw_part, dress, headers_to
from eguichet_rdv.scheduling.papers.sample import sample_place
from eguichet_rdv.scheduling.papers.wordings import IN_LINES, IN_SUBJECT
from eguichet_rdv.townhall.models import Location

LABEL = gettext_lazy("a time is free, for those who asked")
BOOK = Placeholder("book", gettext_lazy("the link to the free times"), part=True, required=True)
ASKED = Placeholder("asked", gettext_lazy("the day on which it was asked for"), required=True)
SUBJECTS = tuple(one for one in IN_SUBJECT if one.name in {"place", "town"})
LINES = tuple(one for one in IN_LINES if one.name in {"place", "town", "procedures", "address", "phone"})


def write_free_words() -> Words:
    """The built-in words, in the active language."""
    asked = _("On %(asked)s, somebody asked us with this address to write when a time is free for: %(procedures)s.")
    return Words(
        _("A time is free for an appointment"),
        _("A time is free"),
        "\n\n".join(
            [
                asked % {"asked": "{asked}", "procedures": "{procedures}"},
                _("Now there are free times at %(place)s. Whoever books first gets them.") % {"place": "{place}"},
                "{book}",
                _("This is the only message: your address has been deleted. Too late? Then ask again on that page."),
                _("You did not ask for this? Then you need not do anything."),
            ]
        ),
    )


def write_free(message: Message) -> Content | Drop:
    """The message, unless nobody can book this any more."""
    watch = Watch.objects.select_related("location").filter(uid=message.key.partition(":")[2]).first()
    if watch is None:
        return Drop(_("It came too late to be of use."))
    try:
        wanted = read_wish(watch)
    except (NotBookable, TooManyPersons):
        return Drop(_("This can no longer be booked."))
    language, local = watch.language, watch.location.local(watch.asked_at)
    with translation.override(language):
        labels = dict.fromkeys(item.procedure.public_label(language) for item in wanted.items)
        url = settings.PUBLIC_URL + link_of([item.procedure for item in wanted.items])
        return fill(
            find_words(KIND, language), watch.location, say_date(local.date(), language), ", ".join(labels), url
        )


def link_of(procedures: list[Procedure]) -> str:
    """Where the first is booked, in the active language; of a sensitive one the address would tell."""
    if any(procedure.sensitive for procedure in procedures):
        return reverse("catalogue")
    first = procedures[0]
    return reverse("book-start", kwargs={"service": first.service.code, "procedure": first.code})


def fill(words: Words, place: Location, asked: str, procedures: str, url: str) -> Content:
    """``words`` with their facts, in the active language."""
    language, town = get_language() or settings.LANGUAGE_CODE, place.municipality
    facts: dict[str, str | Part] = {
        "asked": asked,
        "procedures": procedures,
        "place": place.name,
        "address": place.address,
        "phone": place.phone,
        "town": town,
        "book": draw_part("book", {"url": url}),
    }
    text, html = dress(words, facts, {"language": language, "town": town})
    subject = fill_line(words.subject, facts)
    return Content(subject=subject, text=text, html=html, language=language, headers=headers_to(place))


def preview_free(words: Words) -> Content:
    """``words`` with invented facts, in the active language."""
    language = (get_language() or settings.LANGUAGE_CODE).partition("-")[0]
    asked = say_date(timezone.localdate(), language)
    return fill(words, sample_place(), asked, _("name of the procedure"), f"{settings.PUBLIC_URL}/")


WORDING = Wording(KIND, LABEL, write_free_words, preview_free, SUBJECTS, (*LINES, ASKED, BOOK))
