"""What the screens of a place show, and how they hear of it."""

from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from eguichet_rdv.townhall.models import Location
from eguichet_rdv.waiting.bell import ring
from eguichet_rdv.waiting.enums import StopEventKind, StopState
from eguichet_rdv.waiting.models import Board, HelpCall, Stop, StopEvent

LAST_CALLS = 6
"""Kept on a screen, so in each zone."""
LAST_EVENTS = 20
RAISE = """
INSERT INTO {table} ({location_id}, {version}) VALUES (%s, 1)
ON CONFLICT ({location_id}) DO UPDATE SET {version} = {table}.{version} + 1
RETURNING {version}
"""
SHOWN = (StopState.CALLED, StopState.SERVING, StopState.DONE)
"""What was called and not withdrawn; somebody absent was."""


def screens_group(location_id: int) -> str:
    """The channel group of all screens of a place."""
    return f"screens.{location_id}"


def desks_group(location_id: int) -> str:
    """The channel group of all who look again themselves: desks, reception and phones of a place."""
    return f"desks.{location_id}"


def board_version(location_id: int) -> int:
    """The version of what the screens show now."""
    return Board.objects.filter(location=location_id).values_list("version", flat=True).first() or 0


def read_sign(location_id: int) -> tuple[object, ...]:
    """Another one as soon as anybody has arrived, was called or sent on, or somebody asks for help or goes to help.

    For those who may have missed a ring. Several events, as one with a smaller key may be committed later.
    """
    events = StopEvent.objects.filter(location=location_id).order_by("-pk").values_list("pk", flat=True)
    asked = HelpCall.objects.filter(location=location_id, ended_at=None).values_list("pk", "comes")
    return (*events[:LAST_EVENTS], *asked)


def snapshot(location: Location, *, now: datetime | None = None) -> dict[str, Any]:
    """Everything a screen needs: ``{"type", "version", "at", "calls"}``, the latest call first."""
    moment = now or timezone.now()
    # The version is read before the calls: calls newer than it are only announced once, by their id and hour.
    version = board_version(location.pk)
    day = location.local(moment).date()
    # Who was sent on is shown once, at the counter that called them last.
    # Asked of the history: put aside or absent there, their stop knows its call no longer, or is not shown.
    later = StopEvent.objects.filter(
        stop__ticket=OuterRef("ticket"), kind=StopEventKind.CALLED, at__gt=OuterRef("called_at")
    ).exclude(stop=OuterRef("pk"))
    stops = (
        Stop.objects.filter(location=location, ticket__date=day, called_at__isnull=False, state__in=SHOWN)
        .exclude(Exists(later))
        # Each zone has its own last calls, however busy the others are.
        .annotate(rank=Window(RowNumber(), partition_by=F("zone"), order_by=(F("called_at").desc(), F("pk").desc())))
        .filter(rank__lte=LAST_CALLS)
        .select_related("ticket__number", "counter__zone", "zone")
        .order_by("-called_at", "-pk")
    )
    return {
        "type": "snapshot",
        "version": version,
        "at": iso(moment),
        "calls": [describe_call(stop) for stop in stops],
    }


def describe_call(stop: Stop, kind: str = "") -> dict[str, Any]:
    """One call as screens get it: number, counter, zone, languages; nothing else about anybody."""
    return {
        "id": stop.pk,
        "kind": kind or ("recall" if stop.calls > 1 else "call"),
        "number": str(stop.ticket.number),
        "counter": stop.counter.name if stop.counter else "",
        "zone": stop.zone.code,
        "zones": name_zones(stop),
        "languages": [stop.ticket.language],
        "audio": None,
        "at": iso(stop.called_at) if stop.called_at else None,
    }


def name_zones(stop: Stop) -> list[str]:
    """Where the call is shown: in the zone on the ticket and, when it is another one, in the counter's."""
    if stop.counter is None or stop.counter.zone_id == stop.zone_id:
        return [stop.zone.code]
    return [stop.zone.code, stop.counter.zone.code]


def show_call(stop: Stop, kind: str, *, at: datetime | None = None) -> None:
    """Raise the board's version and ring the screens. The last thing a transaction does: the board is locked last.

    ``at`` is when a call was withdrawn of which the stop knows no longer: a newer one that overtakes it stays.
    """
    version = raise_version(stop.location_id)
    call = describe_call(stop, kind)
    message = {"type": "call", "version": version, "call": {**call, "at": iso(at)} if at else call}
    ring(
        {
            screens_group(stop.location_id): {"type": "hall.message", "message": message},
            desks_group(stop.location_id): _tell_change(ticket=stop.ticket_id, version=version),
        }
    )


def tell_desks(location_id: int, ticket_id: int | None = None) -> None:
    """Something changed in the line: desks and reception look again, and the phones that follow this ticket."""
    ring({desks_group(location_id): _tell_change(ticket=ticket_id)})


def _tell_change(**facts: int | None) -> dict[str, Any]:
    return {"type": "hall.changed", "message": facts}


def raise_version(location_id: int) -> int:
    """A bare update, so that nobody waits for a form that edits the row; one statement gives the new version."""
    fields = {name: connection.ops.quote_name(name) for name in ("location_id", "version")}
    table = connection.ops.quote_name(Board._meta.db_table)  # noqa: SLF001 - public in all but name
    with connection.cursor() as cursor:
        cursor.execute(RAISE.format(table=table, **fields), [location_id])
        (version,) = cursor.fetchone()
    return int(version)


def iso(moment: datetime) -> str:
    """UTC with milliseconds and Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
