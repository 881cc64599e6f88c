"""Ports of this computer, asked for before anything is started."""

import http.client
import socket
from http import HTTPStatus

HOST = "127.0.0.1"
BACKLOG = 128


class PortTaken(Exception):  # noqa: N818 - it is an answer, not an error
    """Another program listens there."""

    def __init__(self, port: int, variable: str) -> None:
        super().__init__(
            f"Port {port} is taken by another program; choose another one, for example {variable}={port + 10}."
        )


def take_port(port: int, variable: str) -> socket.socket:
    """A listening socket on ``port``; whoever answers there from now on is ours. Raises ``PortTaken``."""
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((HOST, port))
    except OSError as error:
        taken.close()
        raise PortTaken(port, variable) from error
    taken.listen(BACKLOG)
    return taken


def refuse_taken(port: int, variable: str) -> None:
    """Raise ``PortTaken`` unless a child can have ``port``."""
    take_port(port, variable).close()


def answers(port: int, path: str = "/healthz") -> bool:
    """Whether ``path`` is answered with 200 within a second."""
    connection = http.client.HTTPConnection(HOST, port, timeout=1)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
