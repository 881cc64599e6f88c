"""The public list: services with their procedures, and where each is read about and booked."""

from typing import NamedTuple

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import override
from wagtail.models import Page

from eguichet_rdv.catalogue.domain.formats import describe_fee, format_duration
from eguichet_rdv.catalogue.models import Procedure, Service
from eguichet_rdv.common.localized import Localized


class ListedProcedure(NamedTuple):
    """A procedure with its page (``url``) and its booking (``book_url``, "" when it is not booked online)."""

    procedure: Procedure
    label: Localized
    summary: Localized
    fee: str
    duration: str
    url: str
    book_url: str


class ListedService(NamedTuple):
    """A service with its procedures; one that takes no appointments has none and says ``where`` to go."""

    service: Service
    label: Localized
    summary: Localized
    where: Localized
    procedures: list[ListedProcedure]


def list_catalogue(language: str, index: Page | None = None, request: HttpRequest | None = None) -> list[ListedService]:
    """Everything offered in ``language``, by service.

    With ``index`` (the list page of that language) only what has its page online, with its address: two queries.
    """
    offered = Procedure.objects.filter(retired_at=None).select_related("service")
    address = ""
    if index is not None:
        address = index.get_url(request) or ""
        pages = index.get_children().live().filter(procedurepage__procedure=OuterRef("pk"))
        offered = offered.annotate(page_slug=Subquery(pages.values("slug")[:1])).exclude(page_slug=None)
    procedures: dict[int, list[ListedProcedure]] = {}
    for procedure in offered:
        url = f"{address}{vars(procedure)['page_slug']}/" if index is not None else ""
        procedures.setdefault(procedure.service_id, []).append(_list_procedure(procedure, language, url))
    return [
        ListedService(
            service,
            service.label(language),
            service.summary(language),
            service.place(language),
            procedures.get(service.pk, []),
        )
        for service in Service.objects.filter(retired_at=None)
        if service.pk in procedures or not service.takes_appointments
    ]


def find_booking_url(procedure: Procedure, language: str) -> str:
    """The address where ``procedure`` is booked, "" when it is not booked online."""
    if not procedure.bookable_online or not procedure.service.takes_appointments:
        return ""
    with override(language):
        try:
            return reverse("book-start", kwargs={"service": procedure.service.code, "procedure": procedure.code})
        except NoReverseMatch:  # an installation without online booking
            return ""


def _list_procedure(procedure: Procedure, language: str, url: str) -> ListedProcedure:
    return ListedProcedure(
        procedure,
        procedure.label(language),
        procedure.text("summary", language),
        describe_fee(procedure, language),
        format_duration(procedure.duration(), language),
        url,
        find_booking_url(procedure, language),
    )
