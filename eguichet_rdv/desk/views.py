"""The clerk's page: sit down at a counter, then call and serve."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.desk.commands import COMMANDS, WHY, keep_typed, log_visitor, read_key
from eguichet_rdv.desk.showing import DeskState, describe_desk
from eguichet_rdv.ledger.domain.access import was_logged
from eguichet_rdv.townhall.domain.roles import StaffRequest, for_role, locations_for, may
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Counter
from eguichet_rdv.waiting.domain.refusals import CounterTaken, LeftOver
from eguichet_rdv.waiting.domain.sessions import find_left_over, find_session, open_session
from eguichet_rdv.waiting.enums import SessionState
from eguichet_rdv.waiting.models import CounterSession, Stop

MOVE_SESSION = {"pause", "last", "continue", "close"}
"""Orders after which the counter itself is in another state."""
QUIET = {"note", "brought"}
"""Orders after which the page stays as it is: the clerk goes on typing or ticking."""


@require_safe
@for_role(Role.CLERK)
def show_desk(request: StaffRequest) -> HttpResponse:
    """The counter where one sits, else the choice of one."""
    session = own_session(request)
    if session is None:
        return _show_choice(request)
    state = describe_desk(session, timezone.now())
    if state.person:
        _log_sight(session, state.person.stop)
    # Without scripts the question before closing comes as a page of its own.
    closing = find_left_over(session) if request.GET.get("closing") else []
    return render(request, "desk/desk.html", _context(state, closing))


@require_safe
@for_role(Role.CLERK)
def show_state(request: StaffRequest) -> HttpResponse:
    """The changing part of the page, for htmx."""
    session = own_session(request)
    if session is None:
        return _go_to_desk()
    return _show_state(request, session, answer=False)


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
    session = own_session(request)
    if session is None:
        messages.warning(request, _("Your counter is no longer open. Choose one."))
        return _answer(request, None)
    try:
        intent = UUID(request.POST.get("intent", ""))
    except ValueError:
        return HttpResponseBadRequest("intent")
    closing: list[Stop] = []
    called: Stop | None = None
    form = flatten(request.POST)
    try:
        keep_typed(session, form)
        result = COMMANDS[command](session, form, intent, timezone.now())
        called = result if isinstance(result, Stop) else None
        if isinstance(result, str):
            messages.info(request, result)
    except LeftOver:
        closing = find_left_over(session)
    except Refusal as refusal:
        return _refuse(request, command, refusal)
    else:
        if command in QUIET and request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"Desk-Key": describe_desk(session, timezone.now()).key})
        if command in MOVE_SESSION:
            session = own_session(request)
    return _answer(request, session, closing, called)


def flatten(form: QueryDict) -> dict[str, str]:
    """A form in which every name is said once: several ticks become one text, separated by blanks."""
    return {name: " ".join(map(str, form.getlist(name))) for name in form}


def own_session(request: StaffRequest) -> CounterSession | None:
    """Where the clerk sits, as long as they may work there: a role that was taken away closes the view at once."""
    session = find_session(request.user)
    return session if session and may(request.user, Role.CLERK, session.counter.location) else None


def _log_sight(session: CounterSession, stop: Stop) -> None:
    """Somebody else called this person: the counter was taken over, or the clerk has signed in again."""
    appointment = stop.ticket.appointment
    if appointment is None or stop.called_at is None:
        return
    subject = f"appointment:{appointment.reference}"
    if not was_logged(session.clerk, "view", subject, WHY, since=stop.called_at):
        log_visitor(session, stop)


def _refuse(request: StaffRequest, command: str, refusal: Refusal) -> HttpResponse:
    """Say why. An open sheet stays, with what was typed there."""
    messages.error(request, str(refusal))
    response = _answer(request, own_session(request), done=False)
    if command in QUIET:
        # Of its answer nothing is shown otherwise.
        response["HX-Retarget"], response["HX-Reswap"] = "#desk", "outerHTML"
    return response


def _answer(
    request: HttpRequest,
    session: CounterSession | None,
    closing: list[Stop] | None = None,
    called: Stop | None = None,
    *,
    done: bool = True,
) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        target = redirect("desk")
        if closing:
            target["Location"] += "?closing=yes"
        return target
    return _show_state(request, session, closing, called, answer=True, done=done) if session else _go_to_desk()


def _go_to_desk() -> HttpResponse:
    response = HttpResponse(status=204)
    response["HX-Refresh"] = "true"
    return response


def _show_state(
    request: HttpRequest,
    session: CounterSession,
    closing: list[Stop] | None = None,
    called: Stop | None = None,
    *,
    answer: bool,
    done: bool = False,
) -> HttpResponse:
    # Whom one has called is seen at once; the page then asks for the line, as all other desks do.
    state = describe_desk(session, timezone.now(), person_first=answer, called=called)
    context = {**_context(state, closing), "part": True, "done": done}
    response = render(request, "desk/state.html", context)
    response["Desk-Key"] = state.key
    return response


def _context(state: DeskState, closing: list[Stop] | None = None) -> dict[str, object]:
    # One intent for every button of the page as shown: of two clicks on it, one order.
    return {"state": state, "session": state.session, "intent": uuid4(), "closing": closing}


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
