"""One appointment: see it, check it in, cancel it, print it."""

from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from eguichet_rdv.common.dates import say_date
from eguichet_rdv.common.free_text import clean_answer
from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.ledger.domain.access import log_access
from eguichet_rdv.reception.places import find_visit, place_of, places_of
from eguichet_rdv.reception.views.told import name_messages
from eguichet_rdv.scheduling.domain.cancel import CHANGEABLE, cancel
from eguichet_rdv.scheduling.domain.renew import renew_links
from eguichet_rdv.scheduling.domain.told import messages_about
from eguichet_rdv.scheduling.enums import AppointmentState, CancelledBy, Need
from eguichet_rdv.scheduling.papers.pdf import render_pdf
from eguichet_rdv.scheduling.papers.qr import qr_svg
from eguichet_rdv.scheduling.questions import name_answers
from eguichet_rdv.townhall.domain.roles import StaffRequest, for_role
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.waiting.domain.answers import ByAppointment
from eguichet_rdv.waiting.domain.check_in import check_in, check_in_again
from eguichet_rdv.waiting.domain.tickets import describe_ticket, todays_stop
from eguichet_rdv.waiting.enums import ArrivalChannel
from eguichet_rdv.waiting.models import Ticket

EXPECTED = (AppointmentState.CONFIRMED, AppointmentState.NO_SHOW)


@require_safe
@for_role(Role.RECEPTION)
def show_visit(request: StaffRequest, reference: str) -> HttpResponse:
    """Everything about one appointment."""
    appointment = find_visit(request, reference)
    log_access(request.user, "view", f"appointment:{reference}", "reception")
    now = timezone.now()
    local = appointment.location.local
    ticket = getattr(appointment, "ticket", None)
    today = local(appointment.start).date() == local(now).date()
    needs = dict(Need.choices)
    return render(
        request,
        "reception/visit.html",
        {
            "appointment": appointment,
            "visitor": appointment.visitor,
            "start": local(appointment.start),
            "day": say_date(local(appointment.start).date(), get_language() or settings.LANGUAGE_CODE),
            "end": local(appointment.end),
            "language": dict(settings.LANGUAGES).get(appointment.language, appointment.language),
            # However late: the kiosk takes them too.
            "expected": today and not ticket and appointment.state in EXPECTED,
            "changeable": appointment.state in CHANGEABLE and appointment.end > now,
            "ticket": ticket,
            "stop": todays_stop(ticket, now) if ticket else None,
            # Day first, and 00 stays 00: not every date of birth is a date.
            "born": "/".join(reversed(appointment.visitor.birth_date.split("-"))) if appointment.visitor else "",
            "answers": name_answers(appointment, get_language() or settings.LANGUAGE_CODE),
            "needs": [needs[need] for need in appointment.needs if need in needs],
            "told": name_messages(messages_about(appointment)),
            "intent": uuid4(),
        },
    )


@require_POST
@for_role(Role.RECEPTION)
def check_visit_in(request: StaffRequest, reference: str) -> HttpResponse:
    """The person is here; staff are believed that the party is complete."""
    appointment = find_visit(request, reference)
    try:
        intent = UUID(request.POST.get("intent", ""))
    except ValueError:
        intent = uuid4()
    try:
        answer = check_in(
            place_of(request),
            ByAppointment(appointment),
            channel=ArrivalChannel.RECEPTION,
            now=timezone.now(),
            intent=intent,
            user=request.user,
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("reception-visit", reference)
    if answer.ticket is None:
        messages.error(request, answer.sentence)
        return redirect("reception-visit", reference)
    messages.success(request, answer.sentence)
    return redirect("reception-ticket", answer.ticket.uid)


@require_POST
@for_role(Role.RECEPTION)
def cancel_visit(request: StaffRequest, reference: str) -> HttpResponse:
    """Cancel for the citizen, or in the name of the municipality."""
    appointment = find_visit(request, reference)
    by = CancelledBy.MUNICIPALITY if request.POST.get("by") == CancelledBy.MUNICIPALITY else CancelledBy.CITIZEN
    try:
        reason = clean_answer(request.POST.get("reason", ""))
        cancel(appointment, by=by, now=timezone.now(), reason=reason, user=request.user)
        messages.success(request, _("The appointment is cancelled."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("reception-visit", reference)


@require_POST
@for_role(Role.RECEPTION)
def renew_visit(request: StaffRequest, reference: str) -> HttpResponse:
    """Make the links and the QR code worthless, for who fears that somebody else has them."""
    appointment = find_visit(request, reference)
    try:
        renew_links(appointment, now=timezone.now(), user=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        log_access(request.user, "renew", f"appointment:{reference}", "links renewed")
        messages.success(request, _("The old links and the old QR code no longer work. Print the confirmation again."))
    return redirect("reception-visit", reference)


@require_safe
@for_role(Role.RECEPTION)
def print_confirmation(request: StaffRequest, reference: str) -> HttpResponse:
    """The confirmation as a letter with its QR code."""
    appointment = find_visit(request, reference)
    log_access(request.user, "export", f"appointment:{reference}", "printed confirmation")
    letter = HttpResponse(render_pdf(appointment), content_type="application/pdf")
    letter["Content-Disposition"] = f'inline; filename="{reference}.pdf"'
    return letter


@require_safe
@for_role(Role.RECEPTION)
def show_ticket(request: StaffRequest, uid: UUID) -> HttpResponse:
    """A ticket to be printed: number, zone, hour, what to do next."""
    ticket = _find_ticket(request, uid)
    shown = describe_ticket(ticket, ticket.language)
    facts = {
        "ticket": shown,
        "uid": uid,
        "to_clarify": ticket.to_clarify,
        "stop": todays_stop(ticket, timezone.now()),
        "language": ticket.language,
        "day": ticket.date,
        "qr": qr_svg(shown["follow_url"]),
    }
    return render(request, "reception/ticket.html", facts)


@require_POST
@for_role(Role.RECEPTION)
def take_back(request: StaffRequest, uid: UUID) -> HttpResponse:
    """Somebody who was absent or gone is here again, or the rest of a party has come."""
    answer = check_in_again(_find_ticket(request, uid), now=timezone.now(), user=request.user)
    tell = messages.success if answer.ticket else messages.error
    tell(request, answer.sentence)
    return redirect("reception-ticket", uid)


def _find_ticket(request: StaffRequest, uid: UUID) -> Ticket:
    tickets = Ticket.objects.select_related("location", "zone", "number", "appointment")
    return get_object_or_404(tickets, uid=uid, location__in=places_of(request))
