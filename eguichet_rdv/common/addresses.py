"""From where a request came."""

from ipaddress import ip_address, ip_network

from django.http import HttpRequest

OUR_PROXY = {"", "127.0.0.1", "::1"}
"""Peers that are the proxy on the same machine; a UNIX socket has no address."""
IPV4_BLOCK, IPV6_BLOCK = 24, 64


def client_address(request: HttpRequest) -> str:
    """The client's address; what a client claims about itself counts only as far as our own proxy wrote it."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
    last = forwarded.rpartition(",")[2].strip()
    return last if peer in OUR_PROXY and is_address(last) else peer


def address_block(request: HttpRequest) -> str:
    """The block the client's address lies in, for budgets: within it a single subscriber changes address at will."""
    address = client_address(request)
    if not is_address(address):
        return address
    bits = IPV4_BLOCK if ip_address(address).version == 4 else IPV6_BLOCK  # noqa: PLR2004 - the version of the protocol
    return str(ip_network(f"{address}/{bits}", strict=False))


def is_address(text: str) -> bool:
    """Whether ``text`` is an IP address: proxies also write « unknown »."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
