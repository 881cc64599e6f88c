"""Real parts around a real bridge: a framework, a printer, a scanner."""

import os
import pty
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from eguichet_kiosk_bridge.bridge import Bridge
from eguichet_kiosk_bridge.config import Config
from tests.kiosk_bridge.framework import DEVICE_KEY, KIOSK, WITHIN, Framework
from tests.kiosk_bridge.sink import Sink

Json = dict[str, Any]


@pytest.fixture
def framework() -> Iterator[Framework]:
    framework = Framework()
    yield framework
    framework.close()


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    yield sink
    sink.close()


class ScannerLine:
    """A pty in the place of a scanner: what is written here, the bridge reads."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        self.path = os.ttyname(self.slave)

    def send(self, data: bytes) -> None:
        while data:
            data = data[os.write(self.master, data) :]

    def unplug(self) -> None:
        if self.master >= 0:
            os.close(self.master)
            os.close(self.slave)
            self.master = -1


@pytest.fixture
def line() -> Iterator[ScannerLine]:
    line = ScannerLine()
    yield line
    line.unplug()


class Page:
    """Speaks to the bridge as its page does."""

    def __init__(self, bridge: Bridge) -> None:
        self.bridge = bridge
        # Nothing here is encrypted: an empty store of authorities spares reading the machine's.
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        origin = {"Origin": bridge.url.rstrip("/")}
        self.http = httpx.Client(base_url=bridge.url, headers=origin, trust_env=False, verify=trust)
        self.place = 0
        self.count = 0

    def close(self) -> None:
        self.http.close()

    def post(self, path: str, **body: object) -> Json:
        self.count += 1
        body = {"id": f"request-{self.count:08d}", "language": "fr", **body}
        response = self.http.post(path, json=body)
        assert response.status_code == 200, response.text
        answer: Json = response.json()
        return answer

    def check_in(self, **body: object) -> Json:
        return self.post("/api/check-in", **body)

    def walk_in(self, **body: object) -> Json:
        return self.post("/api/walk-in", **{"service": "population", "procedure": "eid", "persons": 1, **body})

    def health(self) -> Json:
        health: Json = self.http.get("/healthz").json()
        return health

    def hear(self, kind: str) -> Json:
        """Return the next event of a kind."""
        end = time.monotonic() + WITHIN
        while time.monotonic() < end:
            events = self.bridge.feed.wait_after(self.place, 1.0)
            for event in events:
                self.place = event.place
                if event.body["type"] == kind:
                    return event.body
        raise AssertionError(f"no event {kind}")

    def hear_answer(self) -> Json:
        answer: Json = self.hear("answer")["answer"]
        return answer


StartBridge = Callable[..., Page]


@pytest.fixture
def config(framework: Framework, tmp_path: Path) -> Config:
    return Config(
        server=framework.address,
        kiosk=KIOSK,
        key=DEVICE_KEY,
        port=0,
        data_dir=tmp_path / "data",
        heartbeat_every=0.2,
        devices_every=0.1,
        roster_every=3600,
        upload_every=0.2,
    )


@pytest.fixture
def start_bridge(config: Config, framework: Framework) -> Iterator[StartBridge]:
    pages: list[Page] = []

    def start(*, wait: bool = True, **changes: Any) -> Page:
        bridge = Bridge(replace(config, **changes))
        bridge.start()
        page = Page(bridge)
        pages.append(page)
        if wait:
            wait_until(lambda: bool(bridge.journal.find_roster()))
        return page

    yield start
    framework.restore()
    for page in pages:
        page.close()
        page.bridge.stop()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that rings no bell, looking often, never longer than the limit."""
    pause, end = threading.Event(), time.monotonic() + WITHIN
    while not condition():
        assert time.monotonic() < end, "it never happened"
        pause.wait(0.01)


GONE = {"test_bridge_killed_in_the_middle_answers_after_its_restart"}


@pytest.fixture
def tab(  # closed before the bridges are
    browser: Browser, start_bridge: StartBridge, request: pytest.FixtureRequest
) -> Iterator[Tab]:
    context = browser.new_context(viewport={"width": 1080, "height": 1920})
    tab = context.new_page()
    noise: list[str] = []
    tab.on("console", lambda message: noise.append(message.text))
    tab.on("pageerror", lambda error: noise.append(str(error)))
    yield tab
    context.close()
    # A bridge that is gone on purpose cannot be reached, and what it was answering is cut off wherever it was.
    gone = [text for text in noise if text.startswith("Failed to load resource: net::ERR_")]
    assert [text for text in noise if text not in gone or request.node.name not in GONE] == []
