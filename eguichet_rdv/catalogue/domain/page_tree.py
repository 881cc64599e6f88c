"""The pages of the catalogue: created once, in the first language, with aliases in the others.

Never overwritten: an editor's texts, and the addresses, stay. The page models stand above the domain (they show what it
reads), so they are looked up by name here.
"""

from typing import Any, cast

from django.apps import apps
from django.conf import settings
from django.utils.text import slugify
from django.utils.translation import gettext, gettext_noop, override
from wagtail.models import Locale, Page, Site
from wagtail.signal_handlers import disable_reference_index_auto_update

from eguichet_rdv.catalogue.models import Procedure

INDEX_SLUGS = {"fr": "rendez-vous", "nl": "afspraak", "de": "termin", "en": "appointment"}
"""Fixed addresses, known to kiosks, letters and partner software."""

HOME_TITLE = gettext_noop("Home")
INDEX_TITLE = gettext_noop("Make an appointment")


def create_pages() -> int:
    """Create the pages that are missing; how many that were."""
    codes = [settings.LANGUAGE_CODE, *(code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE)]
    locales = [Locale.objects.get_or_create(language_code=code)[0] for code in codes]
    with disable_reference_index_auto_update():  # nothing these new pages refer to can be deleted anyway
        homes, made_homes = _create_homes(locales)
        indexes, made_indexes = _create_indexes(locales, homes)
        return made_homes + made_indexes + _create_procedure_pages(locales, indexes)


def _model(name: str) -> Any:
    return apps.get_model("catalogue", name)


def _create_homes(locales: list[Locale]) -> tuple[dict[str, Page], int]:
    model = _model("HomePage")
    homes = {page.locale.language_code: page for page in model.objects.select_related("locale")}
    root = Page.get_first_root_node() or Page.add_root(title="Root", slug="root", locale=locales[0])
    made = 0
    for locale in locales:
        if locale.language_code not in homes:
            title = _translate(HOME_TITLE, locale)
            homes[locale.language_code] = _add(root, model, locale, homes, title=title, slug=locale.language_code)
            made += 1
    if made:
        _point_site_to(homes[locales[0].language_code])
    return homes, made


def _point_site_to(home: Page) -> None:
    """Make ``home`` the root of the site, and remove the page a new Wagtail installation greets with."""
    site = Site.objects.filter(is_default_site=True).first()
    if site is None:
        Site.objects.create(
            hostname="localhost", is_default_site=True, root_page=home, site_name=settings.WAGTAIL_SITE_NAME
        )
        return
    former = site.root_page
    if former.pk != home.pk and type(former.specific) is Page:
        site.root_page = home
        site.save()
        if former.numchild == 0:
            former.delete()


def _create_indexes(locales: list[Locale], homes: dict[str, Page]) -> tuple[dict[str, Page], int]:
    model = _model("CatalogueIndexPage")
    indexes = {page.locale.language_code: page for page in model.objects.select_related("locale")}
    made = 0
    for locale in locales:
        code = locale.language_code
        if code not in indexes:
            title = _translate(INDEX_TITLE, locale)
            slug = INDEX_SLUGS.get(code, INDEX_SLUGS["en"])
            indexes[code] = _add(homes[code], model, locale, indexes, title=title, slug=slug)
            made += 1
    return indexes, made


def _create_procedure_pages(locales: list[Locale], indexes: dict[str, Page]) -> int:
    model = _model("ProcedurePage")
    existing: dict[int, dict[str, Page]] = {}
    known = model.objects.select_related("locale")
    for page in known.only("pk", "procedure", "locale", "slug", "translation_key", "alias_of"):
        existing.setdefault(page.procedure_id, {})[page.locale.language_code] = page
    taken = {slug for (slug,) in model.objects.values_list("slug").distinct()}
    made = 0
    for procedure in Procedure.objects.filter(retired_at=None).select_related("service"):
        pages = existing.get(procedure.pk, {})
        missing = [locale for locale in locales if locale.language_code not in pages]
        if not missing:
            continue
        slug = next(iter(pages.values())).slug if pages else _choose_slug(procedure, taken)
        for locale in missing:
            parent = indexes[locale.language_code]
            title = str(procedure.label(locale.language_code))
            pages[locale.language_code] = _add(
                parent, model, locale, pages, title=title, slug=slug, procedure=procedure
            )
            made += 1
    return made


def _choose_slug(procedure: Procedure, taken: set[str]) -> str:
    """``service-procedure``; numbered in the rare case that two pairs of codes read the same."""
    plain = slug = slugify(f"{procedure.service.code}-{procedure.code}")
    number = 1
    while slug in taken:
        number += 1
        slug = f"{plain}-{number}"
    taken.add(slug)
    return slug


def _add(parent: Page, model: Any, locale: Locale, siblings: dict[str, Page], **values: Any) -> Page:
    """Add a page; an alias of the original when there is one in another language."""
    original = next((page for page in siblings.values() if not page.alias_of_id), None)
    page = model(locale=locale, draft_title=values["title"], **values)
    if original is not None:
        page.translation_key = original.translation_key
        page.alias_of_id = original.pk
    return cast("Page", parent.add_child(instance=page))


def _translate(text: str, locale: Locale) -> str:
    with override(locale.language_code):
        return gettext(text)
