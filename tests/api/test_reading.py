import re

import pytest
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings

from eguichet_rdv.catalogue.enums import BookingMode
from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.townhall.models import Counter, Location, WaitingZone
from tests.api.partner import Partner
from tests.town import Town, make_counter

STARTS = "/procedures/population/carte/starts?from=2026-11-24&to=2026-11-24"


def test_services_are_listed_with_their_procedures(partner: Partner) -> None:
    answer = partner.get("/services?lang=nl")
    assert answer.status_code == 200
    assert answer.json() == [
        {
            "code": "population",
            "label": "Bevolking",
            "procedures": [
                {
                    "code": "carte",
                    "label": "Identiteitskaart",
                    "minutes": 15,
                    "minutes_per_extra_person": 0,
                    "max_persons": 1,
                    "mode": "online",
                    "locations": ["maison-communale"],
                },
                {
                    "code": "kids-id",
                    "label": "Kids-ID",
                    "minutes": 15,
                    "minutes_per_extra_person": 10,
                    "max_persons": 4,
                    "mode": "online",
                    "locations": ["maison-communale"],
                },
            ],
        }
    ]


def test_the_language_is_the_one_preferred(partner: Partner) -> None:
    answer = partner.get("/services", **{"Accept-Language": "nl-BE,nl;q=0.9"})
    assert (answer.json()[0]["label"], answer["Content-Language"]) == ("Bevolking", "nl")
    answer = partner.get("/services?lang=de", **{"Accept-Language": "nl"})
    assert (answer.json()[0]["label"], answer["Content-Language"]) == ("Einwohnermeldeamt", "de")


