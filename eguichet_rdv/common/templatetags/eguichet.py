"""What every page of citizens and staff needs."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField
from django.http import HttpRequest
from django.template import RequestContext
from django.urls import translate_url
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_info
from wagtail.models import Page, Site

from eguichet_rdv.common.localized import Localized

register = template.Library()


@dataclass(frozen=True)
class LanguageLink:
    """The same page in another language."""

    code: str
    name: str
    url: str
    current: bool


@register.simple_tag(takes_context=True)
def language_links(context: RequestContext) -> list[LanguageLink]:
    """One link per language of the site, leading to this very page."""
    request: HttpRequest | None = context.get("request")
    if request is None:
        return []
    current = (get_language() or settings.LANGUAGE_CODE).partition("-")[0]
    codes = [code for code, _name in settings.LANGUAGES]
    addresses = _page_addresses(context.get("page"), request)
    return [
        LanguageLink(
            code,
            get_language_info(code)["name_local"].capitalize(),
            addresses.get(code) or _address_in(request, code),
            code == current,
        )
        for code in codes
    ]


def _page_addresses(page: Any, request: HttpRequest) -> dict[str, str]:
    """Addresses of a CMS page per language; an untranslated page has one only."""
    if not isinstance(page, Page) or page.pk is None:
        return {}
    translations = page.get_translations(inclusive=True).live().select_related("locale")
    return {found.locale.language_code: found.get_url(request) or "" for found in translations}


def _address_in(request: HttpRequest, code: str) -> str:
    """The current address in another language; where the path has none, a query asks for it."""
    path = request.path
    translated = translate_url(path, code)
    if translated != path or path.startswith(f"/{code}/"):
        query = request.GET.urlencode()
        return f"{translated}?{query}" if query else translated
    query_dict = request.GET.copy()
    query_dict["language"] = code
    return f"{path}?{query_dict.urlencode()}"


@register.simple_tag(takes_context=True)
def municipality(context: RequestContext) -> str:
    """The name in the header: that of the CMS site, else of the installation."""
    request = context.get("request")
    site = Site.find_for_request(request) if request is not None else None
    return (site.site_name if site else "") or settings.WAGTAIL_SITE_NAME


@register.simple_tag
def city_css() -> str:
    """A static file with which a city overrides the tokens; empty when it has none."""
    return str(getattr(settings, "EGUICHET_CITY_CSS", ""))


@register.filter
def in_its_language(text: object) -> SafeString | object:
    """Mark a text that fell back to another language with ``lang``."""
    current = (get_language() or settings.LANGUAGE_CODE).partition("-")[0]
    if isinstance(text, Localized) and text and text.language != current:
        return format_html('<span lang="{}">{}</span>', text.language, str(text))
    return text


@register.filter
def error_target(field: BoundField) -> str:
    """The id an error summary links to: the first control of the field."""
    if field.use_fieldset:
        return f"{field.auto_id}_0"
    return field.id_for_label or str(field.auto_id)
