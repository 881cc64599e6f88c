"""A hall with people in it, at the hour of the computer: for what reads the clock itself."""

from dataclasses import dataclass
from uuid import uuid4

from django.utils import timezone

from eguichet_rdv.accounts.models import User
from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Assignment, CallScreen, Counter
from eguichet_rdv.waiting.domain.call import call_next
from eguichet_rdv.waiting.domain.sessions import open_session
from eguichet_rdv.waiting.domain.walk_in import give_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel
from eguichet_rdv.waiting.models import CounterSession, Stop, Ticket
from tests.town import Town, make_clerk, make_town


@dataclass
class Hall:
    """A town, a clerk who may call, and two screens: one for zone A, one for all."""

    town: Town
    clerk: User
    screen: CallScreen
    overview: CallScreen

    def sit_down(self, counter: Counter | None = None) -> CounterSession:
        """The clerk at the first counter."""
        return open_session(counter or self.town.counters[0], self.clerk, now=timezone.now())

    def arrive(self, procedure: Procedure | None = None) -> Ticket:
        """Somebody takes a ticket at the reception."""
        answer = give_ticket(
            self.town.location,
            procedure or self.town.card,
            language="fr",
            channel=ArrivalChannel.RECEPTION,
            now=timezone.now(),
            user=self.clerk,
        )
        assert answer.ticket is not None
        return answer.ticket

    def call(self, session: CounterSession) -> Stop:
        """The next one is called."""
        called = call_next(session, intent=uuid4(), now=timezone.now())
        assert called.stop is not None
        return called.stop


def make_hall(counters: int = 2) -> Hall:
    """Rows for all of it."""
    town = make_town(counters=counters)
    clerk = make_clerk()
    Assignment.objects.create(user=clerk, location=town.location, role=Role.CLERK)
    place = {"location": town.location}
    return Hall(
        town,
        clerk,
        CallScreen.objects.create(slug="a", name="Screen A", zone=town.zone_a, **place),
        CallScreen.objects.create(slug="all", name="Overview", **place),
    )
