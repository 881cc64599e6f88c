import pytest

from eguichet_rdv.plugin import Counter, Mode, Procedure, Service, _, minutes
from eguichet_rdv.plugin.testing import UnsoundServiceError, check_service

PERMIT = Procedure("permit", _("Parking permit"), minutes(10))


def make_service(*procedures: Procedure, counters: tuple[Counter, ...] = (), api: int = 1) -> Service:
    return Service(
        code="parking", label=_("Parking"), letter="Z", procedures=procedures or (PERMIT,), counters=counters, api=api
    )


def test_sound_service_has_no_warning() -> None:
    assert check_service(make_service()) == []


def test_missing_translations_are_warnings() -> None:
    assert check_service(make_service(), "eguichet_rdv.plugin", languages=("en", "fr")) == [
        "There is no compiled translation into « fr » in the package « eguichet_rdv.plugin »."
    ]


def test_partly_translated_service_names_what_is_missing() -> None:
    service = make_service(Procedure("passport", _("Passport"), minutes(10)))
    assert check_service(service, "eguichet_etrangers", languages=("fr",)) == [
        "« Parking » is not translated into « fr »."
    ]


def test_something_else_is_refused() -> None:
    with pytest.raises(UnsoundServiceError, match="names a str; it must name a Service"):
        check_service("parking")


def test_newer_contract_is_refused() -> None:
    with pytest.raises(AssertionError, match="version 2 of the plugin contract"):
        check_service(make_service(api=2))


def test_procedure_without_counter_is_refused() -> None:
    other = Procedure("card", _("Resident card"), minutes(10))
    by_post = Procedure("copy", _("Copy"), minutes(10), mode=Mode.POST)
    counter = Counter("one", _("One"), handles=("permit",))
    with pytest.raises(UnsoundServiceError) as refused:
        check_service(make_service(PERMIT, other, by_post, counters=(counter,)))
    assert str(refused.value) == "No counter handles « card », so it could never be booked."


def test_package_that_programs_is_refused() -> None:
    with pytest.raises(
        UnsoundServiceError, match="contains admin, apps, management, migrations, models; a plugin declares"
    ):
        check_service(make_service(), "django.contrib.sites")


def test_every_problem_is_said_at_once() -> None:
    twin = Procedure("twin", _("Parking permit"), minutes(10), delay=_("3  weeks"))
    with pytest.raises(UnsoundServiceError) as refused:
        check_service(make_service(PERMIT, twin))
    assert str(refused.value).splitlines() == [
        "Procedures « permit » and « twin » have the same label; nobody could tell them apart.",
        "The text « 3  weeks » has blanks at its ends or in a row, or a line break.",
    ]
