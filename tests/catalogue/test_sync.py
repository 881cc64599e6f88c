from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from eguichet_rdv.accounts.models import User
from eguichet_rdv.catalogue.checks import check_plugins
from eguichet_rdv.catalogue.domain.sync import sync_catalogue
from eguichet_rdv.catalogue.models import CounterKind, PluginRecord, Procedure, Service
from eguichet_rdv.plugin import Mode, Text, minutes
from eguichet_rdv.plugin.loader import Discovered, Status
from eguichet_rdv.scheduling.models import Appointment, AppointmentItem, Visitor
from eguichet_rdv.townhall.models import Location
from tests.catalogue.garden import GARDEN, KEY, PLOT, garden, plugin

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def sync(*plugins: Discovered, later: int = 0) -> list[str]:
    """Sync without pages; the report's lines."""
    return sync_catalogue(plugins, now=NOW + timedelta(days=later), pages=False).lines()


def test_the_installed_plugins_are_recorded_whole() -> None:
    sync_catalogue(settings.PLUGINS, now=NOW, pages=False)
    declared = [plugin.service for plugin in settings.PLUGINS if plugin.service]
    assert {service.code for service in declared} >= {"population", "etrangers", "etat-civil", "passeports"}
    assert Procedure.objects.count() == sum(len(service.procedures) for service in declared)
    card = Procedure.objects.get(service__code="population", code="eid-demande")
    assert card.fee_cents == 3330
    assert set(card.texts["label"]) == {"fr", "nl", "de", "en"}
    assert card.to_confirm
    collected = Procedure.objects.get(service__code="population", code="eid-retrait")
    assert collected.follows == card


def test_a_second_sync_changes_nothing() -> None:
    sync_catalogue(settings.PLUGINS, now=NOW, pages=False)
    report = sync_catalogue(settings.PLUGINS, now=NOW + timedelta(days=1), pages=False)
    assert report.unchanged
    assert report.lines() == ["The catalogue is up to date."]
    assert set(PluginRecord.objects.values_list("seen_at", flat=True)) == {NOW}


def test_links_between_procedures_and_counters_follow_the_declaration() -> None:
    sync(plugin())
    key, plot = Procedure.objects.get(code="key"), Procedure.objects.get(code="plot")
    assert key.follows == plot
    assert set(CounterKind.objects.get(code="shed").procedures.all()) == {plot}
    assert set(CounterKind.objects.get(code="all").procedures.all()) == {key, plot}
    sync(plugin(replace(GARDEN, procedures=(replace(KEY, follows=""), PLOT))))
    key.refresh_from_db()
    assert key.follows is None


def test_a_local_value_wins_and_is_never_touched() -> None:
    sync(plugin())
    plot = Procedure.objects.get(code="plot")
    plot.minutes_override, plot.fee_cents_override = 30, 2000
    plot.text_overrides = {"label": {"en": "Allotment"}}
    plot.save()
    sync(garden(replace(PLOT, duration=minutes(25), label=Text("Garden"), fee_cents=1300), KEY))
    plot.refresh_from_db()
    assert (plot.minutes, plot.minutes_declared) == (30, 25)
    assert (plot.fee_cents, plot.fee_cents_declared) == (2000, 1300)
    assert plot.label("en") == "Allotment"
    assert plot.texts["label"]["en"] == "Garden"


def test_a_confirmed_value_is_to_be_confirmed_again_when_the_plugin_changes_it() -> None:
    sync(plugin())
    editor = User.objects.create_user("editor")
    Procedure.objects.update(confirmed_at=NOW, confirmed_by=editor)
    Procedure.objects.filter(code="key").update(minutes_override=10)
    sync(plugin(replace(GARDEN, procedures=(replace(KEY, duration=minutes(15)), replace(PLOT, fee_cents=1)))))
    assert Procedure.objects.get(code="plot").to_confirm
    assert not Procedure.objects.get(code="key").to_confirm  # the local value hides the change


def test_new_words_do_not_ask_for_a_new_confirmation() -> None:
    sync(plugin())
    Procedure.objects.update(confirmed_at=NOW)
    sync(plugin(replace(GARDEN, procedures=(KEY, replace(PLOT, who=Text("Anybody"))))))
    assert not Procedure.objects.get(code="plot").to_confirm


def test_a_vanished_procedure_is_retired_and_its_appointments_stay() -> None:
    sync(plugin())
    plot = Procedure.objects.get(code="plot")
    appointment = book(plot)
    lines = sync(garden(replace(KEY, follows="")), later=1)
    plot.refresh_from_db()
    assert "retired: garden/plot" in lines
    assert plot.retired_at == NOW + timedelta(days=1)
    assert not plot.bookable_online
    assert [item.procedure for item in appointment.items.all()] == [plot]
    lines = sync(plugin(), later=2)
    plot.refresh_from_db()
    assert any(line.startswith("back: garden/plot") for line in lines)
    assert plot.bookable_online


