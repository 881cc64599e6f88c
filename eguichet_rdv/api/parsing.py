"""Read a request strictly."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from ninja.parser import Parser

from eguichet_rdv.api.problems import WrongContent, WrongMediaType, answer_refusal

Run = Callable[..., HttpResponse]


class StrictParser(Parser):
    """JSON as the standard has it: no NaN, no Infinity, and only when it says that it is JSON."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The value of the body; whatever is raised here becomes an answer 400 or 415."""
        if request.content_type != "application/json":
            raise WrongMediaType
        return json.loads(request.body, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def speak(run: Run) -> Run:
    """Answer in the language of ``?lang=``, else in the one the client prefers."""

    @wraps(run)
    def speaking(request: HttpRequest, **values: Any) -> HttpResponse:
        wanted = request.GET.get("lang", translation.get_language() or settings.LANGUAGE_CODE)
        if wanted not in dict(settings.LANGUAGES):
            message = _("Choose one of these languages: %(languages)s.")
            languages = ", ".join(dict(settings.LANGUAGES))
            return answer_refusal(request, WrongContent("lang", message % {"languages": languages}))
        with translation.override(wanted):
            response = run(request, **values)
        response.headers.setdefault("Content-Language", wanted)
        return response

    return speaking


def refuse_other_parameters(request: HttpRequest, *known: str) -> None:
    """Raise ``WrongContent`` for a query parameter we do not know: ``form=`` would otherwise be ignored silently."""
    for name in request.GET:
        if name not in {*known, "lang"}:
            raise WrongContent(name, _("“%(field)s” is not a known field.") % {"field": name})
