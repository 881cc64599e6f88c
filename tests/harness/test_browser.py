import http.server
import threading
from collections.abc import Iterator

import pytest

from tests.harness.browser import ConsoleWatch, Pages, check_accessibility, find_violations, take_shot

pytestmark = pytest.mark.e2e

GOOD = b"<!doctype html><html lang='fr'><title>Bonjour</title><main><h1>Bonjour</h1><p>Guichet 3</p></main></html>"
BAD = b"<!doctype html><html><title>Bonjour</title><img src='/x.png'><script>alert(1)</script></html>"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = {"/good": GOOD, "/bad": BAD, "/favicon.ico": b""}
        self.send_response(200 if self.path in known else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", "default-src 'none'; script-src 'self'; img-src 'self'")
        self.end_headers()
        self.wfile.write(known.get(self.path, b""))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        return


@pytest.fixture
def address() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_good_page_is_silent_and_accessible_under_a_strict_policy(pages: Pages, address: str) -> None:
    page = pages.open(f"{address}/good", width=390, height=844)
    check_accessibility(page)
    assert take_shot(page, "harness/good").stat().st_size > 0


def test_a_bad_page_is_found_out(pages: Pages, console: ConsoleWatch, address: str) -> None:
    page = pages.open(f"{address}/bad")
    assert {"html-has-lang", "image-alt"} <= {violation["id"] for violation in find_violations(page)}
    assert any("Content Security Policy" in text for text in console.unexpected)
    assert any("404" in text for text in console.unexpected)
    console.allow("Content Security Policy|404")
    assert console.unexpected == []
