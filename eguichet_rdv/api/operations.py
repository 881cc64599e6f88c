"""The operations of the API, version 1. Their addresses and shapes do not change within it."""

import re
import uuid
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import BodyEx, HeaderEx, Path, QueryEx, Router, Status

from eguichet_rdv.api.keys import BearerKey
from eguichet_rdv.api.limits import READS, WRITES
from eguichet_rdv.api.models import ApiKey
from eguichet_rdv.api.parsing import refuse_other_parameters
from eguichet_rdv.api.problems import NotFound, WrongContent
from eguichet_rdv.api.schemas import (
    MOST_PERSONS,
    AppointmentIn,
    AppointmentOut,
    CancelIn,
    CancelledOut,
    Day,
    FreeTimes,
    Language,
    PersonIn,
    Problem,
    ServiceOffer,
)
from eguichet_rdv.catalogue.models import Procedure, Service
from eguichet_rdv.common.birth_dates import parse_birth_date
from eguichet_rdv.common.free_text import mask_national_numbers
from eguichet_rdv.common.people import clean_email, clean_name, clean_phone
from eguichet_rdv.scheduling.domain.availability import find_alternatives, find_clock_times
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.cancel import cancel
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.refusals import NotBookable, TimeRefused
from eguichet_rdv.scheduling.domain.tokens import check_in_token
from eguichet_rdv.scheduling.domain.wanted import Wanted, read_wanted
from eguichet_rdv.scheduling.enums import CancelledBy, Channel
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.models import Counter, Location

router = Router()
CODE = re.compile(r"[-a-zA-Z0-9_]{1,50}")
Lang = Annotated[Language | None, QueryEx()]
MOST_DAYS = 62
SENSIBLE_YEARS = range(2000, 2101)
KEY_SPACE = uuid.UUID("2d1fbb3c-6f6a-5b0e-9d5c-6d1f0c3a7e11")
"""Turns (key, Idempotency-Key) into the id of an intent."""


@router.get("services", response={200: list[ServiceOffer], frozenset({422, 429}): Problem}, throttle=READS)
def list_services(request: HttpRequest, lang: Lang = None) -> list[dict[str, Any]]:
    """What can be had at the town hall: services and their procedures."""
    refuse_other_parameters(request)
    places = _list_places()
    offers: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for procedure in Procedure.objects.filter(retired_at=None).select_related("service"):
        offers[procedure.service_id].append(
            {
                "code": procedure.code,
                "label": procedure.label(),
                "minutes": procedure.minutes,
                "minutes_per_extra_person": procedure.extra_minutes,
                "max_persons": procedure.max_persons,
                "mode": procedure.mode,
                "locations": sorted(places[procedure.pk]),
            }
        )
    services = Service.objects.filter(retired_at=None, takes_appointments=True)
    return [{"code": row.code, "label": row.label(), "procedures": offers[row.pk]} for row in services]


@router.get(
    "procedures/{service}/{procedure}/starts",
    response={200: FreeTimes, frozenset({404, 409, 422, 429}): Problem},
    throttle=READS,
)
def list_starts(
    request: HttpRequest,
    service: Path[str],
    procedure: Path[str],
    *,
    from_: Annotated[Day, QueryEx(alias="from")],
    to: Annotated[Day, QueryEx()],
    persons: Annotated[int, QueryEx(ge=1, le=MOST_PERSONS)] = 1,
    location: Annotated[str | None, QueryEx()] = None,
    lang: Lang = None,
) -> HttpResponse:
    """The free times of at most 62 days, both ends included."""
    refuse_other_parameters(request, "from", "to", "persons", "location")
    if to < from_:
        raise WrongContent("to", _("The last day must not lie before the first."))
    if to - from_ >= timedelta(days=MOST_DAYS):
        raise WrongContent("to", _("Ask for at most %(days)d days at a time.") % {"days": MOST_DAYS})
    wanted = _find_wanted(service, procedure, persons, location)
    now = timezone.now()
    days = find_clock_times(wanted, *_within_reach(from_, to, wanted, now), now=now)
    # Written directly: a model for each of thousands of times would cost more than finding them.
    return JsonResponse(
        {
            "timezone": wanted.location.timezone,
            "days": [{"date": day.isoformat(), "times": times} for day, times in days.items()],
        }
    )


