from collections.abc import Iterator

import pytest
import time_machine

from eguichet_rdv.townhall.models import Kiosk
from tests.kiosk.device import Device
from tests.town import MONDAY, Town, make_town


@pytest.fixture
def town(db: None) -> Town:
    return make_town()


@pytest.fixture
def kiosk(town: Town) -> Kiosk:
    return Kiosk.objects.create(location=town.location, slug="hall-1", name="Hall")


@pytest.fixture
def device(kiosk: Kiosk) -> Device:
    return Device(kiosk)


@pytest.fixture
def travel(town: Town) -> Iterator[time_machine.Traveller]:
    """It is Tuesday 24 November 2026, 9 o'clock in Verviers."""
    with time_machine.travel(town.at("09:00"), tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _tuesday(travel: time_machine.Traveller) -> None:
    assert MONDAY.tzinfo is not None
