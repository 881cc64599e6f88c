"""The page of the kiosk, served to the browser on the same machine and to nobody else."""

import json
import logging
import mimetypes
import re
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from eguichet_kiosk_bridge import __version__
from eguichet_kiosk_bridge.answers import Json

logger = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
LONGEST_BODY = 8192
SLOWEST_CLIENT = 40.0
STOPS_WITHIN = 0.05
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Route = Callable[[Json], Json]


class PageRefusalError(Exception):
    """The page asked for something it may not have; carries an HTTP status."""

    def __init__(self, status: HTTPStatus) -> None:
        """Remember the status."""
        super().__init__(status.phrase)
        self.status = status


class PageServer(ThreadingHTTPServer):
    """Listens on 127.0.0.1 only; `reads` and `commands` are the addresses the page may use."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 32

    def __init__(self, port: int, reads: dict[str, Route], commands: dict[str, Route]) -> None:
        """Take the port; 0 takes a free one."""
        try:
            super().__init__(("127.0.0.1", port), PageHandler)
        except OSError as error:
            message = f"The page cannot have port {port}: {error.strerror}."
            raise OSError(message) from error
        self.reads, self.commands, self.is_stopping = reads, commands, False
        self.port = int(self.server_address[1])
        self.hosts = {f"127.0.0.1:{self.port}", f"localhost:{self.port}"}
        self._thread = threading.Thread(target=self.serve_forever, args=[STOPS_WITHIN], name="page", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer nobody any more, not even on connections that are still open."""
        self.is_stopping = True
        self.shutdown()
        self.server_close()
        self._thread.join(2)


class PageHandler(BaseHTTPRequestHandler):
    """One request of the page."""

    server: PageServer
    protocol_version = "HTTP/1.1"
    server_version = f"eguichet-kiosk-bridge/{__version__}"
    sys_version = ""
    timeout: ClassVar[float | None] = SLOWEST_CLIENT

    def do_GET(self) -> None:
        """Answer a reading request."""
        self._answer(self._read)

    def do_POST(self) -> None:
        """Answer a command."""
        self._answer(self._command)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the signature of the base
        """Keep requests out of the log unless somebody debugs; addresses hold nothing personal."""
        logger.debug(format, *args)

    def _answer(self, treat: Callable[[], tuple[str, bytes]]) -> None:
        if self.server.is_stopping:
            self.close_connection = True
            return
        try:
            self._check_host()
            kind, body = treat()
            self._send(HTTPStatus.OK, kind, body)
        except PageRefusalError as refusal:
            # What is left of the body would be read as the next request.
            self.close_connection = True
            self._send(refusal.status, "text/plain", refusal.status.phrase.encode())
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        except Exception:
            logger.exception("the page could not be answered")
            self.close_connection = True
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, "text/plain", b"Internal error")

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def _check_host(self) -> None:
        """Refuse other names for this machine: a page elsewhere may have its name pointed at us."""
        if self.headers.get_all("Host") is None or self.headers.get_all("Host", []) != [self.headers["Host"]]:
            raise PageRefusalError(HTTPStatus.BAD_REQUEST)
        if self.headers["Host"] not in self.server.hosts:
            raise PageRefusalError(HTTPStatus.MISDIRECTED_REQUEST)
        if self.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
            raise PageRefusalError(HTTPStatus.FORBIDDEN)

    def _read(self) -> tuple[str, bytes]:
        path, _, query = self.path.partition("?")
        route = self.server.reads.get(path)
        if route:
            values = dict(re.findall(r"([a-z]+)=([A-Za-z0-9-]*)", query))
            return "application/json", json.dumps(route(values)).encode()
        return read_static("index.html" if path == "/" else path.removeprefix("/static/"))

    def _command(self) -> tuple[str, bytes]:
        if self.headers.get("Origin") != f"http://{self.headers['Host']}":
            raise PageRefusalError(HTTPStatus.FORBIDDEN)
        if self.headers.get("Content-Type", "").partition(";")[0].strip() != "application/json":
            raise PageRefusalError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        route = self.server.commands.get(self.path)
        if route is None:
            raise PageRefusalError(HTTPStatus.NOT_FOUND)
        return "application/json", json.dumps(route(self._read_body())).encode()

    def _read_body(self) -> Json:
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"\d{1,9}", length, re.ASCII):
            raise PageRefusalError(HTTPStatus.LENGTH_REQUIRED)
        if int(length) > LONGEST_BODY:
            raise PageRefusalError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        try:
            data = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError) as error:
            raise PageRefusalError(HTTPStatus.BAD_REQUEST) from error
        if not isinstance(data, dict):
            raise PageRefusalError(HTTPStatus.BAD_REQUEST)
        return data


def read_static(name: str) -> tuple[str, bytes]:
    """Return type and content of one file of the page; names that are not plain do not exist."""
    path = STATIC / name
    if not re.fullmatch(r"[a-z0-9_-]+\.[a-z0-9]+", name) or not path.is_file():
        raise PageRefusalError(HTTPStatus.NOT_FOUND)
    kind = {".js": "text/javascript", ".svg": "image/svg+xml"}.get(path.suffix) or mimetypes.guess_type(name)[0]
    return kind or "application/octet-stream", path.read_bytes()
