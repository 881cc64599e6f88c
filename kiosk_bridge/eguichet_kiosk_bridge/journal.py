"""What the kiosk must not forget: arrivals it decided alone, the roster, the last configuration. One SQLite file."""

import fcntl
import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from eguichet_kiosk_bridge.answers import Json

# asked: begun, nobody knows the end · answered: the server has it · pending: decided here, to be uploaded ·
# uploaded: the server has it since · stuck: the server does not understand it, staff must look
SCHEMA = """
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS roster_day (day TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS arrival (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('check_in', 'walk_in')),
    day TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('asked', 'answered', 'pending', 'uploaded', 'stuck')),
    body TEXT,
    appointment TEXT,
    number TEXT,
    printed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS arrival_state ON arrival (state, seq);
CREATE INDEX IF NOT EXISTS arrival_appointment ON arrival (appointment);
"""


@dataclass(frozen=True, slots=True)
class Pending:
    """One arrival that waits for its upload; `body` is what the server reads."""

    seq: int
    body: Json


class Journal:
    """The file behind one kiosk. What a method has returned from is on disk: WAL with a full sync per commit."""

    def __init__(self, path: Path) -> None:
        """Open or create the file, readable by its owner only, and forget what was only half asked.

        Raises OSError, with a sentence, when another bridge has it or when it is no journal.
        """
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._hold = hold(path.with_suffix(".lock"))
        path.touch(mode=0o600)
        sync_folder(path.parent)
        self._lock = threading.RLock()
        self._roster: list[Json] | None = None
        try:
            self._database = sqlite3.connect(path, timeout=20, isolation_level=None, check_same_thread=False)
            self._prepare()
        except sqlite3.Error as error:
            self._hold.close()
            message = f"The journal {path} cannot be used: {error}."
            raise OSError(message) from error

    def _prepare(self) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.executescript(SCHEMA)
        with self._write() as database:
            # A new file continues above every older one: the server keeps (kiosk, seq) unique for ever.
            if not database.execute("SELECT 1 FROM sqlite_sequence WHERE name = 'arrival'").fetchone():
                database.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('arrival', ?)", [int(time.time())])
            database.execute("DELETE FROM arrival WHERE state = 'asked'")
            # Since then either side may have learnt to understand the other.
            database.execute("UPDATE arrival SET state = 'pending' WHERE state = 'stuck'")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()
            self._hold.close()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                # A full disk may have ended the transaction already, and may have ended it at its very end.
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def _empty_log(self) -> None:
        """Take what was wiped out of the write-ahead log too, where it could still be read."""
        with self._lock:
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _read(self, sql: str, values: tuple[object, ...] = ()) -> list[Any]:
        with self._lock:
            return self._database.execute(sql, values).fetchall()

    def begin(self, kind: str, arrival_id: str, day: str) -> int:
        """Take the next seq for an arrival that is about to be asked about; the same arrival again keeps its own."""
        with self._write() as database:
            known = database.execute("SELECT seq FROM arrival WHERE id = ?", [arrival_id]).fetchone()
            if known:
                return int(known[0])
            cursor = database.execute(
                "INSERT INTO arrival (id, kind, day, state) VALUES (?, ?, ?, 'asked')", [arrival_id, kind, day]
            )
            return int(cursor.lastrowid or 0)

    def note_answer(self, seq: int, number: str | None) -> None:
        """Note that the server has decided, and the number it gave for the first time."""
        with self._write() as database:
            database.execute("UPDATE arrival SET state = 'answered', number = ? WHERE seq = ?", [number, seq])

    def note_decision(self, seq: int, body: Json, number: str | None, appointment: str | None) -> None:
        """Keep an arrival decided here until the server has it, and the number it gave for the first time."""
        with self._write() as database:
            cursor = database.execute(
                "UPDATE arrival SET state = 'pending', body = ?, number = ?, appointment = ? WHERE seq = ?",
                [json.dumps(body), number, appointment, seq],
            )
            if cursor.rowcount != 1:
                message = f"the arrival {seq} was never begun"
                raise LookupError(message)

    def find_given(self, arrival_id: str) -> str | None:
        """Return the number this arrival was given here, if it was decided here."""
        rows = self._read(
            "SELECT number FROM arrival WHERE id = ? AND state NOT IN ('asked', 'answered')", (arrival_id,)
        )
        return str(rows[0][0]) if rows else None

    def note_printed(self, day: str, number: str, *, printed: bool) -> None:
        """Note whether this number went to paper; it does so once."""
        with self._write() as database:
            database.execute("UPDATE arrival SET printed = ? WHERE day = ? AND number = ?", [printed, day, number])

    def has_printed(self, day: str, number: str) -> bool:
        """Tell whether this number was printed here that day."""
        return bool(self._read("SELECT 1 FROM arrival WHERE day = ? AND number = ? AND printed = 1", (day, number)))

    def knows_number(self, day: str, number: str) -> bool:
        """Tell whether this number was given here that day."""
        return bool(self._read("SELECT 1 FROM arrival WHERE day = ? AND number = ?", (day, number)))

    def holds_arrival(self, appointment: str, *, is_pending: bool = False) -> bool:
        """Tell whether this appointment's arrival was decided here; `is_pending`: and still waits for its upload."""
        sql = "SELECT 1 FROM arrival WHERE appointment = ? AND (state = 'pending' OR NOT ?)"
        return bool(self._read(sql, (appointment, is_pending)))

    def find_numbers(self, day: str) -> set[str]:
        """Return every number given here that day."""
        return {row[0] for row in self._read("SELECT number FROM arrival WHERE day = ? AND number NOT NULL", (day,))}

    def find_pending(self, limit: int = 100, after: int = 0) -> list[Pending]:
        """Return the oldest arrivals to upload, in order, those behind the seq `after`."""
        rows = self._read(
            "SELECT seq, body FROM arrival WHERE state = 'pending' AND seq > ? ORDER BY seq LIMIT ?", (after, limit)
        )
        return [Pending(seq, json.loads(body)) for seq, body in rows]

    def note_uploaded(self, seqs: list[int]) -> None:
        """Wipe what the server has now; the numbers stay until the day is past."""
        with self._write() as database:
            database.executemany(
                "UPDATE arrival SET state = 'uploaded', body = NULL WHERE seq = ?", [(seq,) for seq in seqs]
            )
        self._empty_log()

    def note_stuck(self, seq: int) -> None:
        """Set an arrival aside that the server cannot read, so that the others go on; it stays in the backlog."""
        with self._write() as database:
            database.execute("UPDATE arrival SET state = 'stuck' WHERE seq = ?", [seq])

    def find_stuck(self, limit: int = 50) -> list[Json]:
        """Return seq, id and number of the arrivals set aside, the oldest first."""
        rows = self._read("SELECT seq, id, body FROM arrival WHERE state = 'stuck' ORDER BY seq LIMIT ?", (limit,))
        return [{"seq": seq, "id": arrival_id, "number": json.loads(body)["number"]} for seq, arrival_id, body in rows]

    def count_backlog(self) -> int:
        """Return how many arrivals the server does not have yet."""
        return int(self._read("SELECT count(*) FROM arrival WHERE state IN ('pending', 'stuck')")[0][0])

    def keep(self, name: str, value: object) -> None:
        """Keep one small JSON value under a name."""
        with self._write() as database:
            database.execute("INSERT OR REPLACE INTO kept (name, value) VALUES (?, ?)", [name, json.dumps(value)])

    def recall(self, name: str) -> Any:
        """Return a kept value, or None."""
        rows = self._read("SELECT value FROM kept WHERE name = ?", (name,))
        return json.loads(rows[0][0]) if rows else None

    def replace_roster(self, days: list[Json], leases: list[Json]) -> None:
        """Put a fresh roster in the place of the old one."""
        with self._write() as database:
            database.execute("DELETE FROM roster_day")
            database.executemany(
                "INSERT INTO roster_day (day, body) VALUES (?, ?)", [(day["date"], json.dumps(day)) for day in days]
            )
            database.execute("INSERT OR REPLACE INTO kept (name, value) VALUES ('leases', ?)", [json.dumps(leases)])
            self._roster = None

    def find_roster(self) -> list[Json]:
        """Return the days of the roster, the earliest first; nobody may change them."""
        with self._lock:
            # Thousands of people are expected in a week: read once, not for each arrival.
            if self._roster is None:
                self._roster = [json.loads(row[0]) for row in self._read("SELECT body FROM roster_day ORDER BY day")]
            return self._roster

    def wipe_before(self, day: str) -> None:
        """Forget the days that are past; what the server does not have stays until it has."""
        with self._write() as database:
            if database.execute("DELETE FROM roster_day WHERE day < ?", [day]).rowcount:
                self._roster = None
            database.execute("DELETE FROM arrival WHERE day < ? AND state NOT IN ('pending', 'stuck')", [day])
        self._empty_log()

    def wipe_roster(self) -> None:
        """Forget everybody who is expected: the key of this kiosk was revoked."""
        self.replace_roster([], [])
        self._empty_log()


def hold(path: Path) -> IO[str]:
    """Take a file for this process alone until it is closed: a second bridge would forget what is half asked here."""
    path.touch(mode=0o600)
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        message = f"Another bridge is running with {path.parent}: end it, or give this one another data_dir."
        raise BlockingIOError(message) from error
    return file


def sync_folder(folder: Path) -> None:
    """Let a new file survive a power cut too: SQLite syncs what is in it, not that it is there."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
