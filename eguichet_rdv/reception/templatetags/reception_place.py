"""Whose bell a page of the reception hears."""

from django import template
from django.http import Http404
from django.template import RequestContext

from eguichet_rdv.reception.places import place_of

register = template.Library()


@register.simple_tag(takes_context=True)
def receiving_place(context: RequestContext) -> str:
    """The slug of the place whose calls for help the page shows; empty without any."""
    try:
        return place_of(context["request"]).slug
    except Http404:
        return ""
