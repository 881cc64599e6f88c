"""A small framework that speaks the kiosk protocol: real HTTP, real signatures, a handful of appointments."""

import base64
import contextlib
import functools
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]

KIOSK = "entree-1"
DEVICE_KEY = bytes(range(32))
DEVICE_KEY_TEXT = base64.urlsafe_b64encode(DEVICE_KEY).rstrip(b"=").decode()
BRUSSELS = ZoneInfo("Europe/Brussels")
SALT = bytes.fromhex("00112233445566778899aabbccddeeff")
WITHIN = 15.0


@dataclass
class Booked:
    """One appointment the framework knows."""

    token: str
    birth: str
    hour: str
    number: str
    reference: str
    zone: str = "A"
    language: str = "fr"
    persons: int = 1
    in_days: int = 0
    arrived: bool = False
    called: bool = False

    @property
    def uid(self) -> str:
        return "uid-" + self.reference


def book_some() -> list[Booked]:
    return [
        Booked("cAAAAAAAAAAAAAAAAAAAAAAAA", "1990-02-01", "09:30", "P042", "ABC234"),
        Booked("cBBBBBBBBBBBBBBBBBBBBBBBB", "1955-00-00", "09:45", "P043", "BBB234", zone="B", language="nl"),
        Booked("cCCCCCCCCCCCCCCCCCCCCCCCC", "1980-12-24", "10:00", "P044", "CCC234"),
        Booked("cDDDDDDDDDDDDDDDDDDDDDDDD", "1980-12-24", "11:00", "P045", "DDD234"),
        Booked("cEEEEEEEEEEEEEEEEEEEEEEEE", "1985-06-06", "11:15", "P046", "EEE234", persons=3),
        Booked("cFFFFFFFFFFFFFFFFFFFFFFFF", "1970-01-01", "08:30", "P001", "FFF234", in_days=1),
    ]


@functools.cache
def derive(birth: str) -> str:
    return hashlib.scrypt(birth.encode(), salt=SALT, n=2**14, r=8, p=1, dklen=32).hex()


SENTENCES = {
    "ticket": "Bienvenue. Votre arrivée est enregistrée.",
    "same_ticket": "Votre arrivée est déjà enregistrée : voici votre numéro.",
    "unknown": "Ce n’est pas un code de rendez-vous.",
    "other_day": "Votre rendez-vous est demain.",
    "already_called": "Vous avez été appelé : allez au guichet 5.",
    "which_hour": "À quelle heure est votre rendez-vous ?",
    "party": "Les personnes sont-elles toutes là ?",
    "go_to_desk": "Veuillez aller à l'accueil : quelqu'un vous aidera.",
}

PROCEDURES = [
    {"code": "eid", "labels": {"fr": "Carte d'identité", "nl": "Identiteitskaart"}, "minutes": 15},
    {
        "code": "address",
        "labels": {"fr": "Changement d'adresse", "nl": "Adreswijziging"},
        "minutes": 20,
        "zone": "B",
        "zone_name": "",
    },
    {"code": "certificate", "labels": {"fr": "Certificat de résidence", "nl": "Woonstattest"}, "minutes": 5},
]


