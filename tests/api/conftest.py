from collections.abc import Iterator

import pytest
import time_machine

from eguichet_rdv.api.limits import READS, WRITES
from tests.api.partner import Partner
from tests.town import MONDAY, Town, make_town


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    """It is Monday 23 November 2026, 7 o'clock; nobody has asked for anything yet."""
    for limit in (READS, WRITES):
        limit.portions.forget()
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def town(db: None) -> Town:
    return make_town()


@pytest.fixture
def partner(town: Town) -> Partner:
    return Partner()
