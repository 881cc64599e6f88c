"""The power goes at any moment: what the kiosk has promised is on its disk. « power » tells what is modelled."""

import os
import random
from pathlib import Path

import pytest

from eguichet_kiosk_bridge.journal import Journal
from tests.kiosk_bridge.power import Recorder, recording

DAY = "2026-12-01"
SEED = int(os.environ.get("SOAK_SEED", "3"))
SHORT = (30, 60)
LONG = (400, 4000)


def live_through_a_day(folder: Path, arrivals: int, chance: random.Random, synchronous: str) -> Recorder:
    """Everything the journal is used for, each arrival promised once it has been written down."""
    with recording(folder) as recorder:
        journal = Journal(folder / "kiosk.sqlite3")
        journal._database.execute(f"PRAGMA synchronous={synchronous}")
        for count in range(arrivals):
            seq = journal.begin("check_in", f"id-{count}", DAY)
            if chance.random() < 0.1:
                journal.note_answer(seq, None)
                continue
            journal.note_decision(seq, {"seq": seq, "number": count}, f"P{count}", f"uid-{count}")
            recorder.promise(count)
            journal.note_printed(DAY, f"P{count}", printed=True)
            if chance.random() < 0.05:
                journal.replace_roster([{"date": DAY, "salt": "", "entries": [{"x": "y" * 3000}]}], [])
            if chance.random() < 0.05:
                journal.note_uploaded([entry.seq for entry in journal.find_pending(chance.randint(1, 9))])
            if chance.random() < 0.02:
                # The program ends in order and starts again: the log is written back into the file.
                journal.close()
                journal = Journal(folder / "kiosk.sqlite3")
                journal._database.execute(f"PRAGMA synchronous={synchronous}")
        journal.close()
    return recorder


def count_lost(recorder: Recorder, cuts: int, chance: random.Random, folder: Path) -> tuple[int, int]:
    """Return how many promised arrivals are missing after so many cuts, and how many files were damaged."""
    lost = damaged = 0
    for cut in range(cuts):
        disk = folder / str(cut)
        disk.mkdir()
        place = chance.randrange(len(recorder.calls) + 1)
        recorder.rebuild(place, chance, disk)
        journal = Journal(disk / "kiosk.sqlite3")
        known = {row[0] for row in journal._read("SELECT number FROM arrival WHERE state IN ('pending', 'uploaded')")}
        lost += len({f"P{count}" for count in recorder.promised_before(place)} - known)
        damaged += journal._read("PRAGMA integrity_check") != [("ok",)]
        journal.close()
        for file in disk.iterdir():
            file.unlink()
    return lost, damaged


@pytest.mark.parametrize(
    "size", [SHORT, pytest.param(LONG, marks=[pytest.mark.soak, pytest.mark.sqlite_only, pytest.mark.timeout(1800)])]
)
def test_power_cut_loses_nothing_that_was_promised(tmp_path: Path, size: tuple[int, int]) -> None:
    arrivals, cuts = size
    chance = random.Random(SEED)
    journal = tmp_path / "journal"
    journal.mkdir()
    recorder = live_through_a_day(journal, arrivals, chance, "FULL")
    assert count_lost(recorder, cuts, chance, tmp_path) == (0, 0), f"seed {SEED}"


def test_without_the_sync_a_power_cut_would_lose_arrivals(tmp_path: Path) -> None:
    """The positive control: the test above would notice."""
    chance = random.Random(SEED)
    journal = tmp_path / "journal"
    journal.mkdir()
    recorder = live_through_a_day(journal, 20, chance, "NORMAL")
    lost, _damaged = count_lost(recorder, 10, chance, tmp_path)
    assert lost > 0
