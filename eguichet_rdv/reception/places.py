"""At which place somebody receives people."""

from django.http import Http404

from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.domain.roles import StaffRequest, locations_for
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Location

SESSION_KEY = "reception_place"


def places_of(request: StaffRequest) -> list[Location]:
    """Where this person may receive."""
    return list(locations_for(request.user, Role.RECEPTION))


def place_of(request: StaffRequest) -> Location:
    """The place chosen before, else the first; 404 without any."""
    places = places_of(request)
    if not places:
        raise Http404
    chosen = request.session.get(SESSION_KEY)
    return next((place for place in places if place.slug == chosen), places[0])


def choose_place(request: StaffRequest, slug: str) -> None:
    """Receive at another place from now on."""
    if slug in {place.slug for place in places_of(request)}:
        request.session[SESSION_KEY] = slug


def find_visit(request: StaffRequest, reference: str) -> Appointment:
    """The appointment with this reference at a place of this person; 404 otherwise, as if it did not exist."""
    found = (
        Appointment.objects.select_related("location", "visitor", "ticket__number", "ticket__zone")
        .prefetch_related("items__procedure__service", "reservations__counter")
        .filter(reference=reference, location__in=places_of(request))
        .first()
    )
    if found is None:
        raise Http404
    return found
