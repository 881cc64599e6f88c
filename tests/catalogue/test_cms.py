"""The catalogue and the place in the CMS, as an editor meets them."""

from datetime import UTC, date, datetime, time

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from eguichet_rdv.accounts.models import User
from eguichet_rdv.catalogue.domain.editors import allow_editors
from eguichet_rdv.catalogue.domain.sync import sync_catalogue
from eguichet_rdv.catalogue.models import PluginRecord, Procedure, Service
from eguichet_rdv.catalogue.pages import ProcedurePage
from eguichet_rdv.plugin.loader import Status
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Assignment, Closure, Counter, Location, OpeningPeriod, WaitingZone
from eguichet_rdv.townhall.receivers import EDITED
from tests.catalogue.garden import plugin

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture
def editor(db: None) -> User:
    sync_catalogue([plugin()], now=NOW)
    allow_editors("townhall", EDITED)
    user = User.objects.create_user("editor", password="long enough to be safe", language="en")
    Assignment.objects.create(user=user, role=Role.EDITOR)
    return user


@pytest.fixture
def cms(editor: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(editor, backend="eguichet_rdv.accounts.backends.StaffBackend")
    return client


@pytest.fixture
def superuser_cms(editor: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(
        User.objects.create_superuser("root", "root@example.org", "x"),
        backend="eguichet_rdv.accounts.backends.StaffBackend",
    )
    return client


def procedure(code: str = "plot") -> Procedure:
    return Procedure.objects.get(code=code)


def edit(client: Client, **values: str) -> Procedure:
    """Save the form of the procedure with ``values`` typed in."""
    address = reverse("procedure:edit", args=[procedure().pk])
    answer = client.post(address, values)
    assert answer.status_code == 302, answer.context["form"].errors
    return procedure()


def test_a_procedure_shows_what_is_declared_beside_what_is_local(cms: Client) -> None:
    Procedure.objects.filter(code="plot").update(minutes_override=35)
    text = cms.get(reverse("procedure:edit", args=[procedure().pk])).content.decode()
    assert "Declared: 20" in text
    assert 'value="35"' in text
    assert "Declared: 12,50\u00a0€" in text
    assert "Declared: Garden plot" in text


def test_saving_keeps_local_values_and_confirms(cms: Client, editor: User) -> None:
    assert procedure().to_confirm
    saved = edit(
        cms,
        label_fr="Parcelle",
        fee="33.30",
        minutes_override="25",
        mode_override="clerk",
        residents_only_override="true",
        sensitive_override="",
    )
    assert (saved.label("fr"), saved.label("en")) == ("Parcelle", "Garden plot")
    assert (saved.fee_cents, saved.fee_cents_declared) == (3330, 1250)
    assert (saved.minutes, saved.mode, saved.residents_only, saved.sensitive_override) == (25, "clerk", True, None)
    assert not saved.to_confirm
    assert saved.confirmed_by == editor


def test_an_emptied_field_goes_back_to_what_is_declared(cms: Client) -> None:
    edit(cms, label_fr="Parcelle", fee="33.30", minutes_override="25", online_url_override="https://x.example/")
    saved = edit(cms)
    assert saved.label("fr") == "Garden plot"
    assert (saved.fee_cents, saved.minutes, saved.online_url) == (1250, 20, "")
    assert saved.online_url_override is None
    assert saved.last_start_override is None


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("minutes_override", "7", "Take a multiple of five minutes, at most eight hours."),
        ("minutes_override", "0", "A visit takes at least five minutes."),
        ("minutes_override", "1441", "Take a multiple of five minutes, at most eight hours."),
        ("max_persons_override", "0", "At least one person comes."),
        ("max_persons_override", "99", "With so many persons a visit takes more than eight hours."),
        ("last_start_override", "15:03", "Write the hour as 15:00, in steps of five minutes."),
        ("fee", "12.345", "Ensure that there are no more than 2 decimal places."),
    ],
)
def test_nonsense_is_refused_with_a_sentence(cms: Client, field: str, typed: str, sentence: str) -> None:
    answer = cms.post(reverse("procedure:edit", args=[procedure().pk]), {field: typed})
    assert answer.status_code == 200
    assert sentence in answer.context["form"].errors[field]
    assert procedure().to_confirm


def test_a_service_that_is_only_in_the_house_is_added_by_hand(cms: Client) -> None:
    values = {"code": "police", "label_fr": "Police administrative", "position": "5", "where_fr": "Au premier"}
    answer = cms.post(reverse("service:add"), {**values, "letter_override": "G"})
    assert answer.context["form"].errors["letter_override"] == ["The letter G is already used by Gardens."]
    assert cms.post(reverse("service:add"), {**values, "letter_override": "Z"}).status_code == 302
    police = Service.objects.get(code="police")
    assert (police.label("fr"), police.place("fr"), police.letter) == ("Police administrative", "Au premier", "Z")
    assert not police.takes_appointments