def test_services_cost_the_same_queries_however_many(
    partner: Partner, town: Town, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    partner.get("/services")
    with django_assert_num_queries(3):
        partner.get("/services")
    make_counter(town.zone_b, "8", [town.card])
    with django_assert_num_queries(3):
        partner.get("/services")


def test_free_times_of_a_day(partner: Partner) -> None:
    answer = partner.get(STARTS)
    assert answer.status_code == 200
    body = answer.json()
    assert body["timezone"] == "Europe/Brussels"
    assert [day["date"] for day in body["days"]] == ["2026-11-24"]
    assert body["days"][0]["times"][:3] == ["08:30", "08:45", "09:00"]


def test_days_without_a_free_time_are_left_out(partner: Partner) -> None:
    answer = partner.get("/procedures/population/carte/starts?from=2026-11-27&to=2026-11-30")
    assert [day["date"] for day in answer.json()["days"]] == ["2026-11-27", "2026-11-30"]


def test_free_times_cost_three_queries(
    partner: Partner, town: Town, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    partner.get(STARTS)
    sixty_days = "/procedures/population/carte/starts?from=2026-11-24&to=2027-01-22"
    with django_assert_max_num_queries(3) as queries:
        partner.get(sixty_days)
    assert isinstance(queries, CaptureQueriesContext)
    for name in "3456":
        make_counter(town.zone_b, name, [town.card])
    with django_assert_max_num_queries(3):
        partner.get(sixty_days)


def test_a_long_way_off_nothing_is_free(partner: Partner) -> None:
    for first, last in (("9999-12-01", "9999-12-31"), ("0001-01-01", "0001-01-02"), ("2026-11-01", "2026-11-02")):
        answer = partner.get(f"/procedures/population/carte/starts?from={first}&to={last}")
        assert (answer.status_code, answer.json()["days"]) == (200, [])


@pytest.mark.parametrize(
    ("query", "error", "field"),
    [
        ("from=2026-11-24&to=2026-11-23", "invalid", "to"),
        ("from=2026-11-24&to=2027-01-25", "invalid", "to"),
        ("from=2016-11-24&to=2026-11-24", "invalid", "to"),
        ("from=2026-11-24", "missing_field", "to"),
        ("from=0&to=2026-11-24", "invalid", "from"),
        ("from=2026-W48-2&to=2026-11-24", "invalid", "from"),
        ("from=2026-02-30&to=2026-11-24", "invalid", "from"),
        ("from=２０２６-11-24&to=2026-11-24", "invalid", "from"),
        ("from=2026-11-24&to=2026-11-24&persons=0", "invalid", "persons"),
        ("from=2026-11-24&to=2026-11-24&persons=-1", "invalid", "persons"),
        ("from=2026-11-24&to=2026-11-24&persons=1e9", "invalid", "persons"),
        ("from=2026-11-24&to=2026-11-24&form=x", "invalid", "form"),
        ("from=2026-11-24&to=2026-11-24&lang=tlh", "invalid", "lang"),
    ],
)
def test_bad_questions_get_one_clear_sentence(partner: Partner, query: str, error: str, field: str) -> None:
    answer = partner.get(f"/procedures/population/carte/starts?{query}")
    assert answer.status_code == 422
    body = answer.json()
    assert (body["error"], body["field"]) == (error, field)
    assert body["message"]


def test_too_many_persons_for_a_procedure(partner: Partner) -> None:
    answer = partner.get(f"{STARTS}&persons=2")
    assert (answer.status_code, answer.json()["error"]) == (422, "too_many_persons")


@pytest.mark.parametrize(
    "path",
    [
        "/procedures/population/nothing/starts?from=2026-11-24&to=2026-11-24",
        "/procedures/nobody/carte/starts?from=2026-11-24&to=2026-11-24",
        "/procedures/population/%00/starts?from=2026-11-24&to=2026-11-24",
        "/procedures/population/a%0Ab/starts?from=2026-11-24&to=2026-11-24",
        f"/procedures/population/{'x' * 5000}/starts?from=2026-11-24&to=2026-11-24",
        f"{STARTS}&location=nowhere",
        f"{STARTS}&location=%00",
        "/nothing-here",
        "/appointments/ABC234",
    ],
)
def test_what_does_not_exist_is_404(partner: Partner, path: str) -> None:
    answer = partner.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"] == "not_found"


def test_a_wrong_method_is_405(partner: Partner) -> None:
    assert partner.client.delete("/api/v1/services").status_code == 405


def test_a_procedure_without_times_is_409(partner: Partner, town: Town) -> None:
    Procedure.objects.filter(pk=town.card.pk).update(mode_override=BookingMode.WALK_IN)
    answer = partner.get(STARTS)
    assert (answer.status_code, answer.json()["error"]) == (409, "not_bookable")


def test_with_several_places_one_is_named(partner: Partner, town: Town) -> None:
    other = Location.objects.create(slug="ensival", name="Ensival", street="Rue 1", postcode="4800", city="Verviers")
    zone = WaitingZone.objects.create(location=other, code="A")
    Counter.objects.create(location=other, zone=zone, name="1").procedures.add(town.card)
    answer = partner.get(STARTS)
    assert (answer.status_code, answer.json()["field"]) == (422, "location")
    assert partner.get(f"{STARTS}&location=maison-communale").json()["days"] != []
    assert partner.get(f"{STARTS}&location=ensival").json()["days"] == []


def test_reads_are_limited(partner: Partner, settings: Settings) -> None:
    settings.EGUICHET_API_READS_PER_MINUTE = 3
    answers = [partner.get("/services") for _ask in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].json()["error"] == "too_many_requests"
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert partner.get("/services", Authorization=f"Bearer {partner.key}").status_code == 200


def test_the_documentation_needs_nobody_else(partner: Partner) -> None:
    page = partner.get("/docs")
    assert page.status_code == 200
    html = page.content.decode()
    assert "/api/v1/appointments/{reference}/cancel" in html
    assert not re.findall(r"https?://(?!www\.w3\.org)", html)
    assert "<script" not in html
    assert "style=" not in html


def test_every_operation_is_described(partner: Partner) -> None:
    paths = partner.get("/openapi.json").json()["paths"]
    assert {(method, path) for path, methods in paths.items() for method in methods} == {
        ("get", "/api/v1/services"),
        ("get", "/api/v1/procedures/{service}/{procedure}/starts"),
        ("post", "/api/v1/appointments"),
        ("post", "/api/v1/appointments/{reference}/cancel"),
    }
