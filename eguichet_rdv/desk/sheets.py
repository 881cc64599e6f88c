"""Sheets beside the desk: somebody of the line, where to send on, how it ended, the next appointment.

With scripts a sheet opens on the page, without them it is a page of its own.
"""

from collections import defaultdict
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from eguichet_rdv.catalogue.models import Procedure, Service
from eguichet_rdv.common.dates import say_date, say_moment
from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.desk.commands import LONGEST_KEY
from eguichet_rdv.desk.showing import describe_row
from eguichet_rdv.desk.views import own_session
from eguichet_rdv.scheduling.domain.availability import find_first, find_starts
from eguichet_rdv.scheduling.domain.wanted import Wanted
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.domain.roles import StaffRequest, for_role
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Counter
from eguichet_rdv.waiting.domain.follow_up import FollowUp, book_follow_up, find_follow_ups, want_follow_up
from eguichet_rdv.waiting.enums import LIVE, PriorityReason, SessionState, StopState, UnservedReason
from eguichet_rdv.waiting.models import CounterSession, Stop

DAYS_SHOWN = 7
WEEKS_AHEAD = (0, 1, 2, 3, 4, 6)
LATEST = timedelta(days=365)
YEARS = range(2000, 2101)


@require_safe
@for_role(Role.CLERK)
def show_waiting(request: StaffRequest, stop: int) -> HttpResponse:
    """Somebody of the line; number and wish only, so nothing for the access log."""
    _session, found = _find(request, stop)
    context = {
        "row": describe_row(found, timezone.now()),
        "state": found.state,
        "live": found.state in (StopState.WAITING, StopState.PARKED),
        "priorities": PriorityReason.choices,
        "events": found.events.select_related("counter"),
    }
    return _show(request, "desk/waiting.html", found, context)


@require_safe
@for_role(Role.CLERK)
def show_targets(request: StaffRequest, stop: int) -> HttpResponse:
    """To which services and counters the person can be sent on."""
    session, found = _find(request, stop)
    return _show(request, "desk/send_on.html", found, {"targets": find_targets(session)})


@require_safe
@for_role(Role.CLERK)
def show_ending(request: StaffRequest, stop: int) -> HttpResponse:
    """What was really done, or why nothing could be."""
    session, found = _find(request, stop)
    handled = Procedure.objects.filter(counters=session.counter_id, retired_at=None).select_related("service")
    wanted = [item.procedure for item in found.items.select_related("procedure__service")]
    others = [procedure for procedure in handled if procedure not in wanted]
    reasons = UnservedReason.choices
    return _show(request, "desk/ending.html", found, {"wanted": wanted, "others": others, "reasons": reasons})


@require_safe
@for_role(Role.CLERK)
def show_follow_up(request: StaffRequest, stop: int) -> HttpResponse:
    """Free times of a later visit of the same person."""
    _session, found = _find(request, stop)
    now = timezone.now()
    choices = find_follow_ups(found)
    chosen = next((one for one in choices if one.key == request.GET.get("what")), choices[0] if choices else None)
    known = bool(found.ticket.appointment and found.ticket.appointment.visitor)
    context: dict[str, object] = {
        "choices": choices,
        "chosen": chosen,
        "known": known,
        "booked": _booked(request, found),
    }
    if chosen and known:
        wanted = want_follow_up(found, chosen)
        first = _first_day(request, wanted, now)
        language = get_language() or settings.LANGUAGE_CODE
        starts = find_starts(wanted, first, first + timedelta(days=DAYS_SHOWN - 1), now=now)
        today = found.location.local(now).date()
        context |= {
            "days": [(day, say_date(day, language), times) for day, times in starts.items()],
            "first": first,
            "weeks": [(weeks, today + timedelta(weeks=weeks)) for weeks in WEEKS_AHEAD],
            "later": first + timedelta(days=DAYS_SHOWN),
        }
    return _show(request, "desk/follow_up.html", found, context)


