"""What an arrival asks of the database; a statement more is a decision, not an accident."""

from pytest_django import DjangoAssertNumQueries

from eguichet_rdv.scheduling.domain.tokens import check_in_token
from eguichet_rdv.waiting.domain.numbers import build_roster
from tests.kiosk.device import Device
from tests.kiosk.test_arrivals import make
from tests.town import Town


def test_a_check_in_takes_sixteen_statements(
    device: Device, town: Town, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    code = check_in_token(make(town))
    build_roster(town.location, town.at("09:30", 24).date())
    with django_assert_num_queries(
        16
    ):  # with open counters some more every ten seconds, when the hall is looked at anew
        assert device.check_in(code=code)["outcome"] == "ticket"
