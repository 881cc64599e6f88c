"""The agenda through the door of the production shape: fifty for one time, everybody at once, processes killed."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx
import pytest
from django.db import connection

from eguichet_rdv.common.cells import cell_of
from eguichet_rdv.scheduling.models import Claim, Reservation
from tests.race.audit import find_faults
from tests.race.mix import run_mix
from tests.race.town_site import Asker, Journal, Site, serve_town

CITIZENS = 50
SHORT_ROUNDS, ROUNDS = 2, int(os.environ.get("SOAK_ROUNDS", "100"))
SHORT_SECONDS, SECONDS = 3, 60
SEED = int(os.environ.get("SOAK_SEED", "3"))
pytestmark = [pytest.mark.race, pytest.mark.db, pytest.mark.django_db(transaction=True)]


def race(site: Site, start: datetime) -> dict[int, list[dict[str, Any]]]:
    """All citizens at once for one time; the answers by their status."""
    together = Barrier(CITIZENS)

    def try_once(asker: Asker) -> httpx.Response:
        together.wait(60)
        return asker.book_by_api(start)

    answers: dict[int, list[dict[str, Any]]] = {}
    with closing(Asker(site, Journal(), "")) as asker, ThreadPoolExecutor(CITIZENS) as pool:
        for answer in pool.map(try_once, [asker] * CITIZENS):
            answers.setdefault(answer.status_code, []).append(answer.json())
    return answers


def assert_one_winner_each(site: Site, starts: list[datetime]) -> None:
    """One gets it, the others are told of three other times; none is left without an answer or with another one."""
    for start in starts:
        answers = race(site, start)
        assert {status: len(bodies) for status, bodies in answers.items()} == {201: 1, 409: CITIZENS - 1}
        for body in answers[409]:
            assert body["error"] == "time_taken"
            assert len(set(body["alternatives"]) - {f"{start:%Y-%m-%dT%H:%M}"}) == 3
        assert Reservation.objects.filter(first_cell=cell_of(start)).count() == 1


@contextmanager
def without_constraint() -> Iterator[None]:
    """The database no longer refuses the second claim of a cell."""
    (constraint,) = (one for one in Claim._meta.constraints if one.name == "one_claim_per_cell")
    known, Claim._meta.constraints = Claim._meta.constraints, []  # SQLite makes the table anew from what the model says
    with connection.schema_editor() as editor:
        editor.remove_constraint(Claim, constraint)
    try:
        yield
    finally:
        Claim.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Claim, constraint)
        Claim._meta.constraints = known


def test_fifty_for_one_then_everybody_at_once(tmp_path: Path) -> None:
    with serve_town(tmp_path, counters=1) as site:
        assert_one_winner_each(site, site.starts[-2 * SHORT_ROUNDS : -SHORT_ROUNDS])
        first = {one.appointment.reference: one.appointment.start for one in reservations()}
        journal = run_mix(site, SHORT_SECONDS, seed=SEED, actors=8, kill_every=SHORT_SECONDS / 2)
    journal.booked |= first
    assert find_faults(journal) == [], explain(site)
    assert journal.counts["killed"] >= 1
    assert_the_audit_notices(journal)


def explain(site: Site) -> str:
    """What helps to find the cause."""
    return f"seed {SEED}; {site.installation.read_logs()[-3000:]}"


def reservations() -> Any:
    return Reservation.objects.filter(appointment__isnull=False).select_related("appointment")


def assert_the_audit_notices(journal: Journal) -> None:
    """The positive control of the audit: one row less, one promise more."""
    journal.booked["LOSTXX"] = datetime(2030, 1, 1)  # noqa: DTZ001 - any moment
    kept = reservations().first()
    Claim.objects.filter(pk=kept.claims.first().pk).delete()
    faults = find_faults(journal)
    assert any(fault.startswith("acknowledged, not written: ('LOSTXX'") for fault in faults)
    assert any("without their cells" in fault for fault in faults)
    assert any(fault.startswith("agenda differs") for fault in faults)


def test_without_protection_several_get_the_time(tmp_path: Path) -> None:
    """The positive control of the race."""
    with (
        serve_town(tmp_path, counters=1, application="tests.race.unprotected:application", workers=1) as site,
        without_constraint(),
    ):
        answers = race(site, site.starts[0])
        assert len(answers[201]) > 1
        assert Reservation.objects.filter(first_cell=cell_of(site.starts[0])).count() > 1


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_hundred_races_through_http(tmp_path: Path) -> None:
    with serve_town(tmp_path, counters=1) as site:
        assert_one_winner_each(site, site.starts[:ROUNDS])


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kill_every", [0, 6], ids=["calm", "killed"])
def test_a_minute_of_everything(tmp_path: Path, kill_every: float) -> None:
    with serve_town(tmp_path, counters=2) as site:
        journal = run_mix(site, SECONDS, seed=SEED, actors=16, kill_every=kill_every)
    print(dict(sorted(journal.counts.items())))  # noqa: T201 - the figures of docs/figures.md
    assert find_faults(journal) == [], explain(site)
    assert bool(journal.counts.get("killed")) == bool(kill_every)