@require_POST
@for_role(Role.CLERK)
def keep_follow_up(request: StaffRequest, stop: int) -> HttpResponse:
    """Book the time that was pressed for the person who is, or was, at the counter."""
    session, found = _find(request, stop)
    chosen = _choose(found, request.POST.get("what", ""))
    start = _read_start(request.POST.get("start", ""))
    try:
        intent = UUID(request.POST.get("intent", ""))
    except ValueError:
        return HttpResponseBadRequest("intent")
    address = f"{reverse('desk-follow-up', args=[stop])}?what={chosen.key}"
    try:
        made = book_follow_up(session, found, chosen, start, intent=intent, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{address}&from={start:%Y-%m-%d}")
    return redirect(f"{address}&booked={made.reference}")


def find_targets(session: CounterSession) -> list[tuple[Service, list[tuple[Counter, bool]]]]:
    """Every service served at this place, with its counters and whether somebody sits there."""
    place = session.counter.location_id
    counters = Counter.objects.filter(location=place, active=True).exclude(pk=session.counter_id)
    rows = (
        Counter.procedures.through.objects.filter(counter__location=place, counter__active=True)
        .filter(procedure__retired_at=None, procedure__service__retired_at=None)
        .values_list("procedure__service", "counter")
        .distinct()
    )
    serving: dict[int, set[int]] = defaultdict(set)
    for service, counter in rows:
        serving[service].add(counter)
    here = set(
        CounterSession.objects.filter(counter__in=counters, state=SessionState.OPEN).values_list("counter", flat=True)
    )
    listed = list(counters)
    return [
        (service, [(counter, counter.pk in here) for counter in listed if counter.pk in serving[service.pk]])
        for service in Service.objects.filter(pk__in=serving, takes_appointments=True)
    ]


def _find(request: StaffRequest, stop: int) -> tuple[CounterSession, Stop]:
    """The clerk's session and somebody of the same place and day; 404 otherwise."""
    session = own_session(request)
    if session is None or stop >= 10**LONGEST_KEY:
        raise Http404
    place = session.counter.location
    stops = Stop.objects.select_related(
        "ticket__number", "ticket__appointment__visitor", "zone", "service", "location"
    ).prefetch_related("items__procedure__service")
    return session, get_object_or_404(stops, pk=stop, location=place, ticket__date=place.local(timezone.now()).date())


def _show(request: HttpRequest, template: str, stop: Stop, context: dict[str, object]) -> HttpResponse:
    base = "desk/sheet.html" if request.headers.get("HX-Request") else "desk/sheet_page.html"
    facts = {
        "base": base,
        "stop": stop,
        "number": stop.ticket.number,
        "intent": uuid4(),
        "at_counter": stop.state in LIVE,
    }
    return render(request, template, {**facts, **context})


def _choose(stop: Stop, key: str) -> FollowUp:
    for follow_up in find_follow_ups(stop):
        if follow_up.key == key:
            return follow_up
    raise Http404


def _booked(request: StaffRequest, stop: Stop) -> dict[str, object] | None:
    """What the clerk has just booked; without e-mail address they print the confirmation."""
    reference = request.GET.get("booked", "")
    mine = Appointment.objects.filter(reference=reference, location=stop.location_id, booked_by=request.user)
    made = mine.select_related("visitor").first()
    if made is None:
        return None
    when = say_moment(stop.location.local(made.start), get_language() or settings.LANGUAGE_CODE)
    return {"reference": made.reference, "when": when, "told": bool(made.visitor and made.visitor.email)}


def _first_day(request: HttpRequest, wanted: Wanted, now: datetime) -> date:
    """The day asked for; without one, that of the first free time after today."""
    today = wanted.location.local(now).date()
    try:
        asked = parse_date(request.GET.get("from", ""))
    except ValueError:
        asked = None
    if asked:
        return max(today, min(asked, today + LATEST))
    first = find_first(wanted, now=now)
    return max(today + timedelta(days=1), first.date()) if first else today


def _read_start(text: str) -> datetime:
    try:
        start = parse_datetime(text)
    except ValueError:
        start = None
    if start is None or start.tzinfo is None or start.year not in YEARS:
        raise Http404
    return start
