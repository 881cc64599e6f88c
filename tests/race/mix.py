"""Citizens, a clerk and another program in the same few days: book, move, cancel, let holds end, all at full speed."""

import random
import re
import sqlite3
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from uuid import uuid4

import psycopg

from eguichet_rdv.common.cells import cell_of
from tests.harness.databases import is_postgres
from tests.race.town_site import API, Asker, Journal, Site, name_database

REFERENCE = re.compile(r"/rdv/([A-Z0-9]{6})/")
BOOKING = "/fr/rendez-vous/reserver/population/carte"
RECEPTION = "/accueil/reserver/population/carte"
PERSON = {
    "last_name": "Lejeune",
    "email": "lejeune@example.org",
    "phone": "",
    "language": "fr",
    "birth_date_day": "1",
    "birth_date_month": "2",
    "birth_date_year": "1990",
}
TAKEN, GONE = 409, 302
ENDED = (
    "UPDATE scheduling_reservation SET expires_at = '2020-01-01 00:00:00+00:00' WHERE kind = 'hold' AND id IN ({ids})"
)
PAUSE = 0.05


class Program(Asker):
    """Another program: books, asks again under the same number, cancels."""

    def act(self, starts: Sequence[datetime]) -> None:
        """One booking and what becomes of it."""
        start, key = self.random.choice(starts), str(uuid4())
        answer = self.book_by_api(start, key)
        if answer.status_code == TAKEN and answer.json()["error"] == "time_taken":
            self.journal.count("refused")
            return
        if answer.status_code != 201:
            self.journal.fault("api", answer)
            return
        reference = answer.json()["reference"]
        self.journal.booked[reference] = start
        self.journal.count("booked by a program")
        if self.random.random() < 0.3:
            again = self.book_by_api(start, key)
            if again.json() != answer.json():
                self.journal.fault("asked again", again)
        if self.random.random() < 0.6:
            cancelled = self.post_json(f"{API}/{reference}/cancel", {})
            if cancelled.status_code == 200:
                self.journal.cancelled.add(reference)
                self.journal.count("cancelled by a program")
            else:
                self.journal.fault("cancel by api", cancelled)


class Citizen(Asker):
    """Goes through the pages; sometimes gives up half-way, moves or cancels."""

    def act(self, starts: Sequence[datetime]) -> None:
        """One visit to the site."""
        self.forget()
        start, basket = self.random.choice(starts), f"{BOOKING}/{uuid4()}"
        self.post(f"{basket}/visit/", {})
        if self.post(f"{basket}/time/", {"time-start": start.isoformat(timespec="minutes")}).status_code != GONE:
            self.journal.count("refused")
            return
        if self.random.random() < 0.2:
            self.journal.count("abandoned")
            return
        name = f"Anne {uuid4()}"[:20].translate(str.maketrans("0123456789", "abcdefghij"))
        person = {f"person-{field}": value for field, value in (PERSON | {"first_name": name}).items()}
        answer = self.post(f"{basket}/person/", person)
        if not answer.headers.get("Location", "").endswith("/check/"):
            self.journal.fault("person", answer)
            return
        answer = self.post(f"{basket}/check/", {})
        if answer.headers.get("Location", "").endswith("/time/"):
            self.journal.refused_after_hold.add(cell_of(start))
            self.journal.count("refused")
            return
        found = REFERENCE.search(self.get(f"{basket}/done/").text)
        if not found:
            self.journal.fault("done", answer)
            return
        reference = found[1]
        self.journal.booked[reference] = start
        self.journal.count("booked by a citizen")
        self.reconsider(reference, starts)

    def reconsider(self, reference: str, starts: Sequence[datetime]) -> None:
        """Move, then perhaps cancel; a clerk may have been quicker."""
        if self.random.random() < 0.6:
            other = self.random.choice(starts)
            form = {"start": other.isoformat(timespec="minutes"), "intent": str(uuid4())}
            answer = self.post(f"/rdv/{reference}/move/", form)
            if answer.status_code == GONE:
                self.journal.booked[reference] = other
                self.journal.count("moved")
            elif answer.status_code == TAKEN:
                self.journal.count("refused")
            else:
                self.journal.fault("move", answer)
        if self.random.random() < 0.5:
            answer = self.post(f"/rdv/{reference}/cancel/", {"reason": ""})
            if answer.status_code == GONE:
                self.journal.cancelled.add(reference)
                self.journal.count("cancelled by a citizen")
            else:
                self.journal.fault("cancel", answer)