def test_plugins_are_listed_with_their_sentence_and_cannot_be_changed(superuser_cms: Client) -> None:
    sync_catalogue([plugin(status=Status.BROKEN, problem="It hangs on import.")], now=NOW)
    text = superuser_cms.get(reverse("pluginrecord:index")).content.decode()
    assert "It hangs on import." in text
    assert "broken" in text
    record = PluginRecord.objects.get()
    for name, arguments in (("add", []), ("edit", [record.pk]), ("delete", [record.pk])):
        assert superuser_cms.get(reverse(f"pluginrecord:{name}", args=arguments)).status_code == 302
    assert superuser_cms.get(reverse("procedure:add")).status_code == 302


def test_editors_reach_what_they_need_and_no_more(cms: Client) -> None:
    for name in ("procedure", "service", "pluginrecord", "openingperiod", "closure", "counter", "location", "kiosk"):
        assert cms.get(reverse(f"{name}:index")).status_code == 200, name
    assert cms.get(reverse("assignment:index")).status_code == 302
    assert cms.get(reverse("assignment:add")).status_code == 302
    assert Assignment.objects.count() == 1


def test_the_role_alone_opens_the_cms_and_its_loss_closes_it(cms: Client, editor: User) -> None:
    held = Assignment.objects.get()
    for role, opened in ((Role.EDITOR, True), (Role.CLERK, False), (Role.MANAGER, True)):
        held.role = role
        held.save()
        assert (cms.get(reverse("openingperiod:index")).status_code == 200) is opened, role
    held.delete()
    assert not editor.groups.exists()


def test_what_a_municipality_takes_from_the_editors_stays_taken(editor: User) -> None:
    group = Group.objects.get(name="Editors")
    group.permissions.remove(*group.permissions.filter(codename="change_service"))
    sync_catalogue([plugin()], now=NOW)
    assert not group.permissions.filter(codename="change_service").exists()
    assert group.permissions.filter(codename="change_procedure").exists()


def test_a_page_of_the_catalogue_is_not_deleted(superuser_cms: Client) -> None:
    page = ProcedurePage.objects.filter(alias_of=None, procedure__code="plot").get()
    answer = superuser_cms.post(reverse("wagtailadmin_pages:delete", args=[page.pk]), follow=True)
    assert "The catalogue needs this page." in answer.content.decode()
    assert ProcedurePage.objects.filter(pk=page.pk).exists()


def test_an_editor_writes_on_a_page(cms: Client) -> None:
    page = ProcedurePage.objects.get(alias_of=None, procedure__code="plot")
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    text = cms.get(address).content.decode()
    assert "One thing a line." in text
    values = {"bring": "Un stylo", "who": "", "fee": "", "introduction": "null", "practical": "null"}
    values |= {"seo_title": "", "search_description": "", "action-publish": "1", "comments-TOTAL_FORMS": "0"}
    values |= {"comments-INITIAL_FORMS": "0"}
    assert cms.post(address, values).status_code == 302
    page.refresh_from_db()
    assert page.bring == "Un stylo"
    assert page.slug == "garden-plot"
    assert procedure().things_to_bring("fr") == ["Un stylo"]


def test_a_page_of_its_own_begins_without_foreign_words(cms: Client) -> None:
    original = ProcedurePage.objects.get(alias_of=None, procedure__code="plot")
    original.bring = "Un stylo"
    original.save_revision().publish()
    dutch = ProcedurePage.objects.get(locale__language_code="nl", procedure__code="plot")
    assert cms.post(reverse("wagtailadmin_pages:convert_alias", args=[dutch.pk])).status_code == 302
    dutch.refresh_from_db()
    assert dutch.alias_of is None
    assert dutch.bring == ""
    assert procedure().things_to_bring("nl") == ["Identity card", "Boots"]
    assert "stylo" not in cms.get(dutch.url).content.decode()


def test_hours_and_closures_are_added(cms: Client) -> None:
    location = Location.objects.create(
        slug="hall", name="Hall", municipality="Verviers", street="Place 1", postcode="4800", city="Verviers"
    )
    zone = WaitingZone.objects.create(location=location, code="A")
    counter = Counter.objects.create(location=location, zone=zone, name="1")
    hours = {"counter": str(counter.pk), "weekday": "0", "every_weeks": "1", "for_online": "on", "for_clerk": "on"}
    answer = cms.post(reverse("openingperiod:add"), {**hours, "opens": "12:00", "closes": "09:00"})
    assert "The period must end after it begins" in answer.content.decode()
    assert cms.post(reverse("openingperiod:add"), {**hours, "opens": "08:30", "closes": "12:00"}).status_code == 302
    period = OpeningPeriod.objects.get()
    assert (period.opens, period.closes, period.for_walk_in) == (time(8, 30), time(12, 0), False)
    days = {"location": str(location.pk), "first_date": "2026-12-26", "last_date": "2026-12-26", "reason": "Fête"}
    both = {**days, "counter": str(counter.pk)}
    assert "Choose one of location" in cms.post(reverse("closure:add"), both).content.decode()
    assert cms.post(reverse("closure:add"), days).status_code == 302
    assert Closure.objects.get().first_date == date(2026, 12, 26)
