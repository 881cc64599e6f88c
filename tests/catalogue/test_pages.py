"""The public pages: made once, at fixed addresses, never with foreign words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import Locale, Page, Site

from eguichet_rdv.catalogue.domain.sync import sync_catalogue
from eguichet_rdv.catalogue.models import Procedure, Service
from eguichet_rdv.catalogue.pages import CatalogueIndexPage, HomePage, ProcedurePage
from eguichet_rdv.plugin.loader import Discovered
from tests.catalogue.garden import KEY, garden, plugin

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
INDEXES = {"fr": "/fr/rendez-vous/", "nl": "/nl/afspraak/", "de": "/de/termin/", "en": "/en/appointment/"}


def sync(*plugins: Discovered) -> int:
    """Sync with pages; how many were created."""
    return sync_catalogue(plugins, now=NOW, pages=True).pages


def page_of(code: str, language: str) -> ProcedurePage:
    page: ProcedurePage = ProcedurePage.objects.get(procedure__code=code, locale__language_code=language)
    return page


def test_pages_are_created_once_at_fixed_addresses() -> None:
    assert sync(plugin()) == 4 * (1 + 1 + 2)
    assert sync(plugin()) == 0
    for language, address in INDEXES.items():
        index = CatalogueIndexPage.objects.get(locale__language_code=language)
        assert index.url == address
        assert page_of("plot", language).url == f"{address}garden-plot/"
    assert Site.objects.get().root_page.specific == HomePage.objects.get(locale__language_code="fr")
    assert not Page.objects.filter(title__startswith="Welcome").exists()


def test_the_tree_comes_back_after_a_flush() -> None:
    Site.objects.all().delete()
    Page.objects.all().delete()
    Locale.objects.all().delete()
    assert sync(plugin()) == 16
    assert Client().get("/fr/rendez-vous/").status_code == 200


def test_aliases_stand_in_the_other_languages() -> None:
    sync(plugin())
    original = page_of("plot", "fr")
    assert original.alias_of is None
    assert {page_of("plot", code).alias_of_id for code in ("nl", "de", "en")} == {original.pk}
    assert page_of("plot", "nl").translation_key == original.translation_key


def test_an_alias_shows_declared_words_never_the_foreign_body() -> None:
    sync_catalogue([one for one in settings.PLUGINS if one.name == "population"], now=NOW)
    page = page_of("eid-demande", "fr")
    page.introduction, page.practical = "<p>Bienvenue au premier étage</p>", "<p>Sonnez deux fois</p>"
    page.bring, page.who, page.fee = "Un stylo\n\nDu courage", "Vous seul", "33 euros tout ronds"
    page.save_revision().publish()
    client = Client()
    french = client.get(page.url)
    dutch = client.get(page_of("eid-demande", "nl").url)
    assert french.context["bring"] == ["Un stylo", "Du courage"]
    assert (french.context["who"], french.context["fee"]) == ("Vous seul", "33 euros tout ronds")
    assert "Bienvenue au premier étage" in french.content.decode()
    assert dutch.context["label"] == "Elektronische identiteitskaart (aanvraag of vernieuwing)"
    assert dutch.context["label"].language == "nl"
    assert dutch.context["fee"] == "€\u00a033,30"
    assert {thing.language for thing in dutch.context["bring"]} == {"nl"}
    text = dutch.content.decode()
    for foreign in ("Bienvenue", "stylo", "Vous seul", "tout ronds", "Sonnez"):
        assert foreign not in text
    assert page_of("eid-demande", "nl").title == "Elektronische identiteitskaart (aanvraag of vernieuwing)"


def test_what_a_page_says_is_said_elsewhere_until_it_is_unpublished() -> None:
    sync(plugin())
    page = page_of("plot", "fr")
    page.bring, page.who = "Un stylo", "Le jardinier"
    page.save_revision().publish()
    plot = Procedure.objects.get(code="plot")
    assert plot.things_to_bring("fr") == ["Un stylo"]
    assert plot.text("who", "fr") == "Le jardinier"
    assert plot.things_to_bring("en") == ["Identity card", "Boots"]
    sync(plugin())
    assert page_of("plot", "fr").bring == "Un stylo"
    page.refresh_from_db()
    page.unpublish()
    plot.refresh_from_db()
    assert plot.text("who", "fr") == "The gardener"


def test_a_new_name_reaches_the_page() -> None:
    sync(plugin())
    plot = Procedure.objects.get(code="plot")
    plot.text_overrides = {"label": {"fr": "Parcelle"}}
    plot.save()
    assert Client().get("/fr/rendez-vous/garden-plot/").context["label"] == "Parcelle"
    assert Client().get("/en/appointment/garden-plot/").context["label"] == "Garden plot"


def test_a_retired_procedure_keeps_its_address_and_leaves_the_list() -> None:
    sync(plugin())
    address = page_of("plot", "fr").url
    sync(garden(replace(KEY, follows="")))
    answer = Client().get(address)
    assert answer.status_code == 410
    assert answer.context["book_url"] == ""
    codes = list_codes(Client().get("/fr/rendez-vous/"))
    assert codes == ["key"]


def test_an_unpublished_page_leaves_the_list() -> None:
    sync(plugin())
    page_of("key", "fr").unpublish()
    assert list_codes(Client().get("/fr/rendez-vous/")) == ["plot"]
    assert list_codes(Client().get("/en/appointment/")) == ["plot"]


def list_codes(answer: object) -> list[str]:
    services = answer.context["services"]  # type: ignore[attr-defined]
    return [listed.procedure.code for service in services for listed in service.procedures]


def test_a_service_without_appointments_is_on_the_list() -> None:
    sync(plugin())
    Service.objects.create(
        code="police",
        letter_declared="Z",
        takes_appointments=False,
        labels={"fr": "Police administrative"},
        where={"fr": "Rue du Collège 62"},
        position=9,
    )
    listed = Client().get("/fr/rendez-vous/").context["services"]
    assert [(service.label, service.where) for service in listed] == [
        ("Gardens", ""),
        ("Police administrative", "Rue du Collège 62"),
    ]


def test_the_list_is_searched_at_its_own_address() -> None:
    sync(plugin())
    answer = Client().get("/en/appointment/", {"q": "  gardne plot "})
    assert answer.context["query"] == "gardne plot"
    assert [found.listed.procedure.code for found in answer.context["results"]] == ["plot"]
    assert Client().get("/en/appointment/").context["results"] is None
    assert Client().get("/en/appointment/", {"q": "<script>\0"}).status_code == 200


def test_the_way_in_is_in_the_visitors_language() -> None:
    sync(plugin())
    for accepted, address in (("nl-BE,nl;q=0.9", "/nl/"), ("de", "/de/"), ("fr-BE", "/fr/"), ("pt", "/fr/")):
        answer = Client().get("/", headers={"accept-language": accepted})
        assert (answer.status_code, answer["Location"]) == (302, address)
    assert Client().get("/nl/").context["language_urls"] == {"fr": "/fr/", "nl": "/nl/", "de": "/de/", "en": "/en/"}


def test_every_page_knows_its_siblings() -> None:
    sync(plugin())
    answer = Client().get("/nl/afspraak/garden-plot/")
    assert answer.context["language_urls"] == {
        language: f"{address}garden-plot/" for language, address in INDEXES.items()
    }
    assert answer.context["index_url"] == "/nl/afspraak/"


def test_the_whole_catalogue_takes_few_queries() -> None:
    sync(*settings.PLUGINS)
    assert Procedure.objects.count() >= 66
    client = Client()
    addresses = ("/fr/rendez-vous/", "/fr/rendez-vous/?q=carte", "/fr/", "/nl/afspraak/population-eid-demande/")
    for address, most in zip(addresses, (12, 12, 13, 17), strict=True):
        client.get(address)  # the addresses of the site are remembered from the first page on
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = client.get(address)
        assert answer.status_code == 200
        assert len(queries) <= most, "\n".join(query["sql"][:150] for query in queries)


def test_an_hour_later_nothing_is_new() -> None:
    sync(plugin())
    assert sync_catalogue([plugin()], now=NOW + timedelta(hours=1)).unchanged