@router.post(
    "appointments",
    response={201: AppointmentOut, frozenset({400, 401, 404, 409, 413, 415, 422, 429}): Problem},
    auth=BearerKey(),
    throttle=WRITES,
)
def create_appointment(
    request: HttpRequest,
    appointment: AppointmentIn,
    idempotency_key: Annotated[str, HeaderEx(alias="Idempotency-Key", min_length=1, max_length=200)],
    lang: Lang = None,
) -> Status[dict[str, str]]:
    """Book a time. The same Idempotency-Key with the same content gives the same appointment again."""
    refuse_other_parameters(request)
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    wanted = _find_wanted(appointment.service, appointment.procedure, appointment.persons, appointment.location)
    now = timezone.now()
    start = _read_start(appointment.start, wanted.location)
    person = _read_person(appointment.person, wanted.location.local(now).date())
    try:
        made = book(
            wanted,
            start,
            person,
            language=appointment.language,
            now=now,
            intent=uuid.uuid5(KEY_SPACE, f"{key.owner}\n{idempotency_key}"),
            owner=key.owner,
        )
    except TimeRefused as refusal:
        if not refusal.alternatives:
            refusal.alternatives = find_alternatives(wanted, max(start, now), now=now)
        raise
    return Status(201, _describe(made))


@router.post(
    "appointments/{reference}/cancel",
    response={200: CancelledOut, frozenset({400, 401, 404, 409, 413, 415, 422, 429}): Problem},
    auth=BearerKey(),
    throttle=WRITES,
)
def cancel_appointment(
    request: HttpRequest,
    reference: Path[str],
    cancellation: Annotated[CancelIn | None, BodyEx()] = None,
    lang: Lang = None,
) -> dict[str, str]:
    """Cancel an appointment booked with the same key; cancelling again changes nothing."""
    refuse_other_parameters(request)
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    if not CODE.fullmatch(reference):
        raise NotFound
    # One of somebody else does not exist for this key.
    found = Appointment.objects.filter(owner=key.owner, reference=reference.upper()).first()
    if found is None:
        raise NotFound
    reason = cancellation.reason if cancellation else ""
    done = cancel(found, by=CancelledBy.CITIZEN, now=timezone.now(), reason=mask_national_numbers(_one_line(reason)))
    return {"reference": done.reference, "state": done.state}


@router.api_operation(["GET", "POST", "PUT", "PATCH", "DELETE"], "{path:rest}", include_in_schema=False)
def refuse_unknown_address(request: HttpRequest, rest: str) -> None:
    """Everything else below the address of the API."""
    raise NotFound


def _list_places() -> dict[int, set[str]]:
    """Procedure id → codes of the places where a counter handles it."""
    places: dict[int, set[str]] = defaultdict(set)
    rows = Counter.procedures.through.objects.filter(counter__active=True)
    for procedure, slug in rows.values_list("procedure_id", "counter__location__slug"):
        places[procedure].add(slug)
    return places


def _find_wanted(service: str, procedure: str, persons: int, location: str | None) -> Wanted:
    """The wish in the words of the domain; raises ``NotFound`` for what does not exist, before any other refusal."""
    for code in (service, procedure, location):
        if code is not None and not CODE.fullmatch(code):
            raise NotFound
    try:
        return read_wanted([(service, procedure, persons)], Channel.API, location=location)
    except NotBookable:
        if not Procedure.objects.filter(service__code=service, code=procedure, retired_at=None).exists():
            raise NotFound from None
        if location is not None and not Location.objects.filter(slug=location).exists():
            raise NotFound from None
        if (
            location is None
            and len(_list_places()[Procedure.objects.get(service__code=service, code=procedure).pk]) > 1
        ):
            raise WrongContent("location", _("Say at which place.")) from None
        raise


def _within_reach(first: date, last: date, wanted: Wanted, now: datetime) -> tuple[date, date]:
    """The same range without days so far away that the calendar ends."""
    today = wanted.location.local(now).date()
    return max(first, today - timedelta(days=1)), min(last, today + timedelta(days=1000))


def _read_start(text: str, location: Location) -> datetime:
    """The moment at which the clock of the place shows ``text``."""
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        wall = datetime.min  # noqa: DTZ901 - refused below
    if wall.year not in SENSIBLE_YEARS:
        raise WrongContent("start", _("This day or hour does not exist."))
    start = wall.replace(tzinfo=location.tz)
    if location.local(start.astimezone(UTC)).replace(tzinfo=None) != wall:
        # In spring an hour is left out.
        raise WrongContent("start", _("This day or hour does not exist."))
    return start


def _read_person(person: PersonIn, today: date) -> Person:
    return Person(
        last_name=clean_name(person.last_name),
        first_name=clean_name(person.first_name) if person.first_name else "",
        birth_date=parse_birth_date(person.birth_date, today=today) if person.birth_date else "",
        email=clean_email(person.email) if person.email else "",
        phone=clean_phone(person.phone) if person.phone else "",
    )


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _describe(appointment: Appointment) -> dict[str, str]:
    place = appointment.location
    return {
        "reference": appointment.reference,
        "start": f"{place.local(appointment.start):%Y-%m-%dT%H:%M}",
        "end": f"{place.local(appointment.end):%Y-%m-%dT%H:%M}",
        "timezone": place.timezone,
        "place": f"{place.name}, {place.address}",
        "check_in_code": check_in_token(appointment),
    }
