"""A citizen with a browser that knows no scripts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from tests.town import MONDAY, Town, make_town

ROOTS = {"fr": "/fr/rendez-vous/reserver/", "nl": "/nl/afspraak/reserveren/"}
PERSON: dict[str, Any] = {
    "last_name": "Lejeune",
    "first_name": "Marie",
    "birth_date_day": "1",
    "birth_date_month": "2",
    "birth_date_year": "1990",
    "email": "marie@example.org",
    "phone": "",
    "language": "fr",
}


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def town(db: None) -> Town:
    return make_town()


@dataclass
class Citizen:
    """Fills in the pages one after the other, as a form in a browser would."""

    language: str = "fr"
    client: Client = field(default_factory=Client)
    url: str = ""

    def begin(self, path: str = "population/carte/") -> HttpResponse:
        return self.follow(self.client.get(ROOTS[self.language] + path))

    def follow(self, answer: Any) -> HttpResponse:
        """Follow redirects, remembering where they lead."""
        while answer.status_code in {301, 302}:
            self.url = answer["Location"]
            answer = self.client.get(self.url)
        return answer  # type: ignore[no-any-return]

    def step(self, name: str) -> str:
        return re.sub(r"[a-z]+/$", f"{name}/", self.url)

    def send(self, _step: str, **answers: Any) -> HttpResponse:
        """Send the answers of a step and follow."""
        answer = self.client.post(self.step(_step), {f"{_step}-{name}": value for name, value in answers.items()})
        return self.follow(answer)

    def times(self) -> list[str]:
        page = self.client.get(self.step("time")).content.decode()
        return re.findall(r'type="radio"\s+name="time-start"\s+id="[^"]+"\s+value="([^"]+)"', unescape(page))

    def choose(self, start: datetime | None = None) -> str:
        """Choose a time, the first offered unless one is given; returns it as sent."""
        value = start.isoformat(timespec="minutes") if start else self.times()[0]
        self.send("time", start=value)
        return value

    def reach_check(self, path: str = "population/carte/", **person: Any) -> HttpResponse:
        self.begin(path)
        self.send("visit")
        self.choose()
        return self.send("person", **(PERSON | {"language": self.language} | person))


@pytest.fixture
def citizen(town: Town) -> Citizen:
    return Citizen()
