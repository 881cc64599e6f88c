"""The buttons of the desk."""

from functools import cache
from typing import Any

from django import template
from django.template import RequestContext
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from eguichet_rdv.waiting.models import Stop

register = template.Library()
FORM = (
    '<form method="post" action="{address}" hx-post="{address}" hx-target="#desk" hx-swap="outerHTML"'
    ' hx-disabled-elt="find button">{hidden}<button type="submit" class="button {kind}"{attributes}>{label}{hint}'
    "</button></form>"
)


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
    more_name: str = "",
    more_value: Any = "",
) -> SafeString:
    """The form of one order; ``key`` is its access key, ``more_name`` and ``more_value`` go with it.

    Not a template of its own: a page has a dozen of them, and a call is answered with most.
    """
    hidden = {"csrfmiddlewaretoken": context.get("csrf_token", ""), "intent": context["intent"]}
    if stop:
        hidden["stop"] = stop.pk
    if more_name:
        hidden[more_name] = more_value
    attributes = ' id="main-action"' if main else ""
    if key:
        attributes += f' accesskey="{escape(key.lower())}"'
    form = FORM.format(
        address=_address(command),
        hidden="".join(f'<input type="hidden" name="{escape(n)}" value="{escape(v)}">' for n, v in hidden.items()),
        kind=escape(kind),
        attributes=attributes,
        label=escape(label),
        hint=f' <kbd aria-hidden="true">Alt+{escape(key)}</kbd>' if key else "",
    )
    return mark_safe(form)  # noqa: S308 - every part is escaped above


@cache
def _address(command: str) -> str:
    """Each request has some fifteen of them, which never change."""
    return escape(reverse("desk-command", args=[command]))
