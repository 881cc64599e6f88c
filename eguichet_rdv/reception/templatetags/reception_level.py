"""Figures of the service level as people read them."""

from datetime import timedelta

from django import template

register = template.Library()


@register.filter
def minutes(length: timedelta | None) -> int | str:
    """Whole minutes; a dash for nothing."""
    return "–" if not isinstance(length, timedelta) else round(length.total_seconds() / 60)


@register.filter
def percent(share: float | None) -> str:
    """A part of one as whole percents."""
    return "–" if share is None else f"{share * 100:.0f} %"
