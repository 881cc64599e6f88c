"""What pages, prints and previews show of an appointment."""

from typing import Any

from django.urls import reverse
from django.utils.safestring import mark_safe

from eguichet_rdv.booking.paths import active_language
from eguichet_rdv.common.dates import say_date, say_time
from eguichet_rdv.common.localized import Localized
from eguichet_rdv.scheduling.domain.tokens import check_in_token, manage_token
from eguichet_rdv.scheduling.enums import AppointmentState, CancelledBy
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.scheduling.papers import qr_svg


def appointment_context(appointment: Appointment) -> dict[str, Any]:
    """Everything a confirmation shows; hours are those of the place."""
    language = active_language()
    local = appointment.location.local(appointment.start)
    token = check_in_token(appointment)
    items = list(appointment.items.select_related("procedure__service"))
    reservations = appointment.reservations.select_related("counter__zone")
    return {
        "appointment": appointment,
        "items": items,
        "day": say_date(local.date(), language),
        "hour": say_time(local, language),
        "start_local": local,
        "place": appointment.location,
        "zones": sorted({row.counter.zone.code for row in reservations}),
        "bring": merge_texts(item.procedure.things_to_bring() for item in items),
        "code": token,
        "qr": mark_safe(qr_svg(token)),  # noqa: S308 - drawn by us from a token
        "manage_url": reverse("manage-enter", args=[manage_token(appointment)]),
        "cancelled": appointment.state == AppointmentState.CANCELLED,
        "unconfirmed": appointment.cancelled_by == CancelledBy.NOBODY,
    }


def merge_texts(lists: Any) -> list[Localized]:
    """All texts once, in order."""
    return list(dict.fromkeys(text for texts in lists for text in texts))
