import os
import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

from tests.harness.databases import drop_database, get_database_url, is_postgres
from tests.harness.front import Front
from tests.harness.postgres import PostgresServer, run_statement
from tests.harness.processes import find_free_port
from tests.harness.redis_server import RedisServer


@pytest.mark.sqlite_only
def test_postgres_keeps_what_it_acknowledged_through_a_crash(postgres_server: PostgresServer) -> None:
    postgres_server.execute("CREATE TABLE kept (number int)")
    postgres_server.execute("INSERT INTO kept VALUES (42)")
    port = postgres_server.port
    postgres_server.crash()
    postgres_server.start()
    assert (postgres_server.execute("SELECT number FROM kept"), postgres_server.port) == ([(42,)], port)


@pytest.mark.sqlite_only
def test_redis_forgets_and_comes_back_on_its_port(redis_server: RedisServer) -> None:
    with closing(redis_server.connect()) as client:
        client.set("bell", "rung")
    port = redis_server.port
    redis_server.crash()
    redis_server.start()
    with closing(redis_server.connect()) as client:
        assert (client.get("bell"), redis_server.port) == (None, port)


def test_a_copied_database_is_migrated_and_separate(make_database: Callable[[str | None], str]) -> None:
    first, second = make_database(None), make_database(None)
    assert first != second
    if is_postgres(first):
        assert run_statement(first, "SELECT count(*) > 0 FROM django_migrations") == [(True,)]
        drop_database(first)
    else:
        assert Path(first.removeprefix("sqlite:///")).stat().st_size > 0


@pytest.mark.django_db
def test_this_run_uses_the_database_it_says() -> None:
    assert (connection.vendor == "postgresql") == is_postgres(get_database_url())
    assert str(os.getpid()) in str(connection.settings_dict["NAME"])


@pytest.mark.parametrize("time", [1, 2])
@pytest.mark.django_db(transaction=True)
def test_a_flushed_database_gets_its_first_rows_back(time: int) -> None:
    from wagtail.models import Page  # noqa: PLC0415 - needs Django

    assert Page.objects.filter(depth=1).count() == 1


def test_the_front_sends_sockets_and_pages_to_their_servers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as pages, socket.create_server(("127.0.0.1", 0)) as sockets:
        ports = {"pages": pages.getsockname()[1], "sockets": sockets.getsockname()[1]}
        with Front(find_free_port(), **ports) as front:
            for path, server in (("/ws/screen", sockets), ("/fr/", pages)):
                with socket.create_connection(("127.0.0.1", front.port), timeout=5) as client:
                    client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                    with server.accept()[0] as arrived:
                        assert arrived.recv(1000).split(b" ")[1] == path.encode()
                        arrived.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                    assert client.recv(1000) == b"HTTP/1.1 200 OK\r\n\r\n"
