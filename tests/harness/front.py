"""What nginx or Caddy does in production: one address, sockets to one server and pages to another."""

import asyncio
import contextlib
import threading
from concurrent.futures import Future
from types import TracebackType
from typing import Self

HEAD_END = b"\r\n\r\n"
MOST_HEAD = 65_536
CHUNK = 65_536


class Front:
    """Forwards connections whose first request is for ``/ws`` to ``sockets``, all others to ``pages`` (ports)."""

    def __init__(self, port: int, *, pages: int, sockets: int) -> None:
        self.port = port
        self.pages = pages
        self.sockets = sockets
        self._loop = asyncio.new_event_loop()
        self._stop: asyncio.Event | None = None
        self._ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()
        self._ready.result(timeout=10)

    def stop(self) -> None:
        """Close every connection and stop."""
        if self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(timeout=10)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        tasks: set[asyncio.Task[None]] = set()

        def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.ensure_future(self._forward(reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        try:
            server = await asyncio.start_server(begin, "127.0.0.1", self.port)
        except OSError as error:
            self._ready.set_exception(error)
            return
        self._ready.set_result(None)
        await self._stop.wait()
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream: asyncio.StreamWriter | None = None
        try:
            head = await reader.readuntil(HEAD_END)
            target = head.split(b" ", 2)[1]
            port = self.sockets if target.startswith(b"/ws") else self.pages
            answers, upstream = await asyncio.open_connection("127.0.0.1", port)
            upstream.write(head)
            await asyncio.gather(self._pump(reader, upstream), self._pump(answers, writer))
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, IndexError):
            pass  # one side went away: nothing more to forward
        finally:
            for side in (writer, upstream):
                if side is not None:
                    side.close()

    @staticmethod
    async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(CHUNK):
                sink.write(data)
                await sink.drain()
        with contextlib.suppress(OSError):
            sink.close()
