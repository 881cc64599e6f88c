"""From where a request came."""

from django.http import HttpRequest

OUR_PROXY = {"", "127.0.0.1", "::1"}
"""Peers that are the proxy on the same machine; a UNIX socket has no address."""


def client_address(request: HttpRequest) -> str:
    """The client's address; what a client claims about itself counts only as far as our own proxy wrote it."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
    if peer in OUR_PROXY and forwarded:
        return forwarded.rpartition(",")[2].strip()
    return peer