class Framework(ThreadingHTTPServer):
    """Answers one kiosk; every request is recorded, faults are switched on by attributes."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.changed = threading.Condition()
        self.requests: list[tuple[str, Json]] = []
        self.refusals: list[str] = []
        self.journal: list[Json] = []
        self.nonces: set[str] = set()
        self.booked = book_some()
        self.answers: dict[str, tuple[Json, Json]] = {}
        self.walk_ins = 0
        self.drawn: str | None = None
        """The number drawn for walk-ins whatever they wish for, as by an older server."""
        self.away = self.revoked = self.locked = self.silent = self.loses_answers = False
        self.delay = 0.0
        """Seconds until a request is looked at."""
        self.released = threading.Event()
        self.ahead = 0.0
        self.hours: Json | None = None
        self.languages = ["fr", "nl", "de", "en"]
        self.procedures = list(PROCEDURES)
        self.refused_seqs: set[int] = set()
        self.failing_seqs: set[int] = set()
        self.failing_status = 500
        self.moved_to = ""
        threading.Thread(target=self.serve_forever, daemon=True, kwargs={"poll_interval": 0.02}).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def close(self) -> None:
        self.released.set()
        self.shutdown()
        self.server_close()

    def now(self) -> float:
        return time.time() + self.ahead

    def today(self, in_days: int = 0) -> str:
        return datetime.fromtimestamp(self.now() + 86400 * in_days, BRUSSELS).date().isoformat()

    def record(self, name: str, body: Json) -> None:
        with self.changed:
            self.requests.append((name, body))
            self.changed.notify_all()

    def wait(self, condition: Callable[[], object]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, WITHIN), "the framework never saw it"

    def bodies(self, name: str) -> list[Json]:
        with self.changed:
            return [body for known, body in self.requests if known == name]

    def restore(self) -> None:
        """End the outage."""
        self.away = self.silent = self.loses_answers = False
        self.moved_to = ""
        self.released.set()

    # ---- answers

    def read_config(self) -> Json:
        return {
            "kiosk": KIOSK,
            "location": {
                "slug": "hotel-de-ville",
                "name": "Hôtel de Ville de Verviers",
                "timezone": "Europe/Brussels",
                "address": "Place du Marché 55, 4800 Verviers",
            },
            "languages": self.languages,
            "locked": self.locked,
            "hours": self.hours,
            "services": [
                {
                    "code": "population",
                    "letter": "P",
                    "labels": {"fr": "Population", "nl": "Bevolking", "de": "Bevölkerung", "en": "Population"},
                    "walk_in": True,
                    "procedures": self.procedures,
                },
                {
                    "code": "etat-civil",
                    "letter": "E",
                    "labels": {"fr": "État civil", "nl": "Burgerlijke stand", "de": "Standesamt"},
                    "walk_in": True,
                    "procedures": PROCEDURES[:1],
                },
                {
                    "code": "police",
                    "labels": {"fr": "Police administrative", "nl": "Bestuurlijke politie"},
                    "walk_in": False,
                    "where": {"fr": "deuxième étage, bureau 21", "nl": "tweede verdieping, bureau 21"},
                },
            ],
            "roster_days": 3,
            "now": self.now_text(),
        }

    def now_text(self) -> str:
        return datetime.fromtimestamp(self.now(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def read_roster(self) -> Json:
        days = [
            {
                "date": self.today(in_days),
                "salt": SALT.hex(),
                "entries": [self.make_entry(b) for b in self.booked if b.in_days == in_days],
            }
            for in_days in range(3)
        ]
        lease = {"letter": "P", "service": "population", "zone": "A", "zone_name": "Rez-de-chaussée"}
        leases = [{"date": self.today(), **lease, "first": 500, "last": 502}]
        return {"generated_at": self.now_text(), "days": days, "leases": leases}

    def make_entry(self, booked: Booked) -> Json:
        return {
            "appointment": booked.uid,
            "digest": hashlib.sha256(booked.token.encode()).hexdigest(),
            "birth": derive(booked.birth),
            "hour": booked.hour,
            "number": booked.number,
            "zone": booked.zone,
            "zone_name": "Rez-de-chaussée",
            "language": booked.language,
            "persons": booked.persons,
            "state": "arrived" if booked.arrived else "expected",
        }

    def check_in(self, body: Json) -> Json:
        found = [
            b
            for b in self.booked
            if body.get("code") == b.token
            or body.get("reference") == b.reference
            or (body.get("birth_date") == b.birth and body.get("hour", b.hour) == b.hour)
        ]
        if not found:
            return self.say("unknown" if "code" in body else "go_to_desk")
        if len(found) > 1:
            return {**self.say("which_hour"), "hours": [b.hour for b in found]}
        booked = found[0]
        if booked.in_days:
            return self.say("other_day")
        if booked.persons > 1 and "party_complete" not in body:
            return {**self.say("party"), "persons": booked.persons, "language": booked.language}
        outcome, booked.arrived = "same_ticket" if booked.arrived else "ticket", True
        outcome = "already_called" if booked.called else outcome
        return {
            **self.say(outcome),
            "ticket": self.make_ticket(booked.number, booked.zone, booked.hour, booked.language),
        }

    def walk_in(self, body: Json) -> Json:
        number = self.drawn or body.get("number") or f"P{500 + self.walk_ins:03d}"
        self.walk_ins += 1
        return {**self.say("ticket"), "ticket": self.make_ticket(number, "A", None, body["language"])}

    def say(self, outcome: str) -> Json:
        return {"outcome": outcome, "message": SENTENCES[outcome], "ticket": None, "hours": None, "persons": None}

    def make_ticket(self, number: str, zone: str, hour: str | None, language: str) -> Json:
        return {
            "number": number,
            "zone": zone,
            "zone_name": "Rez-de-chaussée",
            "hour": hour,
            "date": self.today(),
            "place": "Hôtel de Ville de Verviers",
            "issued_at": self.now_text(),
            "follow_url": "https://rdv.example.org/t/tAbCdEfGhIjKlMnOpQrStUvWx",
            "wait": {"low": 5, "high": 15},
            "language": language,
        }

    def heartbeat(self, _body: Json) -> Json:
        return {"now": self.now_text(), "locked": self.locked, "reload": False}

    def take_journal(self, body: Json) -> Json | None:
        if any(entry["seq"] in self.refused_seqs for entry in body["entries"]):
            return None
        results = []
        for entry in body["entries"]:
            known = entry["id"] in {e["id"] for e in self.journal} or entry["id"] in self.answers
            if not known:
                self.journal.append(entry)
            results.append({"seq": entry["seq"], "outcome": "already" if known else "recorded", "number": "P000"})
        for booked in self.booked:
            booked.arrived = booked.arrived or any(e.get("number") == booked.number for e in self.journal)
        return {"results": results}


def name_content(body: Json) -> Json:
    """What somebody asked, whenever and under whichever number of the kiosk."""
    return {name: value for name, value in body.items() if name not in {"seq", "at", "offset_ms", "number"}}


class Handler(BaseHTTPRequestHandler):
    """One signed request."""

    server: Framework
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.treat(b"")

    def do_POST(self) -> None:
        self.treat(self.rfile.read(int(self.headers["Content-Length"])))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the signature of the base
        pass

    def treat(self, body: bytes) -> None:
        framework = self.server
        framework.released.wait(WITHIN if framework.silent else framework.delay)
        if framework.away or framework.silent:
            self.close_connection = True
            return
        if framework.moved_to:
            self.send(301, "text/html", b"", Location=framework.moved_to + self.path)
            return
        if (problem := self.find_problem(body)) is not None:
            framework.refusals.append(str(problem["error"]))
            self.reply(401, problem)
            return
        name, data = self.path.removeprefix("/api/kiosk/v1/"), json.loads(body or b"{}")
        if framework.failing_seqs & {entry["seq"] for entry in data.get("entries", [])}:
            framework.refusals.append(str(framework.failing_status))
            self.reply_with_page(framework.failing_status)
            return
        with framework.changed:
            answer = self.answer(name, data)
        framework.record(name, data)
        if framework.loses_answers:
            self.close_connection = True
            return
        self.reply(200 if answer is not None else 422, answer or {"error": "shape", "message": "Illisible."})

    def answer(self, name: str, data: Json) -> Json | None:
        framework = self.server
        if "id" in data and data["id"] in framework.answers:
            before, known = framework.answers[data["id"]]
            return known if name_content(before) == name_content(data) else None
        actions: dict[str, Callable[[], Json | None]] = {
            "config": framework.read_config,
            "roster": framework.read_roster,
            "check-in": lambda: framework.check_in(data),
            "walk-in": lambda: framework.walk_in(data),
            "heartbeat": lambda: framework.heartbeat(data),
            "journal": lambda: framework.take_journal(data),
        }
        answer = actions[name]()
        if "id" in data and answer is not None:
            framework.answers[data["id"]] = (data, answer)
        return answer

    def find_problem(self, body: bytes) -> Json | None:
        framework, headers = self.server, self.headers
        sent_at, nonce = headers["X-Kiosk-Time"], headers["X-Kiosk-Nonce"]
        text = "\n".join([self.command, self.path, sent_at, nonce, hashlib.sha256(body).hexdigest()])
        expected = base64.urlsafe_b64encode(hmac.digest(DEVICE_KEY, text.encode(), "sha256")).rstrip(b"=").decode()
        if headers["X-Kiosk"] != KIOSK or not hmac.compare_digest(headers["X-Kiosk-Signature"], expected):
            return {"error": "signature"}
        if framework.revoked:
            return {"error": "revoked"}
        if abs(int(sent_at) - framework.now()) > 300:
            return {"error": "clock", "now": framework.now_text()}
        if nonce in framework.nonces or len(base64.urlsafe_b64decode(nonce + "==")) != 16:
            return {"error": "nonce"}
        framework.nonces.add(nonce)
        return None

    def reply_with_page(self, status: int) -> None:
        self.send(status, "text/html", b"<!DOCTYPE html><title>Une erreur est survenue</title>")

    def reply(self, status: int, body: Json) -> None:
        self.send(status, "application/json", json.dumps(body).encode())

    def send(self, status: int, kind: str, data: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # whoever asked may be gone
            self.wfile.write(data)
