"""Put facts into an editor's text. It is text: nothing in it is carried out, and nothing put into it is read again."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from django.utils.html import escape, format_html, format_html_join, urlize
from django.utils.safestring import SafeString, mark_safe

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
BULLET = "- "
PARAGRAPH = '<p style="margin:0 0 14px">{}</p>'
BULLETS = '<ul style="margin:0 0 14px;padding:0 0 0 22px">{}</ul>'


@dataclass(frozen=True, slots=True)
class Part:
    """A whole part of a message, such as the box with day and hour; either side may be empty."""

    text: str
    html: SafeString


Facts = Mapping[str, str | Part]
"""What each placeholder stands for: a few words, or a part that stands alone on its line."""


def fill_line(text: str, facts: Facts) -> str:
    """``text`` with its placeholders replaced, as plain text; a part says nothing within a line."""
    return PLACEHOLDER.sub(partial(_say, facts), text)


def compose(text: str, facts: Facts) -> tuple[str, SafeString]:
    """The message as plain text and as HTML. Empty lines divide it; lines that begin with a dash become a list."""
    plain: list[str] = []
    html: list[str] = []
    for block in _divide(text):
        part = _part_of(block, facts)
        if part is not None:
            plain.append(part.text.strip("\n"))
            html.append(part.html)
            continue
        lines = fill_line(block, facts)
        plain.append(lines)
        html.append(_draw(lines))
    return "\n\n".join(filter(None, plain)), mark_safe("\n".join(filter(None, html)))  # noqa: S308 - escaped below


def _divide(text: str) -> Iterator[str]:
    """The paragraphs, lists and parts, one after the other."""
    kept: list[str] = []
    for line in [*(line.strip() for line in text.splitlines()), ""]:
        alone = not line or PLACEHOLDER.fullmatch(line)
        changes = bool(kept) and kept[-1].startswith(BULLET) != line.startswith(BULLET)
        if kept and (alone or changes):
            yield "\n".join(kept)
            kept = []
        if line and alone:
            yield line
        elif line:
            kept.append(line)


def _part_of(block: str, facts: Facts) -> Part | None:
    alone = PLACEHOLDER.fullmatch(block)
    fact = facts.get(alone[1]) if alone else None
    return fact if isinstance(fact, Part) else None


def _say(facts: Facts, found: re.Match[str]) -> str:
    fact = facts.get(found[1], "")
    return fact if isinstance(fact, str) else ""


def _draw(lines: str) -> SafeString:
    """Plain lines as HTML: escaped, addresses of pages as links."""
    if not lines.strip():
        return SafeString("")
    if lines.startswith(BULLET):
        items = ((_link(line.removeprefix(BULLET)),) for line in lines.splitlines())
        return format_html(BULLETS, format_html_join("", '<li style="margin:0 0 4px">{}</li>', items))
    return format_html(PARAGRAPH, format_html_join(mark_safe("<br>"), "{}", ((_link(x),) for x in lines.splitlines())))


def _link(line: str) -> SafeString:
    return mark_safe(urlize(escape(line), autoescape=False))  # noqa: S308 - escaped first
