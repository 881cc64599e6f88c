"""Appointments of the previous system: a whole file or nothing, with a report per row."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from eguichet_rdv.ledger.domain.sweep import sweep_ledger
from eguichet_rdv.messaging.models import Message
from eguichet_rdv.scheduling.domain.agenda import check_agenda, orphans
from eguichet_rdv.scheduling.models import Appointment, Claim, Visitor
from tests.town import MONDAY, make_town

pytestmark = [pytest.mark.django_db, pytest.mark.db]
HEAD = "id;service;procedure;start;persons;last_name;first_name;birth_date;email;phone;language\n"
GOOD = (
    "1;population;carte;2026-11-24T09:00;;O'Neill;Marie;1/2/1990;marie@verviers.example;0470 12 34 56;fr\n"
    "2;population;carte;2026-11-24T09:00;1;Łukasz;;1990-00-00;;;de\n"
    "3;population;kids-id;2026-11-24T10:00;2;Dupont;Jean;;;;\n"
)
BAD = (
    "4;population;carte;2026-11-24T09:05;;Third;At two counters;;;;\n"
    "5;population;nothing;2026-11-24T11:00;;Dupont;Jean;;;;\n"
    "6;population;carte;24/11/2026 9h;;Dupont;Jean;;;;\n"
    "7;population;carte;2026-11-28T09:00;;Dupont;On a Saturday;;;;\n"
    "1;population;carte;2026-11-24T11:00;;Dupont;Jean;;;;\n"
    "9;population;carte;2026-11-24T11:15;;Dupont;Jean;31/02/1990;;;\n"
    "10;population;carte;2026-11-24T11:15;;;Jean;;a@b;;\n"
)


def run(path: Path, text: str, *words: str) -> str:
    path.write_text(HEAD + text, encoding="utf-8-sig")
    out = StringIO()
    try:
        call_command("import_appointments", str(path), *words, stdout=out)
    except CommandError as error:
        return f"{out.getvalue()}{error}"
    return out.getvalue()


@time_machine.travel(MONDAY, tick=False)
def test_one_wrong_row_and_nothing_is_imported_but_every_wrong_row_is_named(tmp_path: Path) -> None:
    make_town(counters=2)
    said = run(tmp_path / "a.csv", GOOD + BAD).splitlines()
    assert [line.partition(":")[0] for line in said[:-1]] == [f"row {number}" for number in range(5, 12)]
    assert said[-1] == "7 of 10 rows cannot be imported; nothing has been imported."
    assert (Appointment.objects.count(), Claim.objects.count(), Visitor.objects.count()) == (0, 0, 0)
    assert check_agenda(MONDAY) == []


@time_machine.travel(MONDAY, tick=False)
def test_a_good_file_is_imported_once_and_sends_only_reminders(tmp_path: Path) -> None:
    make_town(counters=2)
    assert run(tmp_path / "a.csv", GOOD, "--check") == "3 rows: 3 could be imported, 0 known already.\n"
    assert Appointment.objects.count() == 0
    assert run(tmp_path / "a.csv", GOOD) == "3 rows: 3 imported, 0 known already.\n"
    assert run(tmp_path / "a.csv", GOOD) == "3 rows: 0 imported, 3 known already.\n"
    visitors = Visitor.objects.order_by("pk").values_list("last_name", "birth_date", "email", "phone")
    assert list(visitors) == [
        ("O'Neill", "1990-02-01", "marie@verviers.example", "+32470123456"),
        ("Łukasz", "1990-00-00", "", ""),
        ("Dupont", "", "", ""),
    ]
    assert [message.kind.rpartition(".")[2] for message in Message.objects.all()] == ["reminder"]
    assert (check_agenda(MONDAY), orphans()) == ([], 0)


def test_the_same_file_a_month_later_changes_nothing(tmp_path: Path) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        make_town(counters=2)
        far = GOOD.replace("2026-11-24", "2027-01-12")
        run(tmp_path / "a.csv", far)
        clock.shift(timedelta(days=31))
        assert sweep_ledger(timezone.now()) == 3
        for file in (far, far.replace("T10:00", "T11:00")):
            assert run(tmp_path / "a.csv", file) == "3 rows: 0 imported, 3 known already.\n"
        assert Appointment.objects.count() == 3


@pytest.mark.soak
@pytest.mark.timeout(3600)
@time_machine.travel(MONDAY, tick=False)
def test_ten_thousand_rows_fail_at_row_seven_thousand_or_are_all_there(tmp_path: Path) -> None:
    town = make_town(counters=26)
    days = [day for day in range(24, 31) if day not in (28, 29)]
    hours = [f"{hour:02d}:{minute:02d}" for hour in range(8, 12) for minute in (0, 15, 30, 45)][2:]
    starts = [f"2026-11-{day}T{hour}" for day in days for hour in hours]
    starts += [f"2026-12-{day:02d}T{hour}" for day in range(1, 32) for hour in hours if (day - 5) % 7 > 1]
    count = min(10_000, len(starts) * len(town.counters))
    rows = [f"{n};population;carte;{starts[n % len(starts)]};;Name {n};;1990-02-01;;;\n" for n in range(count)]
    wrong = [*rows[: count * 7 // 10], "x;population;carte;never;;Name;;;;;\n", *rows[count * 7 // 10 :]]
    assert run(tmp_path / "a.csv", "".join(wrong)).splitlines()[-1].startswith("1 of")
    assert (Appointment.objects.count(), Claim.objects.count()) == (0, 0)
    assert run(tmp_path / "a.csv", "".join(rows)) == f"{count} rows: {count} imported, 0 known already.\n"
    assert (Claim.objects.count(), check_agenda(MONDAY), orphans()) == (count * 3, [], 0)
