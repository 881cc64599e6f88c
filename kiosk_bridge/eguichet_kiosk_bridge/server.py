"""The framework as the bridge sees it: signed requests, each with one of four endings."""

import json
import logging
import queue
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx

from eguichet_kiosk_bridge.answers import Json
from eguichet_kiosk_bridge.signing import Signer

logger = logging.getLogger(__name__)

API = "/api/kiosk/v1/"
KEPT_ALIVE = 60.0
SAYS_WHY = {httpx.codes.UNAUTHORIZED, httpx.codes.UNPROCESSABLE_ENTITY}


class ServerUnavailableError(Exception):
    """No usable answer in time: the bridge decides alone."""


class ServerFaultError(ServerUnavailableError):
    """The server failed at this very request; another one may go through."""


class RevokedError(Exception):
    """The server no longer knows this kiosk's key."""


class RefusedError(Exception):
    """The server understood and said no; the message is its sentence."""


class Clock:
    """The kiosk's clock and the last measured distance to the server's, in milliseconds to add to the kiosk's."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        """Start without a known distance."""
        self._now = now
        self.offset_ms = 0

    def kiosk_time(self) -> float:
        """Return the kiosk's own time in unix seconds."""
        return self._now()

    def server_time(self) -> float:
        """Return the best guess of the server's time in unix seconds."""
        return self._now() + self.offset_ms / 1000

    def stamp(self) -> Json:
        """Return `at` (kiosk's clock, UTC) and `offset_ms`, as every arrival carries them."""
        at = datetime.fromtimestamp(self._now(), UTC).isoformat(timespec="milliseconds")
        return {"at": at.replace("+00:00", "Z"), "offset_ms": self.offset_ms}

    def measure(self, server_now: str, sent: float, received: float) -> None:
        """Learn the distance from the server's `now`, taken to be in the middle of the exchange."""
        try:
            there = datetime.fromisoformat(server_now).timestamp()
        except ValueError:
            logger.warning("the server's clock cannot be read")
            return
        self.offset_ms = round((there - (sent + received) / 2) * 1000)


class Server:
    """Sends the requests of one kiosk; safe to share between threads."""

    def __init__(self, address: str, signer: Signer, clock: Clock) -> None:
        """Remember where to ask; nothing is sent yet."""
        self._signer = signer
        self.clock = clock
        self._http = httpx.Client(
            base_url=address,
            limits=httpx.Limits(keepalive_expiry=KEPT_ALIVE),
            headers={"Accept": "application/json"},
            verify=make_trust(address),
            trust_env=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, name: str, within: float = 10.0) -> Json:
        """Fetch `config` or `roster`; `within` is in seconds."""
        return self._ask_in_time("GET", API + name, b"", within)

    def post(self, name: str, body: Json, within: float = 10.0) -> Json:
        """Send one command; raises ServerUnavailableError after `within` seconds, whatever the network does."""
        return self._ask_in_time("POST", API + name, json.dumps(body).encode(), within)

    def _ask_in_time(self, method: str, path: str, body: bytes, within: float) -> Json:
        """Ask in a thread of its own: a name server that hangs is no excuse for a visitor to wait."""
        answers: queue.SimpleQueue[Json | Exception] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self._ask(method, path, body, within))
            except Exception as error:  # noqa: BLE001 - handed over to the thread that waits
                answers.put(error)

        threading.Thread(target=ask, name=f"ask {path}", daemon=True).start()
        try:
            answer = answers.get(timeout=within)
        except queue.Empty:
            raise ServerUnavailableError(say_late(within)) from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _ask(self, method: str, path: str, body: bytes, within: float) -> Json:
        response = self._send(method, path, body, within)
        if self._tells_clock(response):
            response = self._send(method, path, body, within)
        return self._read(response)

    def _send(self, method: str, path: str, body: bytes, within: float) -> httpx.Response:
        headers = self._signer.sign(method, path, body, self.clock.server_time())
        headers["Content-Type"] = "application/json"
        try:
            return self._http.request(method, path, content=body, headers=headers, timeout=within)
        except httpx.TimeoutException as error:
            raise ServerUnavailableError(say_late(within)) from error
        except httpx.HTTPError as error:
            raise ServerUnavailableError(str(error) or type(error).__name__) from error
        except RuntimeError as error:  # the client was closed while a late thread still asked
            raise ServerUnavailableError(str(error)) from error

    def _tells_clock(self, response: httpx.Response) -> bool:
        """Learn the server's time from a refusal for the clock, so that the request can be signed again."""
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return False
        data = read_object(response)
        if data.get("error") != "clock" or "now" not in data:
            return False
        now = self.clock.kiosk_time()
        self.clock.measure(str(data["now"]), now, now)
        return True

    def _read(self, response: httpx.Response) -> Json:
        status = response.status_code
        if status == httpx.codes.OK:
            return read_object(response)
        message = f"the server answered {status}"
        if status == httpx.codes.INTERNAL_SERVER_ERROR:
            # With a page for people.
            raise ServerFaultError(message)
        data = read_object(response) if status in SAYS_WHY else {}
        if status == httpx.codes.UNAUTHORIZED and data.get("error") == "revoked":
            raise RevokedError
        if status == httpx.codes.UNPROCESSABLE_ENTITY:
            raise RefusedError(str(data.get("message", "")))
        why = data.get("error") or response.headers.get("Location")
        raise ServerUnavailableError(f"{message}: {why}" if why else message)


def say_late(within: float) -> str:
    """Say the same whichever thread notices first."""
    return f"no answer within {within} s"


def make_trust(address: str) -> ssl.SSLContext:
    """Return the machine's own store of authorities, to which a municipality adds its own; none for plain HTTP."""
    return ssl.create_default_context() if address.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def read_object(response: httpx.Response) -> Json:
    """Return the JSON object of a response; anything else counts as no answer."""
    try:
        data: Any = response.json()
    except ValueError as error:
        message = f"the answer with status {response.status_code} is not JSON"
        raise ServerUnavailableError(message) from error
    if not isinstance(data, dict):
        message = "the answer is not an object"
        raise ServerUnavailableError(message)
    return data
