"""From where a request came."""

from ipaddress import ip_address

from django.http import HttpRequest

OUR_PROXY = {"", "127.0.0.1", "::1"}
"""Peers that are the proxy on the same machine; a UNIX socket has no address."""


def client_address(request: HttpRequest) -> str:
    """The client's address; what a client claims about itself counts only as far as our own proxy wrote it."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
    last = forwarded.rpartition(",")[2].strip()
    return last if peer in OUR_PROXY and is_address(last) else peer


def is_address(text: str) -> bool:
    """Whether ``text`` is an IP address: proxies also write « unknown »."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
