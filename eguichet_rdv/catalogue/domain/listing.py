"""The public list: services with their procedures, and where each is read about and booked."""

from typing import NamedTuple

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

    With ``index`` (the list page of that language) only what has its page online, with its address: three queries.
    """
    offered = Procedure.objects.filter(retired_at=None).select_related("service")
    urls: dict[int, str] = {}
    if index is not None:
        address = index.get_url(request) or ""
        urls = {pk: f"{address}{slug}/" for pk, slug in _read_slugs(index)}
        offered = offered.filter(pk__in=urls)
    procedures: dict[int, list[ListedProcedure]] = {}
    for procedure in offered:
        listed = _list_procedure(procedure, language, urls.get(procedure.pk, ""))
        procedures.setdefault(procedure.service_id, []).append(listed)
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


def _read_slugs(index: Page) -> list[tuple[int, str]]:
    pages = index.get_children().live().filter(procedurepage__isnull=False)
    return list(pages.values_list("procedurepage__procedure_id", "slug"))


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
