"""Only requests signed with the key of a kiosk, sent now and never before."""

import hmac
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from pydantic import ValidationError

from eguichet_rdv.common.prepared import Prepared
from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.kiosk.keys import key_bytes, sign
from eguichet_rdv.ledger.domain.nonces import use_nonce
from eguichet_rdv.townhall.models import Kiosk
from eguichet_rdv.waiting.domain.board import iso

CLOCK_SECONDS = 300
OLDER_GENERATIONS = 20
"""How many revoked keys are still recognised, to tell their bridge so."""
NONCE = re.compile(r"[A-Za-z0-9_-]{22}")
TIME = re.compile(r"[0-9]{1,12}")
KIOSK = Prepared(lambda slug: Kiosk.objects.filter(slug=slug).select_related("location").order_by(), str)
Answer = dict[str, Any]
View = Callable[[HttpRequest, Kiosk], Answer]


class Unsigned(Exception):  # noqa: N818 - an answer, not a fault
    """Why a request does not count; ``facts`` go into the answer."""

    def __init__(self, error: str, **facts: str) -> None:
        super().__init__(error)
        self.error = error
        self.facts = facts


def signed(method: str) -> Callable[[View], Callable[[HttpRequest], HttpResponse]]:
    """Make a view of a function that gets the kiosk and returns the answer as plain data."""

    def decorate(view: View) -> Callable[[HttpRequest], HttpResponse]:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponse:
            if request.method != method:
                return HttpResponseNotAllowed([method])
            try:
                return _private(JsonResponse(view(request, check_signature(request))))
            except Unsigned as problem:
                message = _("This request is not signed as it should be.")
                return _problem(401, problem.error, message, **problem.facts)
            except ValidationError:
                return _problem(422, "invalid", _("The request does not have the agreed shape."))
            except RequestDataTooBig:
                return _problem(413, "too_large", _("The content is too large."))
            except Refusal as refusal:
                return _problem(422, refusal.code, str(refusal))

        return guarded

    return decorate


def check_signature(request: HttpRequest) -> Kiosk:
    """The kiosk that sent this request now; raises ``Unsigned`` for every other request, all before anything is done."""
    slug, time, nonce = (request.headers.get(name, "") for name in ("X-Kiosk", "X-Kiosk-Time", "X-Kiosk-Nonce"))
    given = request.headers.get("X-Kiosk-Signature", "")
    if not (re.fullmatch(r"[-\w]{1,50}", slug) and TIME.fullmatch(time) and NONCE.fullmatch(nonce)):
        raise Unsigned("signature")
    found = KIOSK(slug)
    if not found:
        raise Unsigned("signature")
    kiosk = found[0]
    head = (str(request.method), request.get_full_path(), time, nonce)

    def fits(generation: int) -> bool:
        return hmac.compare_digest(sign(key_bytes(slug, generation), head, request.body).encode(), given.encode())

    if not fits(kiosk.generation):
        older = range(max(1, kiosk.generation - OLDER_GENERATIONS), kiosk.generation)
        # A revoked key is told so: its bridge then closes the kiosk and forgets everybody.
        raise Unsigned("revoked" if any(fits(generation) for generation in older) else "signature")
    if kiosk.revoked:
        raise Unsigned("revoked")
    now = timezone.now()
    if abs(int(time) - now.timestamp()) > CLOCK_SECONDS:
        raise Unsigned("clock", now=iso(now))
    if not use_nonce(f"kiosk:{slug}", nonce):
        raise Unsigned("nonce")
    return kiosk


def _problem(status: int, error: str, message: str, **facts: str) -> HttpResponse:
    return _private(JsonResponse({"error": error, "message": message, **facts}, status=status))


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store, private"
    return response
