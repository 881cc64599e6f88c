"""The buttons of the desk."""

from functools import cache
from html import escape
from typing import Any

from django import template
from django.template import RequestContext
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from eguichet_rdv.waiting.models import Stop

register = template.Library()
FORM = (
    '<form method="post" action="{address}" hx-post="{address}" hx-target="#desk" hx-swap="outerHTML"'
    ' hx-disabled-elt="find button"{attributes}>{hidden}{content}</form>'
)
BUTTON = '<button type="submit" class="button {kind}"{attributes}>{label}{hint}</button>'


@register.simple_tag(takes_context=True)
def order(
    context: RequestContext,
    command: str,
    label: str,
    *,
    stop: Stop | None = None,
    kind: str = "",
    key: str = "",
    main: bool = False,
    stays: bool = False,
    more_name: str = "",
    more_value: Any = "",
) -> SafeString:
    """The form of one order; ``key`` is its access key, ``more_name`` and ``more_value`` go with it.

    ``stays``: the button keeps the focus when the part of the page it stands in is renewed, as ``main`` does.
    Not a template of its own: a page has a dozen of them, and a call is answered with most.
    """
    attributes = ' id="main-action"' if main else ""
    if stays:
        whom = stop.pk if stop else more_value
        attributes = f' id="{escape(f"{command}-{whom}".rstrip("-"))}"'
    if key:
        attributes += f' accesskey="{escape(key.lower())}"'
    button = BUTTON.format(
        kind=escape(kind),
        attributes=attributes,
        label=escape(str(label)),
        hint=f' <kbd aria-hidden="true">Alt+{escape(key)}</kbd>' if key else "",
    )
    more = {more_name: more_value} if more_name else {}
    return _write_form(context, command, button, stop=stop, **more)


@register.simple_block_tag(takes_context=True)
def orderform(context: RequestContext, content: SafeString, command: str, *, kind: str = "stack-s") -> SafeString:
    """The form of an order about ``stop`` with fields of its own between this tag and its end; ``kind``: its class."""
    return _write_form(context, command, content, stop=context["stop"], kind=kind)


def _write_form(
    context: RequestContext, command: str, content: str, *, stop: Stop | None, kind: str = "", **more: Any
) -> SafeString:
    """``content`` is markup; everything else is escaped here."""
    hidden = {"csrfmiddlewaretoken": context.get("csrf_token", ""), "intent": context["intent"]}
    if stop:
        hidden["stop"] = stop.pk
    hidden |= more
    fields = "".join(f'<input type="hidden" name="{escape(n)}" value="{escape(str(v))}">' for n, v in hidden.items())
    attributes = f' class="{escape(kind)}"' if kind else ""
    form = FORM.format(address=_address(command), attributes=attributes, hidden=fields, content=content)
    return mark_safe(form)  # noqa: S308 - escaped above, or markup of a template


@cache
def _address(command: str) -> str:
    """Each request has some fifteen of them, which never change."""
    return escape(reverse("desk-command", args=[command]))
