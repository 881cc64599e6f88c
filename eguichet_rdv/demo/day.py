"""A day in progress: people who were served, are being served, wait, or have not come yet."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random
from uuid import UUID, uuid4

from django.db import transaction

from eguichet_rdv.accounts.models import User
from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.demo.accounts import COLLEAGUES
from eguichet_rdv.demo.agenda import OWNER, Filler
from eguichet_rdv.demo.hours import open_hours_of
from eguichet_rdv.demo.people import choose_language
from eguichet_rdv.scheduling.domain.tokens import check_in_token
from eguichet_rdv.scheduling.enums import AppointmentState
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.models import Counter, Kiosk, Location
from eguichet_rdv.waiting.domain.answers import ByAppointment
from eguichet_rdv.waiting.domain.call import call_next, call_stop
from eguichet_rdv.waiting.domain.check_in import check_in
from eguichet_rdv.waiting.domain.end_day import end_past_days
from eguichet_rdv.waiting.domain.serve import finish, start_serving
from eguichet_rdv.waiting.domain.sessions import close_session, open_session
from eguichet_rdv.waiting.domain.walk_in import give_ticket
from eguichet_rdv.waiting.enums import AT_COUNTER, ArrivalChannel, StopState
from eguichet_rdv.waiting.models import CounterSession, Stop, Ticket

SHARE_TODAY = 0.55
STAYING = ("1", "4", "5", "8", "10")
"""Counters where a colleague still sits; the others are free for whoever tries the demo."""
ABSENT_SHARE, EARLY_SHARE = 0.08, 0.6
SOON = timedelta(minutes=40)
MINUTE = timedelta(minutes=1)
WALK_INS = (
    ("population", "certificat-residence"),
    ("population", "eid-pin-puk"),
    ("population", "eid-perte"),
    ("passeports", "passeport-adulte"),
    ("passeports", "casier-595"),
    ("etrangers", "carte-sejour-ue"),
    ("etat-civil", "extrait-acte"),
)
WAITING_PER_SERVICE = 3
TRIED_SERVICES = ("population", "passeports")
"""Services of the counters the demo accounts are sent to: somebody must be waiting there."""


@dataclass(order=True)
class Step:
    """Something that happens at a moment of the day."""

    at: datetime
    do: Callable[[datetime], object] = field(compare=False)


@dataclass
class Day:
    """The day of ``now`` at ``location``, made by the same operations as a real one."""

    location: Location
    now: datetime
    random: Random
    sessions: dict[int, CounterSession] = field(default_factory=dict)
    kiosks: list[Kiosk] = field(default_factory=list)

    @property
    def date(self) -> date:
        """The day on the calendar of the place."""
        return self.location.local(self.now).date()

    @transaction.atomic
    def play(self) -> None:
        """Make sure that today somebody was served, is being served and waits. Repeated, it only fills up."""
        self.kiosks = list(Kiosk.objects.filter(location=self.location).order_by("slug"))
        end_past_days(self.now)
        hours = open_hours_of(self.location, self.date)
        if hours and not Ticket.objects.filter(location=self.location, date=self.date).exists():
            self._book_today(hours[0])
            self._replay(hours[0])
        elif hours:
            self._book_today(self.now)
        self._fill_line()

    def _book_today(self, since: datetime) -> None:
        # As booked some days ago: online nothing can be booked for an hour that is about to begin.
        before = since - timedelta(days=2) if since <= self.now - MINUTE else self.now
        Filler(self.location, self.random).fill_day(self.date, SHARE_TODAY, now=before, since=since)

    def _replay(self, opens: datetime) -> None:
        """Let the hours since ``opens`` happen, in their order."""
        clerks = User.objects.filter(username__in=COLLEAGUES).order_by("username")
        counters = Counter.objects.filter(location=self.location, active=True).select_related("location")
        for counter, clerk in zip(counters.order_by("position"), clerks, strict=False):
            self.sessions[counter.pk] = open_session(counter, clerk, now=min(opens, self.now))
        steps: list[Step] = []
        rows = Appointment.objects.filter(location=self.location, date=self.date, state=AppointmentState.CONFIRMED)
        for appointment in rows.select_related("location").prefetch_related("reservations__counter"):
            steps += self._plan(appointment)
        for step in sorted(steps):
            step.do(step.at)
        for session in self.sessions.values():
            if session.counter.name in STAYING:
                self._call_somebody(session)
            elif not Stop.objects.filter(counter=session.counter_id, state__in=AT_COUNTER).exists():
                close_session(session, now=self.now - MINUTE)

    def _plan(self, appointment: Appointment) -> list[Step]:
        """What happens with one appointment until now."""
        if self.random.random() < ABSENT_SHARE:
            return []
        session = self.sessions.get(appointment.reservations.all()[0].counter_id)
        start, end = appointment.start, appointment.end
        # Nobody arrives on the day before.
        midnight = datetime.combine(self.date, time(), self.location.tz)
        arrives = max(start - self.random.randint(3, 14) * MINUTE, midnight)
        if session is None or start > self.now + SOON:
            return []
        if start > self.now:
            if self.random.random() > EARLY_SHARE:
                return []
            sooner = max(self.now - self.random.randint(1, 9) * MINUTE, midnight)
            return [Step(min(arrives, sooner), partial(self._arrive, appointment))]
        steps = [Step(arrives, partial(self._arrive, appointment))]
        over = end <= self.now
        if over or session.counter.name in STAYING:
            steps += [
                Step(start + timedelta(seconds=30), partial(self._call, session, appointment)),
                Step(start + timedelta(seconds=55), partial(self._serve, session, appointment)),
            ]
        if over:
            steps.append(Step(end - MINUTE, partial(self._finish, session, appointment)))
        return [step for step in steps if step.at <= self.now]

    def _arrive(self, appointment: Appointment, at: datetime) -> None:
        check_in(
            self.location,
            ByAppointment(appointment),
            channel=ArrivalChannel.KIOSK,
            kiosk=self.random.choice(self.kiosks),
            now=at,
            intent=self._intent(),
            party_complete=True,
        )

    def _call(self, session: CounterSession, appointment: Appointment, at: datetime) -> None:
        call_stop(session, self._stop(appointment), "", intent=self._intent(), now=at)

    def _serve(self, session: CounterSession, appointment: Appointment, at: datetime) -> None:
        start_serving(session, self._stop(appointment), intent=self._intent(), now=at)

    def _finish(self, session: CounterSession, appointment: Appointment, at: datetime) -> None:
        finish(session, self._stop(appointment), intent=self._intent(), now=at)

    def _stop(self, appointment: Appointment) -> Stop:
        return Stop.objects.select_related("ticket__number").get(ticket__appointment=appointment)

    def _call_somebody(self, session: CounterSession) -> None:
        """An idle colleague calls the next one."""
        if Stop.objects.filter(counter=session.counter_id, state__in=AT_COUNTER).exists():
            return
        called = call_next(session, intent=self._intent(), now=self.now - MINUTE)
        if called.stop:
            start_serving(session, called.stop, intent=self._intent(), now=self.now - MINUTE / 2)

    def _fill_line(self) -> None:
        """Enough people without appointment that the counters of the demo accounts have somebody to call."""
        reception = User.objects.filter(username="reception").first()
        for service, code in WALK_INS:
            waiting = Stop.objects.filter(
                location=self.location, service__code=service, state=StopState.WAITING
            ).count()
            wanted = WAITING_PER_SERVICE if service in TRIED_SERVICES else 1
            procedure = Procedure.objects.filter(service__code=service, code=code, counters__isnull=False).first()
            if waiting >= wanted or procedure is None:
                continue
            give_ticket(
                self.location,
                procedure,
                language=choose_language(self.random),
                channel=ArrivalChannel.RECEPTION,
                now=self.now - self.random.randint(2, 20) * MINUTE,
                intent=self._intent(),
                user=reception,
            )

    def _intent(self) -> UUID:
        return uuid4()


@dataclass(frozen=True, slots=True)
class Expected:
    """Somebody who has not checked in yet, for whoever wants to try the kiosk."""

    hour: str
    name: str
    birth_date: str
    reference: str
    code: str


def list_expected(location: Location, now: datetime, count: int = 3) -> list[Expected]:
    """Invented people with an appointment today who may still arrive, those of the next hours first."""
    rows = Appointment.objects.filter(
        location=location,
        date=location.local(now).date(),
        state=AppointmentState.CONFIRMED,
        owner=OWNER,
        ticket=None,
        visitor__isnull=False,
    ).select_related("visitor")
    nearest = sorted(rows, key=lambda row: (row.start < now, abs(row.start - now)))
    return [
        Expected(
            f"{location.local(row.start):%H:%M}",
            str(row.visitor),
            row.visitor.birth_date if row.visitor else "",
            row.reference,
            check_in_token(row),
        )
        for row in nearest[:count]
    ]
