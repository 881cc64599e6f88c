import urllib.request

import pytest

from tests.harness.installation import Installation
from tests.harness.processes import list_family

pytestmark = pytest.mark.e2e


def test_the_production_shape_answers_and_leaves_nothing_behind(installation: Installation) -> None:
    with urllib.request.urlopen(f"{installation.url}/healthz", timeout=10) as answer:  # noqa: S310 - our own address
        assert answer.status == 200
    assert len(list_family(installation.pages.pid)) == 1 + installation.workers
    assert installation.worker.code is None
