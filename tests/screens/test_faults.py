"""Call screens under faults, on the production shape: right again within five seconds, and never an old call as new."""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.harness.browser import Pages
from tests.harness.installation import Installation
from tests.harness.link import Link
from tests.harness.redis_server import RedisServer
from tests.harness.waiting import wait_until
from tests.screens.caller import Caller
from tests.screens.watcher import Wall

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]
SCREENS, MANY_SCREENS = 20, 50
RIGHT_AGAIN = 5.0
MANY_RIGHT_AGAIN = 10.0
STALE_MS = 15_000
ANNOUNCED = "JSON.parse(sessionStorage.getItem('announced') || '[]').length"


@dataclass
class Place:
    """Servers, a clerk, and a cable between them and the browser."""

    servers: Installation
    redis: RedisServer
    clerk: Caller
    link: Link

    def open_screen(self, pages: Pages) -> Page:
        """A screen in a browser at the far end of the cable."""
        pages.watch.allow("WebSocket|Failed to load resource|ERR_")
        page = pages.open("/ecran/all/", width=1920, height=1080, base_url=f"http://127.0.0.1:{self.link.port}")
        expect(page.locator("#stale")).to_be_hidden()
        return page

    def call(self, page: Page, limit: float = RIGHT_AGAIN) -> str:
        """Call somebody; the number, once the browser shows it."""
        number: str = self.clerk.call()["number"]
        shows(page, number, limit)
        return number


def shows(page: Page, number: str, limit: float = RIGHT_AGAIN) -> None:
    expect(page.locator("#calls .number").first).to_have_text(number, timeout=limit * 1000)


@pytest.fixture
def place(
    tmp_path: Path, postgres: str, redis_server: RedisServer, make_database: Callable[[str | None], str]
) -> Iterator[Place]:
    with Link() as link:
        servers = Installation(
            tmp_path,
            database_url=make_database(postgres),
            redis_url=redis_server.url,
            settings={"EGUICHET_PUBLIC_URL": f"http://127.0.0.1:{link.port}"},
            workers=1,
        )
        with servers, Caller(servers.env) as clerk:
            link.target = servers.port
            yield Place(servers, redis_server, clerk, link)


def test_a_link_is_cut_without_a_word_and_comes_back(place: Place, pages: Pages) -> None:
    page = place.open_screen(pages)
    with page.expect_response(lambda answer: "/ecran/voice/" in answer.url) as spoken:
        place.call(page)
    assert (spoken.value.status, spoken.value.headers["content-type"]) == (200, "audio/wav")
    announced = page.evaluate(ANNOUNCED)
    assert announced == 1
    place.link.cut()
    number = place.clerk.call()["number"]
    expect(page.locator("#stale")).to_be_visible(timeout=STALE_MS + 1000)
    place.link.mend()
    shows(page, number)
    expect(page.locator("#stale")).to_be_hidden()
    place.call(page)


@pytest.mark.soak
def test_every_fault_one_after_the_other(place: Place, pages: Pages) -> None:
    page = place.open_screen(pages)
    url = f"ws://127.0.0.1:{place.servers.sockets_port}/ws/screens/all/"
    with Wall(url, f"http://127.0.0.1:{place.link.port}", SCREENS) as wall:
        place.call(page)
        for name, fault in FAULTS.items():
            number, began = fault(place, page)
            wait_until(lambda number=number: wall.all_show(number), RIGHT_AGAIN, f"{name}: all are right")  # type: ignore[misc]
            shows(page, number)
            sys.stdout.write(f"\n  {name}: right after {time.monotonic() - began:.1f} s")
            expect(page.locator("#stale")).to_be_hidden()
            place.call(page)


@pytest.mark.soak
def test_fifty_screens_come_back_at_once(place: Place) -> None:
    url = f"ws://127.0.0.1:{place.servers.sockets_port}/ws/screens/all/"
    with (
        Wall(url, f"http://127.0.0.1:{place.link.port}", MANY_SCREENS) as wall,
        httpx.Client(base_url=place.servers.url, trust_env=False, follow_redirects=True) as citizen,
    ):
        before = place.clerk.call()["number"]
        wait_until(lambda: wall.all_show(before), MANY_RIGHT_AGAIN, "all show the first call")
        place.servers.sockets.kill()
        missed = place.clerk.call()["number"]
        assert not any(screen.newest == missed for screen in wall.screens)
        began = time.monotonic()
        place.servers.start_sockets().wait_for_port(place.servers.sockets_port)
        answers = []

        def all_right() -> bool:
            answers.append(citizen.get("/fr/rendez-vous/reserver/population/carte/").status_code)
            return wall.all_show(missed)

        wait_until(all_right, MANY_RIGHT_AGAIN, "all show the call they missed")
        sys.stdout.write(f"\n  {MANY_SCREENS} at once: right {time.monotonic() - began:.1f} s after the start")
    assert set(answers) == {httpx.codes.OK}


def lose_half(place: Place, _page: Page) -> tuple[str, float]:
    """A hundred calls of which every second message is lost."""
    place.clerk.lose()
    for _call in range(100):
        number = place.clerk.call()["number"]
    began = time.monotonic()
    place.clerk.lose_nothing()
    return number, began


def forget_listeners(place: Place, _page: Page) -> tuple[str, float]:
    """Redis closes every subscription."""
    place.redis.forget_listeners()
    began = time.monotonic()
    return place.clerk.call()["number"], began


def flush_redis(place: Place, _page: Page) -> tuple[str, float]:
    place.redis.flush()
    began = time.monotonic()
    return place.clerk.call()["number"], began


def restart_redis(place: Place, page: Page) -> tuple[str, float]:
    place.redis.crash()
    place.call(page)
    place.redis.start()
    began = time.monotonic()
    return place.clerk.call()["number"], began


def restart_sockets(place: Place, _page: Page) -> tuple[str, float]:
    place.servers.sockets.kill()
    number = place.clerk.call()["number"]
    place.servers.start_sockets().wait_for_port(place.servers.sockets_port)
    return number, time.monotonic()


def freeze_sockets(place: Place, page: Page) -> tuple[str, float]:
    """The server neither answers nor closes: half-open. Meanwhile the page fetches the board, and is not stale."""
    import signal  # noqa: PLC0415

    place.servers.sockets.send(signal.SIGSTOP)
    place.call(page, limit=20)
    number = place.clerk.call()["number"]
    place.servers.sockets.send(signal.SIGCONT)
    return number, time.monotonic()


def cut_the_link(place: Place, page: Page) -> tuple[str, float]:
    """For longer than a call is new: it is shown afterwards, and not announced."""
    announced = page.evaluate(ANNOUNCED)
    place.link.cut()
    number = place.clerk.call()["number"]
    expect(page.locator("#stale")).to_be_visible(timeout=STALE_MS + 1000)
    page.wait_for_timeout(20_000)
    place.link.mend()
    began = time.monotonic()
    shows(page, number)
    assert page.evaluate(ANNOUNCED) == announced
    return number, began


FAULTS: dict[str, Callable[[Place, Page], tuple[str, float]]] = {
    "every second message lost": lose_half,
    "Redis forgets who listens": forget_listeners,
    "Redis flushed": flush_redis,
    "Redis killed and started": restart_redis,
    "socket server killed and started": restart_sockets,
    "socket server frozen (half-open)": freeze_sockets,
    "link black-holed for 35 s": cut_the_link,
}
