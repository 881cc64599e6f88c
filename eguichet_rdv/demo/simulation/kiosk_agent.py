"""A kiosk of the simulated day: signed requests, one visitor after the other."""

import asyncio
import json
import secrets
from collections.abc import Sequence
from random import Random
from typing import Any
from uuid import uuid4

import httpx

from eguichet_rdv.demo.simulation.clock import FastClock
from eguichet_rdv.demo.simulation.diary import Diary
from eguichet_rdv.demo.simulation.stage import Comer
from eguichet_rdv.kiosk.keys import key_bytes, sign

API = "/api/kiosk/v1/"
AGAIN_SHARE = 0.02
BY_BIRTH_DATE, BY_REFERENCE = 0.2, 0.3
HEARTBEAT_EVERY = 20
TRIES = 10
TICKET, SAME = "ticket", ("same_ticket", "already_called", "already_served")


class KioskAgent:
    """Stands at the entrance. ``comers`` come to it in the order of their hours."""

    def __init__(
        self, slug: str, comers: Sequence[Comer], clock: FastClock, client: httpx.AsyncClient, diary: Diary
    ) -> None:
        self.slug = slug
        self.key = key_bytes(slug, 1)
        self.comers = comers
        self.clock = clock
        self.client = client
        self.diary = diary
        self.seq = 0
        self.random = Random(slug)  # noqa: S311 - no secret

    async def run(self) -> None:
        """The whole day."""
        await self._post("heartbeat", {"version": "simulation", "printer": "ok", "scanner": "ok", "backlog": 0})
        for count, comer in enumerate(self.comers, start=1):
            await asyncio.sleep(self.clock.seconds_until(comer.at))
            answer = await (self._check_in(comer) if comer.reference else self._walk_in(comer))
            self._note(comer, answer)
            if answer.get("outcome") == TICKET and comer.reference and self.random.random() < AGAIN_SHARE:
                await self._scan_again(comer, answer["ticket"]["number"])
            if count % HEARTBEAT_EVERY == 0:
                await self._post("heartbeat", {"version": "simulation", "printer": "ok", "scanner": "ok"})

    async def _check_in(self, comer: Comer) -> dict[str, Any]:
        way = self.random.random()
        key = {"code": comer.code}
        if way < BY_BIRTH_DATE:
            key = {"birth_date": comer.birth_date}
        elif way < BY_REFERENCE:
            key = {"reference": comer.reference.lower()}
        answer = await self._post("check-in", self._stamp(comer) | key)
        if answer.get("outcome") == "which_hour":
            key["hour"] = comer.hour
            answer = await self._post("check-in", self._stamp(comer) | key)
        if answer.get("outcome") == "go_to_desk":  # two people with one date of birth and hour
            key = {"code": comer.code}
            answer = await self._post("check-in", self._stamp(comer) | key)
        if answer.get("outcome") == "party":
            answer = await self._post("check-in", self._stamp(comer) | key | {"party_complete": True})
        return answer

    async def _walk_in(self, comer: Comer) -> dict[str, Any]:
        wish = {"service": comer.service, "procedure": comer.procedure, "persons": 1}
        return await self._post("walk-in", self._stamp(comer) | wish)

    async def _scan_again(self, comer: Comer, number: str) -> None:
        answer = await self._post("check-in", self._stamp(comer) | {"code": comer.code})
        ticket = answer.get("ticket") or {"number": number}
        if answer.get("outcome") not in SAME or ticket["number"] != number:
            self.diary.fault(f"{self.slug}: the second scan of {number} gave {answer}")

    def _note(self, comer: Comer, answer: dict[str, Any]) -> None:
        if answer.get("outcome") != TICKET:
            self.diary.refused[str(answer.get("outcome"))] += 1
            return
        number = answer["ticket"]["number"]
        if number in self.diary.tickets:
            self.diary.fault(f"{self.slug}: {number} was given twice")
        self.diary.tickets[number] = comer.reference

    def _stamp(self, comer: Comer) -> dict[str, Any]:
        self.seq += 1
        at = self.clock.now().isoformat().replace("+00:00", "Z")
        return {"id": str(uuid4()), "seq": self.seq, "at": at, "offset_ms": 0, "language": comer.language}

    async def _post(self, name: str, message: dict[str, Any]) -> dict[str, Any]:
        """Send, signed anew when a slow answer on the fast clock has made the signature too old."""
        body = json.dumps(message).encode()
        for _each in range(TRIES):
            try:
                with self.diary.time_request():
                    answer = await self.client.post(API + name, content=body, headers=self._sign(name, body))
            except httpx.HTTPError as error:
                self.diary.fault(f"{self.slug} {name}: {error!r}")
                return {}
            if answer.status_code == httpx.codes.OK:
                found: dict[str, Any] = answer.json()
                return found
            if answer.status_code != httpx.codes.UNAUTHORIZED or answer.json()["error"] != "clock":
                break
        self.diary.fault(f"{self.slug} {name}: {answer.status_code} {answer.text}")
        return {}

    def _sign(self, name: str, body: bytes) -> dict[str, str]:
        at, nonce = str(int(self.clock.now().timestamp())), secrets.token_urlsafe(16)
        return {
            "X-Kiosk": self.slug,
            "X-Kiosk-Time": at,
            "X-Kiosk-Nonce": nonce,
            "X-Kiosk-Signature": sign(self.key, ("POST", API + name, at, nonce), body),
            "Content-Type": "application/json",
        }
