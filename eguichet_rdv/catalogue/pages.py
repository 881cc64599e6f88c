"""The public pages of the catalogue, made by the sync and enriched by editors.

A page in the first language is the original; the other languages have aliases until an editor turns one into a page of
its own. Everything declared is read from the procedure in the language of the address, so that an alias never shows
foreign words. The templates belong to the citizens' face, which links back by name only.
"""

from typing import Any

from django.db import models
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, HelpPanel, MultiFieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page

from eguichet_rdv.catalogue.domain.formats import describe_fee, format_duration
from eguichet_rdv.catalogue.domain.listing import find_booking_url, list_catalogue
from eguichet_rdv.catalogue.domain.page_texts import read_lines
from eguichet_rdv.catalogue.domain.search import find_procedures
from eguichet_rdv.catalogue.models import Procedure

PLAIN_FEATURES = ["bold", "link", "ol", "ul"]
LONGEST_QUERY = 100


class CataloguePage(Page):
    """What the pages of the catalogue share: they are made by the sync, stay where they are, and know their siblings."""

    is_creatable = False
    show_in_menus_default = False
    # The slug is part of a permanent address, so it is not offered for change.
    promote_panels = [
        MultiFieldPanel([FieldPanel("seo_title"), FieldPanel("search_description")], _("For search engines"))
    ]
    settings_panels: list[Any] = []

    class Meta:
        abstract = True

    @property
    def language(self) -> str:
        """The language of this page's address."""
        return str(self.locale.language_code)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add ``language_urls``: the address of this page in each language."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        context["language_urls"] = {}
        for page in self.get_translations(inclusive=True).live().select_related("locale"):
            context["language_urls"][page.locale.language_code] = page.get_url(request)
            if page.pk == self.pk:
                self.locale = page.locale  # read already: not again for `language`
        return context


class HomePage(CataloguePage):
    """The first page of the site in one language."""

    template = "booking/home.html"
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["catalogue.CatalogueIndexPage"]

    introduction = RichTextField(_("introduction"), blank=True, features=PLAIN_FEATURES)
    content_panels = [*Page.content_panels, FieldPanel("introduction")]

    class Meta:
        verbose_name = _("home page")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add ``services`` (as on the index), ``index_url`` and, except on an alias, ``introduction``."""
        context = super().get_context(request, *args, **kwargs)
        index = CatalogueIndexPage.objects.child_of(self).live().first()
        context["index_url"] = index.get_url(request) if index else ""
        context["services"] = list_catalogue(self.language, index, request) if index else []
        context["introduction"] = "" if self.alias_of_id else self.introduction
        return context


class CatalogueIndexPage(CataloguePage):
    """All procedures by service, with a search."""

    template = "booking/catalogue_index.html"
    parent_page_types = ["catalogue.HomePage"]
    subpage_types = ["catalogue.ProcedurePage"]

    introduction = RichTextField(_("introduction"), blank=True, features=PLAIN_FEATURES)
    content_panels = [*Page.content_panels, FieldPanel("introduction")]

    class Meta:
        verbose_name = _("list of procedures")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add ``services``, ``query``, ``results`` (``None`` without a query) and ``introduction``."""
        context = super().get_context(request, *args, **kwargs)
        query = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_QUERY]
        services = list_catalogue(self.language, self, request)
        context["services"] = services
        context["query"] = query
        context["results"] = find_procedures(query, self.language, services) if query else None
        context["introduction"] = "" if self.alias_of_id else self.introduction
        return context


class ProcedurePage(CataloguePage):
    """One procedure. What editors write here in a language wins over what the plugin declares in that language."""

    template = "booking/procedure_page.html"
    parent_page_types = ["catalogue.CatalogueIndexPage"]
    subpage_types: list[str] = []

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="+", editable=False)
    introduction = RichTextField(_("introduction"), blank=True, features=PLAIN_FEATURES)
    bring = models.TextField(
        _("what to bring"),
        blank=True,
        help_text=_("One thing a line. Empty: the list the service declares."),
    )
    who = models.CharField(
        _("who must come"), max_length=255, blank=True, help_text=_("Empty: what the service declares.")
    )
    fee = models.CharField(
        _("fee in words"), max_length=255, blank=True, help_text=_("Empty: the amount set for the procedure.")
    )
    practical = RichTextField(_("practical information"), blank=True, features=PLAIN_FEATURES)
    content_panels = [
        HelpPanel(content=_("The name, the fee and the minutes are changed under Catalogue › Procedures.")),
        FieldPanel("introduction"),
        FieldPanel("bring"),
        FieldPanel("who"),
        FieldPanel("fee"),
        FieldPanel("practical"),
    ]
    OWN_TEXTS = ("introduction", "bring", "who", "fee", "practical")

    class Meta:
        verbose_name = _("page of a procedure")
        verbose_name_plural = _("pages of procedures")

    def save(self, *args: Any, **kwargs: Any) -> Any:
        """Keep the title equal to the procedure's name, in the language of this page, alias or not."""
        if self.procedure_id and self.locale_id:
            self.title = self.draft_title = str(self.procedure.label(self.language))
        return super().save(*args, **kwargs)

    def clear_own_texts(self) -> None:
        """Empty what editors write: a new page of its own must not begin with words of another language."""
        for name in self.OWN_TEXTS:
            setattr(self, name, "")

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> TemplateResponse:
        """Answer 410 (gone) with the same page when the procedure is no longer offered."""
        response: TemplateResponse = super().serve(request, *args, **kwargs)
        if self.procedure.retired_at is not None:
            response.status_code = 410
        return response

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add everything a citizen wants to know before coming; texts know their language (``.language``)."""
        context = super().get_context(request, *args, **kwargs)
        procedure = Procedure.objects.select_related("service").get(pk=self.procedure_id)
        self.procedure = procedure  # with its service, in one query
        language = self.language
        own = not self.alias_of_id
        context |= {
            "procedure": procedure,
            "service": procedure.service,
            "label": procedure.label(language),
            "summary": procedure.text("summary", language),
            "introduction": self.introduction if own else "",
            "practical": self.practical if own else "",
            "bring": (own and read_lines(self.bring)) or procedure.things_to_bring(language),
            "who": (own and self.who) or procedure.text("who", language),
            "fee": (own and self.fee) or describe_fee(procedure, language),
            "delay": procedure.text("delay", language),
            "duration": format_duration(procedure.duration(), language),
            "online_url": procedure.online_url,
            "book_url": find_booking_url(procedure, language),
            "index_url": (self.get_url(request) or "").removesuffix(f"{self.slug}/"),
            "to_confirm": procedure.to_confirm,
            "retired": procedure.retired_at is not None,
        }
        return context
