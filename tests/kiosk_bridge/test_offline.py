"""The server is away: the roster decides, nothing is lost, nothing is counted twice."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from eguichet_kiosk_bridge.journal import Journal
from tests.kiosk_bridge.conftest import StartBridge, wait_until
from tests.kiosk_bridge.framework import Booked, Framework
from tests.kiosk_bridge.sink import Sink, read_slip

ANNE, BERT, PARTY = "cAAAAAAAAAAAAAAAAAAAAAAAA", "cBBBBBBBBBBBBBBBBBBBBBBBB", "cEEEEEEEEEEEEEEEEEEEEEEEE"


def test_check_in_goes_on_and_comes_home(start_bridge: StartBridge, framework: Framework, sink: Sink) -> None:
    page = start_bridge(printer=sink.address)
    framework.away = True
    answer = page.check_in(code=ANNE)
    assert (answer["outcome"], answer["ticket"]["number"], answer["ticket"]["hour"]) == ("ticket", "P042", "09:30")
    page.hear("printing")
    assert "Zone d'attente A" in read_slip(sink.tickets[0]).lines
    assert page.health()["backlog"] == 1
    framework.restore()
    framework.wait(lambda: framework.journal)
    wait_until(lambda: page.health()["backlog"] == 0)
    entry = framework.journal[0]
    assert set(entry) == {"kind", "id", "seq", "at", "offset_ms", "language", "code", "number"}
    assert (entry["kind"], entry["code"], entry["number"]) == ("check_in", ANNE, "P042")
    assert page.check_in(code=ANNE)["outcome"] == "same_ticket"
    assert len(sink.tickets) == 1


def test_server_that_does_not_answer_in_time(start_bridge: StartBridge, framework: Framework) -> None:
    page = start_bridge()
    framework.silent = True
    assert page.check_in(code=BERT)["ticket"]["number"] == "P043"


def test_a_slow_server_is_waited_for_when_only_it_can_help(start_bridge: StartBridge, framework: Framework) -> None:
    page = start_bridge(answer_within=0.5)
    code = "cGGGGGGGGGGGGGGGGGGGGGGGG"
    framework.booked.append(Booked(code, "1960-05-05", "10:30", "P047", "GGG234"))  # after the roster was fetched
    framework.delay = 0.8
    assert page.check_in(code=ANNE)["ticket"]["number"] == "P042"
    assert page.health()["backlog"] == 1, "whom the roster knows is not left waiting"
    assert page.check_in(code=code)["ticket"]["number"] == "P047"
    assert page.check_in(reference="CCC234")["ticket"]["number"] == "P044"


def test_answer_lost_on_the_way_is_one_arrival(start_bridge: StartBridge, framework: Framework) -> None:
    page = start_bridge()
    framework.loses_answers = True
    assert page.check_in(code=ANNE)["ticket"]["number"] == "P042"
    framework.restore()
    wait_until(lambda: page.health()["backlog"] == 0)
    uploaded = framework.bodies("journal")[-1]["entries"][0]
    assert uploaded["id"] == framework.bodies("check-in")[0]["id"]
    assert framework.journal == []


def test_the_language_chosen_counts_and_without_a_choice_the_appointments(
    start_bridge: StartBridge, framework: Framework
) -> None:
    page = start_bridge()
    framework.away = True
    for sentence in ("Welkom.", "U bent al aangemeld"):
        answer = page.check_in(code=ANNE, language="nl")
        assert answer["message"].startswith(sentence)
        assert answer["ticket"]["language"] == "nl"
    page.bridge.kiosk.scan(BERT)
    assert page.hear_answer()["ticket"]["language"] == "nl"
    page.bridge.kiosk.scan("cCCCCCCCCCCCCCCCCCCCCCCCC")
    assert page.hear_answer()["ticket"]["language"] == "fr"


def test_who_comes_back_after_the_upload_is_put_in_the_line_by_the_server(
    start_bridge: StartBridge, framework: Framework
) -> None:
    page = start_bridge()
    framework.away = True
    for code in (ANNE, BERT):
        page.check_in(code=code)
    framework.failing_seqs.add(page.bridge.journal.find_pending()[1].seq)
    framework.restore()
    wait_until(lambda: len(page.bridge.journal.find_pending()) == 1)
    # Called, not there, marked as absent.
    framework.booked[0].arrived = False
    assert page.check_in(code=BERT)["outcome"] == "same_ticket"
    assert framework.bodies("check-in") == []
    assert page.check_in(code=ANNE)["outcome"] == "ticket"
    assert [body["code"] for body in framework.bodies("check-in")] == [ANNE]


def test_who_comes_back_while_the_server_is_away_is_told_to_it(
    start_bridge: StartBridge, framework: Framework, sink: Sink
) -> None:
    # Arrived elsewhere; whether they were called and marked as absent since, the roster does not say.
    framework.booked[0].arrived = framework.booked[4].arrived = True
    page = start_bridge(printer=sink.address)
    framework.away = True
    for code, number, waits in ((ANNE, "P042", True), (PARTY, "P046", False)):
        answers = [page.check_in(code=code) for _ in range(2)]
        assert [(answer["outcome"], answer["ticket"]["number"], answer["waits"]) for answer in answers] == [
            ("same_ticket", number, waits),
        ] * 2
    framework.restore()
    framework.wait(lambda: len(framework.journal) == 2)
    assert [(entry["code"], entry["number"]) for entry in framework.journal] == [(ANNE, "P042"), (PARTY, "P046")]
    # Uploaded, absent, and back in the next outage.
    wait_until(lambda: page.health()["backlog"] == 0)
    framework.away = True
    assert page.check_in(code=ANNE)["outcome"] == "same_ticket"
    framework.restore()
    framework.wait(lambda: len(framework.journal) == 3)
    page.bridge.stop()
    assert sink.tickets == []


def test_a_wrong_clock_wipes_nothing_while_the_server_is_away(start_bridge: StartBridge, framework: Framework) -> None:
    page = start_bridge(heartbeat_every=3600)
    framework.away = True
    page.check_in(code=ANNE)
    page.bridge.server.clock.offset_ms += 2 * 365 * 86_400_000
    page.bridge.upkeep.fetch()
    assert (len(page.bridge.journal.find_roster()), page.bridge.journal.count_backlog()) == (3, 1)


def test_dates_of_birth(start_bridge: StartBridge, framework: Framework) -> None:
    page = start_bridge()
    framework.away = True
    assert page.check_in(birth_date="1990-02-01")["ticket"]["number"] == "P042"
    assert page.check_in(birth_date="1955-00-00")["ticket"]["number"] == "P043"
    question = page.check_in(birth_date="1980-12-24")
    assert (question["outcome"], question["hours"]) == ("which_hour", ["10:00", "11:00"])
    assert page.check_in(continues=question["id"], hour="10:00")["ticket"]["number"] == "P044"
    assert page.check_in(birth_date="1931-03-03")["outcome"] == "go_to_desk"
    assert page.check_in(reference="ABC234")["outcome"] == "go_to_desk"


def test_guessing_dates_is_limited(start_bridge: StartBridge, framework: Framework) -> None:
    page = start_bridge()
    framework.away = True
    for day in range(1, 11):
        assert page.check_in(birth_date=f"1931-03-{day:02d}")["outcome"] == "go_to_desk"
    assert page.check_in(birth_date="1990-02-01")["outcome"] == "go_to_desk"
    assert page.check_in(code=ANNE)["outcome"] == "ticket"


def test_party_other_day_and_unknown_code(start_bridge: StartBridge, framework: Framework) -> None:
    page = start_bridge()
    framework.away = True
    question = page.check_in(code=PARTY)
    assert (question["outcome"], question["message"]) == ("party", "Tout le monde est-il là (3 personnes)\u00a0?")
    assert page.check_in(continues=question["id"], party_complete=False)["ticket"]["number"] == "P046"
    assert page.check_in(code=PARTY)["message"].startswith("Dites à l’accueil quand tout le monde est là")
    other = page.check_in(code="cFFFFFFFFFFFFFFFFFFFFFFFF")
    tomorrow = "/".join(reversed(framework.today(1).split("-")))
    assert other["message"] == f"Votre rendez-vous est un autre jour\u00a0: {tomorrow}."
    assert page.check_in(code="cZZZZZZZZZZZZZZZZZZZZZZZZ")["outcome"] == "go_to_desk"
    assert page.health()["backlog"] == 1


@pytest.mark.parametrize("complete", [False, True])
def test_whoever_waits_for_others_is_not_sent_to_sit_down(
    start_bridge: StartBridge, framework: Framework, sink: Sink, *, complete: bool
) -> None:
    page = start_bridge(printer=sink.address)
    framework.away = True
    question = page.check_in(code=PARTY)
    answer = page.check_in(continues=question["id"], party_complete=complete)
    page.hear("printing")
    assert (answer["outcome"], answer["waits"]) == ("ticket", complete)
    slip = " ".join(read_slip(sink.tickets[0]).lines)
    asked, seated = "tout le monde est là", "Installez-vous dans votre zone"
    assert (asked in answer["message"], asked in slip, seated in slip) == (not complete, not complete, complete)


def test_second_scan_shows_the_same_number_and_prints_nothing(
    start_bridge: StartBridge, framework: Framework, sink: Sink
) -> None:
    page = start_bridge(printer=sink.address)
    framework.away = True
    page.check_in(code=ANNE)
    page.hear("printing")
    answer = page.check_in(code=ANNE)
    assert (answer["outcome"], answer["ticket"]["number"], answer["printing"]) == ("same_ticket", "P042", "none")
    assert page.health()["backlog"] == 1


def test_returned_server_that_does_not_know_yet_gives_no_second_ticket(
    start_bridge: StartBridge, framework: Framework, sink: Sink
) -> None:
    page = start_bridge(printer=sink.address, upload_every=3600)
    framework.away = True
    page.check_in(code=ANNE)
    page.hear("printing")
    framework.restore()
    assert page.check_in(code=ANNE)["outcome"] == "same_ticket"
    assert framework.bodies("check-in") == []
    assert len(sink.tickets) == 1


def test_walk_ins_take_leased_numbers(start_bridge: StartBridge, framework: Framework) -> None:
    page = start_bridge()
    online = page.walk_in()["ticket"]["number"]
    framework.away = True
    offline = [page.walk_in()["ticket"]["number"] for _ in range(2)]
    assert [online, *offline] == ["P500", "P501", "P502"]
    assert page.walk_in()["outcome"] == "go_to_desk"
    framework.restore()
    framework.wait(lambda: len(framework.journal) == 2)
    assert [entry["number"] for entry in framework.journal] == offline
    assert framework.journal[0]["seq"] < framework.journal[1]["seq"]
    assert framework.journal[0]["procedure"] == "eid"


def test_a_walk_in_prints_the_number_it_was_asked_under(start_bridge: StartBridge, framework: Framework) -> None:
    page = start_bridge()
    framework.loses_answers = True
    number = page.walk_in()["ticket"]["number"]
    framework.restore()
    wait_until(lambda: page.health()["backlog"] == 0)
    given = framework.answers[framework.bodies("walk-in")[0]["id"]][1]["ticket"]["number"]
    assert given == number == framework.bodies("journal")[-1]["entries"][0]["number"] == "P500"
    framework.drawn = "P777"
    assert [page.walk_in()["ticket"]["number"] for _each in range(2)] == ["P777", "P777"]
    framework.drawn = None
    assert page.walk_in()["ticket"]["number"] == "P501"
    assert [body["number"] for body in framework.bodies("walk-in")] == ["P500", "P501", "P501", "P501"]


def test_walk_in_stays_local_until_the_server_knows_the_numbers(
    start_bridge: StartBridge, framework: Framework
) -> None:
    page = start_bridge(upload_every=3600)
    framework.away = True
    assert page.walk_in()["ticket"]["number"] == "P500"
    framework.restore()
    assert page.walk_in()["ticket"]["number"] == "P501"
    assert framework.bodies("walk-in") == []


def test_restart_without_a_server_forgets_nothing(start_bridge: StartBridge, framework: Framework) -> None:
    page = start_bridge()
    framework.away = True
    page.check_in(code=ANNE)
    page.bridge.stop()
    again = start_bridge()
    assert again.check_in(code=ANNE)["outcome"] == "same_ticket"
    assert again.check_in(code=BERT)["ticket"]["place"] == "Hôtel de Ville de Verviers"
    framework.restore()
    framework.wait(lambda: len(framework.journal) == 2)
    assert [entry["code"] for entry in framework.journal] == [ANNE, BERT]


def test_arrival_the_server_cannot_read_does_not_hold_up_the_others(
    start_bridge: StartBridge, framework: Framework
) -> None:
    page = start_bridge()
    framework.away = True
    page.check_in(code=ANNE)
    page.check_in(code=BERT)
    first = page.bridge.journal.find_pending()[0]
    framework.refused_seqs.add(first.seq)
    framework.restore()
    framework.wait(lambda: framework.journal)
    wait_until(lambda: not page.bridge.journal.find_pending())
    assert framework.journal[0]["code"] == BERT
    assert page.health()["backlog"] == 1
    # Staff hear whom to look for; after its next start the kiosk tries again.
    framework.wait(lambda: framework.bodies("heartbeat")[-1]["stuck"])
    assert framework.bodies("heartbeat")[-1]["stuck"] == [
        {"seq": first.seq, "id": first.body["id"], "number": "P042"},
    ]
    page.bridge.stop()
    framework.refused_seqs.clear()
    start_bridge()
    framework.wait(lambda: len(framework.journal) == 2)


def test_a_server_that_has_no_time_gets_an_arrival_later(start_bridge: StartBridge, framework: Framework) -> None:
    page = start_bridge()
    framework.away = True
    page.check_in(code=ANNE)
    framework.failing_status = 429
    framework.failing_seqs.add(page.bridge.journal.find_pending()[0].seq)
    framework.restore()
    wait_until(lambda: "429" in framework.refusals)
    framework.failing_seqs.clear()
    framework.wait(lambda: framework.journal)


def test_arrival_the_server_fails_at_is_tried_again_behind_the_others(
    start_bridge: StartBridge, framework: Framework
) -> None:
    page = start_bridge()
    framework.away = True
    for code in (ANNE, BERT):
        page.check_in(code=code)
    first = page.bridge.journal.find_pending()[0]
    framework.failing_seqs.add(first.seq)
    framework.restore()
    framework.wait(lambda: framework.journal)
    assert [entry["code"] for entry in framework.journal] == [BERT]
    wait_until(lambda: [entry.seq for entry in page.bridge.journal.find_pending()] == [first.seq])
    framework.failing_seqs.clear()
    framework.wait(lambda: len(framework.journal) == 2)
    wait_until(lambda: page.health()["backlog"] == 0)


def test_walk_in_asked_again_after_a_kill_is_the_same_number(
    start_bridge: StartBridge, framework: Framework, sink: Sink
) -> None:
    page = start_bridge(printer=sink.address)
    framework.away = True
    # The address is done elsewhere than what else the service does; an older server does not say so.
    asked = {"id": "asked-before-the-kill", "procedure": "address"}
    assert page.walk_in(**asked)["ticket"]["zone"] == "B"
    assert page.walk_in()["ticket"]["zone"] == "A"
    page.hear("printing")
    page.hear("printing")
    page.bridge.stop()
    again = start_bridge(printer=sink.address).walk_in(**asked)
    assert (again["outcome"], again["ticket"]["number"], again["ticket"]["zone"]) == ("same_ticket", "P500", "B")
    assert (again["printing"], len(sink.tickets)) == ("none", 2)


def test_past_days_are_wiped_and_what_waits_is_kept(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite3")
    journal.replace_roster([{"date": "2026-12-01", "entries": []}, {"date": "2026-12-02", "entries": []}], [])
    done, waiting = journal.begin("check_in", "a", "2026-12-01"), journal.begin("check_in", "b", "2026-12-01")
    journal.note_answer(done, "P001")
    journal.note_decision(waiting, {"seq": waiting}, "P002", "uid")
    journal.wipe_before("2026-12-02")
    assert journal.count_backlog() == 1
    assert [day["date"] for day in journal.find_roster()] == ["2026-12-02"]
    assert journal.find_numbers("2026-12-01") == {"P002"}
    journal.note_uploaded([waiting])
    journal.wipe_before("2026-12-02")
    assert journal.find_numbers("2026-12-01") == set()
    journal.close()


def test_uploaded_arrival_leaves_no_birth_date_behind(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    journal = Journal(path)
    seq = journal.begin("check_in", "a", "2026-12-01")
    journal.note_decision(seq, {"seq": seq, "birth_date": "1990-02-01"}, "P001", "uid")
    journal.replace_roster([{"date": "2026-12-01", "entries": ["digest-of-somebody"]}], [])
    files = list(tmp_path.iterdir())
    assert {b"1990-02-01" in file.read_bytes() for file in files} == {True, False}
    journal.note_uploaded([seq])
    journal.wipe_roster()
    # As the files are while the bridge runs, its log included.
    for file in files:
        assert b"1990-02-01" not in file.read_bytes()
        assert b"digest-of-somebody" not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0
    journal.close()


def test_a_write_that_fails_at_its_very_end_does_not_block_the_next(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite3")
    journal._database.executescript(
        "PRAGMA foreign_keys=ON;"
        "CREATE TABLE strict_at_commit (seq INTEGER REFERENCES arrival (seq) DEFERRABLE INITIALLY DEFERRED)"
    )
    with pytest.raises(sqlite3.IntegrityError), journal._write() as database:
        database.execute("INSERT INTO strict_at_commit VALUES (1)")
    assert journal.begin("check_in", "a", "2026-12-01") > 0
    journal.close()


def test_new_journal_continues_above_an_older_one(tmp_path: Path) -> None:
    old = Journal(tmp_path / "old.sqlite3")
    seq = old.begin("check_in", "a", "2026-12-01")
    old.close()
    assert seq > 1_700_000_000


WRITER = """
import sys
from pathlib import Path
from eguichet_kiosk_bridge.journal import Journal
journal = Journal(Path(sys.argv[1]))
for number in range(100_000):
    seq = journal.begin("check_in", f"id-{number}", "2026-12-01")
    journal.note_decision(seq, {"seq": seq, "number": number}, f"P{number}", f"uid-{number}")
    print(seq, number, flush=True)
"""


@pytest.mark.parametrize("acknowledged", [1, 17, 60])
def test_killed_journal_keeps_everything_it_acknowledged(tmp_path: Path, acknowledged: int) -> None:
    path = tmp_path / "journal.sqlite3"
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(acknowledged)]
        os.kill(writer.pid, signal.SIGKILL)
        lines += [line for line in writer.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    journal = Journal(path)
    kept = {(entry.seq, entry.body["number"]) for entry in journal.find_pending(limit=100_000)}
    assert {(int(line.split()[0]), int(line.split()[1])) for line in lines} <= kept
    assert journal.begin("check_in", "after", "2026-12-01") > max(seq for seq, _ in kept)
    journal.close()
