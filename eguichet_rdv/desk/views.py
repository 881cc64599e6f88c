"""The clerk's page: sit down at a counter, then call and serve."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.desk.commands import COMMANDS, read_key
from eguichet_rdv.desk.showing import DeskState, describe_desk
from eguichet_rdv.townhall.domain.roles import StaffRequest, for_role, locations_for, may
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Counter
from eguichet_rdv.waiting.domain.refusals import CounterTaken
from eguichet_rdv.waiting.domain.sessions import find_session, open_session
from eguichet_rdv.waiting.enums import SessionState
from eguichet_rdv.waiting.models import CounterSession


@require_safe
@for_role(Role.CLERK)
def show_desk(request: StaffRequest) -> HttpResponse:
    """The counter where one sits, else the choice of one."""
    session = _own_session(request)
    if session is None:
        return _show_choice(request)
    return render(request, "desk/desk.html", _context(describe_desk(session, timezone.now())))


@require_safe
@for_role(Role.CLERK)
def show_state(request: StaffRequest) -> HttpResponse:
    """The changing part of the page, for htmx."""
    session = _own_session(request)
    if session is None:
        return _go_to_desk()
    return _show_state(request, session)


@require_POST
@for_role(Role.CLERK)
def sit_down(request: StaffRequest) -> HttpResponse:
    """Open a counter; taking it over from a colleague is asked first."""
    places = locations_for(request.user, Role.CLERK)
    counter = get_object_or_404(
        Counter.objects.select_related("location"),
        pk=read_key(request.POST, "counter"),
        location__in=places,
        active=True,
    )
    take_over = request.POST.get("take_over") == "yes"
    try:
        open_session(counter, request.user, now=timezone.now(), take_over=take_over)
    except CounterTaken:
        return _show_choice(request, taken=counter)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("desk")


@require_POST
@for_role(Role.CLERK)
def run_command(request: StaffRequest, command: str) -> HttpResponse:
    """Carry out one order of the clerk; the same intent twice is one order."""
    if command not in COMMANDS:
        raise Http404
    session = _own_session(request)
    if session is None:
        messages.warning(request, _("Your counter is no longer open. Choose one."))
        return _answer(request, None)
    try:
        intent = UUID(request.POST.get("intent", ""))
    except ValueError:
        return HttpResponseBadRequest("intent")
    try:
        sentence = COMMANDS[command](session, request.POST.dict(), intent, timezone.now())
        if sentence:
            messages.info(request, sentence)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return _answer(request, _own_session(request))


def _own_session(request: StaffRequest) -> CounterSession | None:
    """Where the clerk sits, as long as they may work there: a role that was taken away closes the view at once."""
    session = find_session(request.user)
    return session if session and may(request.user, Role.CLERK, session.counter.location) else None


def _answer(request: HttpRequest, session: CounterSession | None) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return redirect("desk")
    return _show_state(request, session) if session else _go_to_desk()


def _go_to_desk() -> HttpResponse:
    response = HttpResponse(status=204)
    response["HX-Refresh"] = "true"
    return response


def _show_state(request: HttpRequest, session: CounterSession) -> HttpResponse:
    state = describe_desk(session, timezone.now())
    response = render(request, "desk/state.html", {**_context(state), "part": True})
    response["Desk-Key"] = state.key
    return response


def _context(state: DeskState) -> dict[str, object]:
    # One intent for every button of the page as shown: of two clicks on it, one order.
    return {"state": state, "session": state.session, "intent": uuid4()}


def _show_choice(request: StaffRequest, taken: Counter | None = None) -> HttpResponse:
    places = locations_for(request.user, Role.CLERK)
    counters = Counter.objects.filter(location__in=places, active=True).select_related("location", "zone")
    sitting = {
        session.counter_id: session
        for session in CounterSession.objects.exclude(state=SessionState.CLOSED)
        .filter(counter__in=counters)
        .select_related("clerk")
    }
    return render(
        request,
        "desk/choose.html",
        {"counters": [(counter, sitting.get(counter.pk)) for counter in counters], "taken": taken},
        status=409 if taken else 200,
    )
