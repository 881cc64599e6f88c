"""Every refusal as ``{"error": code, "message": sentence}``."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from eguichet_rdv.common.birth_dates import BadBirthDate
from eguichet_rdv.common.people import BadEmail, BadName, BadPhone
from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.ledger.domain.intents import IntentMismatch
from eguichet_rdv.scheduling.domain.refusals import TimeRefused, TooManyPersons

UNDERSTOOD_BUT_WRONG = (BadName, BadEmail, BadPhone, BadBirthDate, TooManyPersons, IntentMismatch)
"""Refusals of the content itself; all others are about the state of the agenda: 409."""


class NotFound(Refusal):
    """Neither this nor anything of somebody else exists here."""

    code = "not_found"
    sentence = gettext_lazy("There is no such thing here.")


class WrongMediaType(Refusal):
    """The content does not say that it is JSON."""

    code = "unsupported_media_type"
    sentence = gettext_lazy("Send the content as application/json.")


class WrongContent(Refusal):
    """A request that can be read but not be meant; ``field`` says where."""

    code = "invalid"

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__()
        self.field = field
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


def register_problems(api: NinjaAPI) -> None:
    """Answer every expected exception as a problem; an unexpected one stays visible as a fault."""
    handlers: dict[type[Exception], Callable[..., HttpResponse]] = {
        Refusal: answer_refusal,
        ValidationError: answer_invalid,
        AuthenticationError: answer_unauthorized,
        Throttled: answer_throttled,
        HttpError: answer_unreadable,
        SuspiciousOperation: answer_suspicious,
        Http404: lambda _request, _error: answer(404, NotFound.code, str(NotFound.sentence)),
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def answer(status: int, error: str, message: str, **more: Any) -> HttpResponse:
    """One problem."""
    return JsonResponse({"error": error, "message": message, **more}, status=status)


def answer_refusal(_request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """What a domain function refused."""
    if isinstance(refusal, NotFound):
        return answer(404, refusal.code, str(refusal))
    if isinstance(refusal, WrongMediaType):
        return answer(415, refusal.code, str(refusal))
    if isinstance(refusal, WrongContent):
        return answer(422, refusal.code, str(refusal), field=refusal.field)
    if isinstance(refusal, UNDERSTOOD_BUT_WRONG):
        return answer(422, refusal.code, str(refusal))
    if isinstance(refusal, TimeRefused):
        alternatives = [f"{start:%Y-%m-%dT%H:%M}" for start in refusal.alternatives]
        return answer(409, refusal.code, str(refusal), alternatives=alternatives)
    return answer(409, refusal.code, str(refusal))


def answer_invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    """The first place that is not as described; the description is in the documentation."""
    first = error.errors[0]
    # ("body", "appointment", "person", "last_name"): the second is the name of a parameter in our code.
    source, *path = (str(part) for part in first["loc"])
    field = ".".join(path[1:] if source == "body" else path) or source
    if first["type"] == "extra_forbidden":
        return answer(422, "unknown_field", _("“%(field)s” is not a known field.") % {"field": field}, field=field)
    if first["type"] == "missing":
        return answer(422, "missing_field", _("“%(field)s” is missing.") % {"field": field}, field=field)
    message = _("The value of “%(field)s” cannot be used. The documentation says what is expected.")
    return answer(422, "invalid", message % {"field": field}, field=field)


def answer_unauthorized(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    """No key, an unknown or a revoked one: all alike."""
    response = answer(401, "unauthorized", _("A valid API key is needed."))
    response["WWW-Authenticate"] = "Bearer"
    return response


def answer_throttled(_request: HttpRequest, _error: Throttled) -> HttpResponse:
    """Too many requests; ``Retry-After`` is added by the framework."""
    return answer(429, "too_many_requests", _("Too many requests. Please try again in a minute."))


def answer_unreadable(_request: HttpRequest, error: HttpError) -> HttpResponse:
    """A body that is no JSON; the cause tells which kind."""
    if isinstance(error.__cause__, Refusal):
        return answer_refusal(_request, error.__cause__)
    return answer(error.status_code, "unreadable", _("The content is not valid JSON."))


def answer_suspicious(_request: HttpRequest, error: SuspiciousOperation) -> HttpResponse:
    """A body too large to be meant, or a host that is not ours."""
    if isinstance(error, RequestDataTooBig):
        return answer(413, "too_large", _("The content is too large."))
    return answer(400, "unreadable", _("The request cannot be read."))
