"""What a builder makes of a message: its content, or the reason why nobody needs it any more."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file sent along. ``kind`` is its full content type, parameters included."""

    name: str
    kind: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Inline:
    """A picture the HTML shows as ``cid:…``."""

    cid: str
    name: str
    kind: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Content:
    """A whole message in one language."""

    subject: str
    text: str
    html: str = ""
    language: str = ""
    attachments: tuple[Attachment, ...] = ()
    inline: tuple[Inline, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drop:
    """Nobody needs this message any more. ``reason`` is shown to staff and names nobody."""

    reason: str
