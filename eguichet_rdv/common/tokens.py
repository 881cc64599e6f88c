"""Derived tokens: never stored, so they can be sent again; the database keeps a digest for look-up only."""

import base64
import hashlib
import hmac
from enum import StrEnum
from uuid import UUID

from django.conf import settings


class TokenKind(StrEnum):
    """What a token is good for; the letter begins its text, so one kind is never taken for another."""

    CHECK_IN = "c"
    MANAGE = "m"
    FOLLOW = "t"
    ACTIVATE = "a"


def key_for(purpose: str) -> bytes:
    """A key of its own for each purpose, derived from the installation's token key."""
    return hmac.digest(settings.TOKEN_KEY.encode(), purpose.encode(), "sha256")


def derive_token(kind: TokenKind, uid: UUID, generation: int) -> str:
    """The token of ``kind`` for ``uid``: its letter and 22 url-safe characters (128 bits). A new generation revokes."""
    mac = hmac.digest(key_for(f"token:{kind}"), uid.bytes + generation.to_bytes(8, "big"), "sha256")[:16]
    return kind + base64.urlsafe_b64encode(mac).decode().rstrip("=")


def digest_token(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def keyed_hash(purpose: str, text: str) -> str:
    """A hash that nobody without the key can repeat."""
    return hmac.new(key_for(purpose), text.encode(), "sha256").hexdigest()
