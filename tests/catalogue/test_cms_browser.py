"""The CMS in a real browser: signed in, silent console, nothing refused by the content security policy."""

from datetime import UTC, datetime

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from eguichet_rdv.accounts.models import User
from eguichet_rdv.catalogue.domain.sync import sync_catalogue
from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.catalogue.pages import ProcedurePage
from tests.harness.browser import Pages, take_shot

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
PASSWORD = "long enough to be safe"


def test_an_editor_confirms_a_fee_and_writes_on_a_page(pages: Pages, live_server: LiveServer) -> None:
    sync_catalogue([one for one in settings.PLUGINS if one.name == "population"], now=NOW)
    User.objects.create_superuser("editor", "editor@example.org", PASSWORD)
    card = Procedure.objects.get(code="eid-demande")
    page = pages.open(f"{live_server.url}/cms/", base_url=live_server.url, height=1000)
    page.fill("input[name=username]", "editor")
    page.fill("input[name=password]", PASSWORD)
    page.locator("form [type=submit]").last.click()
    page.goto("/cms/procedure/")
    page.get_by_role("link", name="Carte d’identité électronique").first.wait_for()
    take_shot(page, "cms-procedures")
    page.goto(f"/cms/procedure/edit/{card.pk}/")
    page.fill("input[name=fee]", "35.50")
    take_shot(page, "cms-procedure")
    page.locator("footer [type=submit], .footer [type=submit]").first.click()
    page.wait_for_url("**/cms/procedure/")
    card.refresh_from_db()
    assert card.fee_cents == 3550
    assert not card.to_confirm
    for name in ("pluginrecord", "service", "openingperiod", "openingperiod/new", "closure/new"):
        page.goto(f"/cms/{name}/")
        page.locator("main").first.wait_for()
        take_shot(page, f"cms-{name.replace('/', '-')}")
    original = page.request.get("/fr/rendez-vous/population-eid-demande/")
    assert "35,50\u00a0€" in original.text()
    written = ProcedurePage.objects.get(procedure=card, locale__language_code="fr")
    page.goto(f"/cms/pages/{written.pk}/edit/")
    page.fill("textarea[name=bring]", "Un stylo")
    take_shot(page, "cms-page")
    page.goto(f"/cms/pages/{written.get_parent().pk}/")
    page.locator("table").first.wait_for()
    take_shot(page, "cms-explorer")