class Receptionist(Asker):
    """Books on the telephone, and cancels anybody's appointment."""

    def act(self, starts: Sequence[datetime]) -> None:
        """One telephone call."""
        self.forget(eguichet_session=self.site.clerk)
        victim = self.journal.some_reference(self.random)
        if victim and self.random.random() < 0.7:
            answer = self.post(f"/accueil/rdv/{victim}/annuler/", {"by": "municipality"})
            if answer.status_code == GONE:
                self.journal.cancelled.add(victim)
                self.journal.count("cancelled by a clerk")
            else:
                self.journal.fault("cancel at the reception", answer)
            return
        start = self.random.choice(starts)
        answer = self.post(f"{RECEPTION}/heure/", {"start": start.isoformat(), "persons": "1"})
        address = answer.headers.get("Location", "")
        if "start=" not in address:
            self.journal.count("refused")
            return
        answer = self.post(address, {"last_name": "Lejeune", "language": "fr"})
        if booked := REFERENCE.search(answer.headers.get("Location", "")):
            self.journal.booked[booked[1]] = start
            self.journal.count("booked by a clerk")
        elif answer.status_code == GONE:
            self.journal.refused_after_hold.add(cell_of(start))
        else:
            self.journal.fault("person at the reception", answer)


def end_holds(stop: threading.Event, ended: set[int], seed: int) -> int:
    """Let time fly for every third hold, until told to stop; ``ended`` gets their cells. How many ended."""
    chance, url, done = random.Random(seed), name_database(), 0
    link = psycopg.connect(url, autocommit=True) if is_postgres(url) else sqlite3.connect(url[10:], timeout=20)
    with closing(link):
        while not stop.wait(PAUSE):
            rows = link.execute("SELECT id, first_cell FROM scheduling_reservation WHERE kind = 'hold'").fetchall()
            chosen = [row for row in rows if chance.random() < 0.3]
            ended.update(cell for _id, cell in chosen)
            if chosen:
                # Only numbers of our own go into the statement.
                statement = ENDED.format(ids=",".join(str(int(row[0])) for row in chosen))
                done += link.execute(statement).rowcount
                link.commit()
    return done


def run_mix(site: Site, seconds: float, *, seed: int, actors: int, kill_every: float = 0) -> Journal:
    """Everybody for so long; with ``kill_every`` a process that answers is killed that often (seconds)."""
    journal, stop = Journal(), threading.Event()
    starts = site.starts[:28]
    ended: set[int] = set()
    kinds = (Program, Citizen, Receptionist, Citizen)
    people = [kinds[number % len(kinds)](site, journal, f"{seed} {number}") for number in range(actors)]
    end = time.monotonic() + seconds

    def live(person: Program | Citizen | Receptionist) -> None:
        while time.monotonic() < end:
            person.act(starts)

    with ThreadPoolExecutor(actors + 1) as pool:
        expiry = pool.submit(end_holds, stop, ended, seed)
        busy = [pool.submit(live, person) for person in people]
        chance = random.Random(seed)
        try:
            while kill_every and any(not one.done() for one in busy) and not stop.wait(kill_every):
                if time.monotonic() < end:
                    site.kill_one(chance)
                    journal.count("killed")
            for one in busy:
                one.result()
        finally:
            stop.set()
        for person in people:
            person.close()
        journal.counts["holds ended"] = expiry.result()
    if lost := journal.refused_after_hold - ended:
        journal.faults.append(f"holds that were not respected: {sorted(lost)}")
    return journal