def test_a_plugin_that_is_gone_takes_its_service_along_and_brings_it_back() -> None:
    sync(plugin())
    lines = sync(later=1)
    assert PluginRecord.objects.get().status == "missing"
    assert "retired: garden, garden/key, garden/plot" in lines
    assert Service.objects.get().retired_at == NOW + timedelta(days=1)
    assert sync(later=2) == ["The catalogue is up to date."]
    sync(plugin(), later=3)
    assert Service.objects.get().retired_at is None
    assert Procedure.objects.filter(retired_at=None).count() == 2


def test_a_disabled_plugin_is_out_of_the_offer() -> None:
    sync(plugin())
    sync(plugin(status=Status.DISABLED))
    assert PluginRecord.objects.get().status == "disabled"
    assert not Procedure.objects.filter(retired_at=None).exists()


def test_a_broken_plugin_is_listed_with_its_sentence_and_keeps_what_it_declared_last() -> None:
    sync(plugin())
    broken = plugin(status=Status.BROKEN, problem="It ended the program when it was imported.")
    lines = sync(broken, later=1)
    record = PluginRecord.objects.get()
    assert (record.status, record.problem) == ("broken", "It ended the program when it was imported.")
    assert lines[-1] == "garden (garden-plugin 1.0) is broken: It ended the program when it was imported."
    assert Procedure.objects.filter(retired_at=None).count() == 2


def test_a_broken_plugin_that_never_worked_offers_nothing() -> None:
    sync(plugin(status=Status.BROKEN, problem="It can't be imported."))
    assert not Service.objects.exists()


def test_two_distributions_under_one_name_are_both_listed() -> None:
    other = replace(
        plugin(status=Status.BROKEN, problem="The code « garden » is already used."), distribution="another-garden"
    )
    sync(plugin(), other)
    assert list(PluginRecord.objects.values_list("distribution", "status")) == [
        ("another-garden", "broken"),
        ("garden-plugin", "active"),
    ]
    assert Procedure.objects.filter(retired_at=None).count() == 2


def test_a_service_without_plugin_is_left_alone_until_one_brings_it() -> None:
    police = Service.objects.create(code="police", letter_declared="Z", takes_appointments=False)
    own = Service.objects.create(code="garden", letter_declared="Y", takes_appointments=False)
    sync(plugin())
    police.refresh_from_db()
    own.refresh_from_db()
    assert police.retired_at is None
    assert not police.takes_appointments
    assert own.takes_appointments
    assert own.letter == "G"


def test_checks_repeat_each_problem_as_a_warning(settings: object) -> None:
    settings.PLUGINS = (plugin(), plugin(status=Status.BROKEN, problem="It hangs."))  # type: ignore[attr-defined]
    (message,) = check_plugins(None)
    assert message.msg == "The plugin « garden » (garden-plugin 1.0) is broken: It hangs."
    assert not message.is_serious()


def test_every_declared_value_reaches_its_column() -> None:
    sync(
        garden(
            replace(
                PLOT,
                mode=Mode.CLERK,
                step=minutes(10),
                last_start="15:00",
                minimum_notice=timedelta(hours=2),
                horizon=timedelta(days=30),
                legal_deadline=timedelta(days=15),
                child_from_age=6,
                residents_only=True,
                sensitive=True,
                online_url="https://e-guichet.example/plot",
                summary=Text("For vegetables"),
                delay=Text("At once"),
            )
        )
    )
    plot = Procedure.objects.get()
    assert (plot.mode, plot.step_minutes, plot.last_start, plot.notice_minutes) == ("clerk", 10, "15:00", 120)
    assert (plot.horizon_days, plot.legal_deadline_days, plot.child_from_age) == (30, 15, 6)
    assert (plot.residents_only, plot.sensitive, plot.online_url) == (True, True, "https://e-guichet.example/plot")
    assert (plot.text("summary", "en"), plot.text("delay", "en")) == ("For vegetables", "At once")
    assert plot.things_to_bring("en") == ["Identity card", "Boots"]
    assert plot.public_label("en") == "Gardens"
    assert plot.duration(3) == timedelta(minutes=30)


def book(procedure: Procedure) -> Appointment:
    """An appointment row for ``procedure``, without an agenda."""
    location = Location.objects.create(
        slug="hall", name="Hall", municipality="Verviers", street="Place 1", postcode="4800", city="Verviers"
    )
    visitor = Visitor.objects.create(last_name="Lambert", first_name="Anne")
    appointment = Appointment.objects.create(
        location=location,
        visitor=visitor,
        start=NOW,
        end=NOW + timedelta(minutes=20),
        date=NOW.date(),
        reference="ABC234",
        language="fr",
    )
    AppointmentItem.objects.create(appointment=appointment, procedure=procedure, minutes=20)
    return appointment
