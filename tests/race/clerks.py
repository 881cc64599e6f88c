"""Clerks who call at once: ``python -m tests.race.clerks CLERKS VISITORS DAYS SEED``.

Each is a process of their own. Two doors let people in, with appointments and without; somebody at home cancels. Clerks
finish, transfer, park, take calls back and give up on people; every tenth call is a double click on two connections. Prints one
line of JSON per day, the last one for a day with the protection switched off.
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as dtime
from functools import partial
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import django

sys.path.insert(0, "site")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eguichet_site.settings.testing")
django.setup()

from django.db import connections, transaction  # noqa: E402

from eguichet_rdv.accounts.models import User  # noqa: E402
from eguichet_rdv.catalogue.models import Service  # noqa: E402
from eguichet_rdv.common.refusals import Refusal  # noqa: E402
from eguichet_rdv.scheduling.domain.agenda import build_days  # noqa: E402
from eguichet_rdv.scheduling.domain.cancel import cancel  # noqa: E402
from eguichet_rdv.scheduling.enums import AppointmentState, CancelledBy  # noqa: E402
from eguichet_rdv.scheduling.models import Appointment  # noqa: E402
from eguichet_rdv.townhall.models import Counter  # noqa: E402
from eguichet_rdv.waiting.domain.answers import ByAppointment, Outcome  # noqa: E402
from eguichet_rdv.waiting.domain.arrive import Arrival, make_ticket, write_walk_in_stop  # noqa: E402
from eguichet_rdv.waiting.domain.call import call_next  # noqa: E402
from eguichet_rdv.waiting.domain.check_in import check_in  # noqa: E402
from eguichet_rdv.waiting.domain.line import servable_at  # noqa: E402
from eguichet_rdv.waiting.domain.numbers import draw_numbers  # noqa: E402
from eguichet_rdv.waiting.domain.serve import (  # noqa: E402
    finish,
    mark_no_show,
    park,
    recall,
    resume,
    start_serving,
    transfer,
)
from eguichet_rdv.waiting.domain.sessions import open_session  # noqa: E402
from eguichet_rdv.waiting.domain.undo import find_undoable, undo  # noqa: E402
from eguichet_rdv.waiting.domain.walk_in import give_ticket  # noqa: E402
from eguichet_rdv.waiting.enums import ArrivalChannel, StopEventKind, StopState  # noqa: E402
from eguichet_rdv.waiting.models import CounterSession, Stop, StopEvent, StopItem, Ticket  # noqa: E402
from tests.bench.fill import occupy  # noqa: E402
from tests.race.crowd import FORK, run_crowd  # noqa: E402
from tests.race.line_oracle import Line, Standing, compare_calls, find_passed_over, replay  # noqa: E402
from tests.town import Town, make_clerk, make_counter, make_procedure, make_town  # noqa: E402

DOORS = 2
FIRST_DAY, OPENS = date(2026, 11, 24), dtime(9)
CLOSES = "23:30"
SLOTS = [timedelta(minutes=15 * slot) for slot in range(94)]
BOOKED_SHARE, CANCELLED_SHARE = 0.15, 0.2
DOUBLE_CLICK_EVERY = 10
EMPTY_HALL, FULL_HALL, GROUP = 30, 60, 20
"""Below so many waiting, people come in groups: a line of one proves nothing about its order. Above, they come later."""
NAIVE_VISITORS = 10
PAUSE = 0.02
Act = Callable[[Stop], None]


@dataclass
class Hall:
    """One day at the town hall. ``began`` is where the common clock stood when it was ``opened``."""

    town: Town
    other: Service
    day: date
    sessions: list[int]
    reception: User
    opened: datetime
    began: float = field(default_factory=time.monotonic)
    doors_open: Any = field(default_factory=lambda: FORK.Semaphore(DOORS))

    def now(self) -> datetime:
        """The hour in the hall, the same for all processes."""
        return self.opened + timedelta(seconds=time.monotonic() - self.began)

    def waiting(self) -> int:
        """How many wait."""
        return Stop.objects.filter(location=self.town.location, state=StopState.WAITING).count()

    @property
    def closed(self) -> bool:
        """Whether both doors have let in everybody."""
        return bool(self.doors_open.get_value() == 0)


class Clerk:
    """Calls until nobody is left, and keeps a journal."""

    def __init__(self, hall: Hall, session: int, seed: int) -> None:
        self.hall = hall
        self.session = CounterSession.objects.select_related("counter__location").get(pk=session)
        self.random = random.Random(f"{seed} {session} {hall.day}")
        self.journal: list[Line] = []
        self.second_finger = ThreadPoolExecutor(1)
        self.double_clicks = 0

    def work(self) -> tuple[list[Line], int]:
        """The journal and the number of double clicks that were one call."""
        calls = 0
        while True:
            last_look = self.hall.closed
            stop = self.call(twice=calls % DOUBLE_CLICK_EVERY == 0)
            if stop is not None:
                calls += 1
                self.random.choices(*zip(*self.acts(), strict=True))[0](stop)
            elif last_look:
                self.second_finger.submit(connections.close_all).result()
                return self.journal, self.double_clicks
            else:
                time.sleep(PAUSE)

    def call(self, *, twice: bool) -> Stop | None:
        """The next one, or nobody; ``twice`` with the same intent on two connections at once."""
        intent, began = uuid4(), time.monotonic()
        second = self.second_finger.submit(self._press, intent) if twice else None
        found = {self._press(intent), second.result() if second else None} - {None}
        if len(found) > 1:
            raise AssertionError(f"a double click called {found}")
        stop = next(iter(found), None)
        if stop is not None:
            self.double_clicks += twice
            line = Line("calls", stop.pk, began, time.monotonic(), self.session.counter_id, str(intent))
            self.journal.append(line)
        return stop

    def _press(self, intent: UUID) -> Stop | None:
        return call_next(self.session, intent=intent, now=self.hall.now()).stop

    def acts(self) -> list[tuple[Act, int]]:
        """What may come of a call, and how often in a hundred."""
        return [
            (self.finish, 80),
            (self.send_on, 6),
            (self.send_to_self, 3),
            (self.put_aside, 4),
            (self.take_back, 3),
            (self.give_up, 4),
        ]

    def finish(self, stop: Stop) -> None:
        """Served; sometimes after a second call and with the beginning noted."""
        if self.random.random() < 0.1:
            recall(self.session, stop, intent=uuid4(), now=self.hall.now())
            start_serving(self.session, stop, intent=uuid4(), now=self.hall.now())
        finish(self.session, stop, intent=uuid4(), now=self.hall.now())

    def send_on(self, stop: Stop) -> None:
        """To the other service, whoever handles it."""
        self._waits(lambda: transfer(self.session, stop, service=self.hall.other, intent=uuid4(), now=self.hall.now()))

    def send_to_self(self, stop: Stop) -> None:
        """Back into the line, for this counter alone."""
        counter, service = self.session.counter, stop.service
        self._waits(
            lambda: transfer(self.session, stop, service=service, counter=counter, intent=uuid4(), now=self.hall.now())
        )

    def put_aside(self, stop: Stop) -> None:
        """Parked and back."""
        park(self.session, stop, intent=uuid4(), now=self.hall.now())

        def put_back() -> Stop:
            resume(self.session, stop, intent=uuid4(), now=self.hall.now())
            return stop

        self._waits(put_back)

    def take_back(self, stop: Stop) -> None:
        """Pressed by mistake, and undone at once, however long the call took here."""
        at_once = stop.called_at
        assert at_once is not None
        order = find_undoable(self.session, at_once)
        assert order is not None
        self._waits(lambda: undo(self.session, order.pk, intent=uuid4(), now=at_once))

    def give_up(self, stop: Stop) -> None:
        """Nobody comes, however often they are called."""
        place = self.hall.town.location
        later, between = self.hall.now(), timedelta(minutes=place.recall_minutes)
        for _again in range(place.no_show_calls - 1):
            later += between
            recall(self.session, stop, intent=uuid4(), now=later)
        mark_no_show(self.session, stop, intent=uuid4(), now=later + between)

    def _waits(self, change: Callable[[], Stop]) -> None:
        began = time.monotonic()
        stop = change()
        self.journal.append(Line("waits", stop.pk, began, time.monotonic()))


def let_in(hall: Hall, booked: list[Appointment], walk_ins: int) -> tuple[list[Line], int]:
    """A door: those with an appointment one by one, the others one by one or, while the hall is empty, in groups."""
    journal: list[Line] = []
    arrivals: list[Appointment | None] = [*booked, *[None] * walk_ins]
    random.Random(f"{hall.day} {len(booked)}").shuffle(arrivals)
    while arrivals:
        waiting = hall.waiting()
        if waiting > FULL_HALL:
            time.sleep(PAUSE)
            continue
        began = time.monotonic()
        if arrivals[-1] is None and waiting < EMPTY_HALL:
            group = [arrivals.pop() for _one in range(min(GROUP, len(arrivals)))]
            arrivals += [one for one in group if one]
            stops = admit_group(hall, group.count(None))
        else:
            stops = admit_one(hall, arrivals.pop())
        journal += [Line("waits", stop, began, time.monotonic()) for stop in stops]
    hall.doors_open.acquire()
    return journal, 0


def admit_one(hall: Hall, appointment: Appointment | None) -> list[int]:
    """As the reception does it; nobody when the appointment was cancelled on the way."""
    facts: dict[str, Any] = {"channel": ArrivalChannel.RECEPTION, "now": hall.now(), "user": hall.reception}
    if appointment is None:
        answer = give_ticket(hall.town.location, hall.town.card, language="fr", intent=uuid4(), **facts)
    else:
        answer = check_in(hall.town.location, ByAppointment(appointment), intent=uuid4(), **facts)
    if answer.outcome == Outcome.CANCELLED:
        return []
    assert answer.stop is not None, answer
    return [answer.stop.pk]


@transaction.atomic
def admit_group(hall: Hall, size: int) -> list[int]:
    """Some who come in together, in one transaction."""
    arrival = Arrival(ArrivalChannel.RECEPTION, hall.now(), "fr", user=hall.reception)
    card = hall.town.wanted().items
    numbers = draw_numbers(hall.town.location, hall.day, hall.town.service, count=size)
    tickets = [make_ticket(hall.town.location, number, hall.town.zone_a, arrival) for number in numbers]
    Ticket.objects.bulk_create(tickets)
    return [write_walk_in_stop(ticket, hall.town.service, card, arrival).pk for ticket in tickets]


def stay_away(hall: Hall, appointments: list[Appointment]) -> tuple[list[Line], int]:
    """Somebody cancels: a quarter of them at home, the others as soon as they are in the hall."""
    journal: list[Line] = []
    at_home = len(appointments) // 4
    for number, appointment in enumerate(appointments):
        here = Stop.objects.filter(ticket__appointment=appointment)
        while number >= at_home and not hall.closed and not here.exists():
            time.sleep(PAUSE)
        began = time.monotonic()
        try:
            cancel(appointment, by=CancelledBy.CITIZEN, now=hall.now())
        except Refusal:
            continue  # called or served meanwhile
        journal += [Line("leaves", stop.pk, began, time.monotonic()) for stop in here]
    return journal, 0


def call_naively(hall: Hall, session: int, together: Any) -> tuple[list[Line], int]:
    """The protection switched off: look, then write, without turn and without condition."""
    counter = CounterSession.objects.select_related("counter__location").get(pk=session).counter
    journal: list[Line] = []
    while True:
        stop = servable_at(counter).first()
        together.wait()
        if stop is None:
            return journal, 0
        Stop.objects.filter(pk=stop.pk).update(state=StopState.DONE, counter=counter, called_at=hall.now())
        journal.append(Line("calls", stop.pk, 0, 0, counter.pk))
        together.wait()


def make_hall(clerks: int) -> tuple[Town, Service, list[int]]:
    """Counters for the one service, some for both; a clerk at each."""
    town = make_town(counters=0)
    other = Service.objects.create(code="passports", labels={"fr": "Passeports"}, letter_declared="S")
    passport = make_procedure(other, "passport", "Passeport", "Paspoort", minutes=15)
    handled = [town.card, town.kids]
    town.counters = [
        make_counter(
            (town.zone_a, town.zone_b)[number % 2],
            str(number + 1),
            [*handled, passport] if number % 4 == 0 else handled,
            opens="00:00",
            closes=CLOSES,
        )
        for number in range(clerks)
    ]
    opened = town.at("07:00")
    sessions = [open_session(one, make_clerk(f"clerk{one.name}"), now=opened).pk for one in town.counters]
    return town, other, sessions


def spend_day(hall: Hall, visitors: int, seed: int) -> dict[str, Any]:
    """Everybody at once, then the judgement."""
    chance = random.Random(f"{seed} {hall.day}")
    midnight = datetime.combine(hall.day, dtime(), hall.town.location.tz)
    slots = [(counter, midnight + slot) for counter, slot in product(hall.town.counters, SLOTS)]
    chosen = chance.sample(slots, min(len(slots), round(visitors * BOOKED_SHARE)))
    for counter in hall.town.counters:
        build_days(counter, [hall.day])
    booked = occupy(hall.town, iter(chosen), AppointmentState.CONFIRMED)
    given_up = chance.sample(booked, round(len(booked) * CANCELLED_SHARE))
    walk_ins = visitors - len(booked)
    jobs: list[Callable[[], tuple[list[Line], int]]] = [
        *(partial(let_in, hall, booked[door::DOORS], walk_ins // DOORS) for door in range(DOORS)),
        partial(stay_away, hall, given_up),
        *(partial(Clerk(hall, session, seed).work) for session in hall.sessions),
    ]
    results = run_crowd(jobs)
    # Who was sent to a counter after its clerk had seen an empty line is called at the end, as every evening.
    results += [Clerk(hall, session, seed).work() for session in hall.sessions]
    return judge(hall, [line for journal, _doubles in results for line in journal], sum(two for _j, two in results))


def judge(hall: Hall, journal: list[Line], double_clicks: int) -> dict[str, Any]:
    """Compare what was acknowledged with what is written."""
    stops = Stop.objects.filter(location=hall.town.location, ticket__date=hall.day)
    events = StopEvent.objects.filter(stop__in=stops).order_by("id")
    calls = events.filter(kind=StopEventKind.CALLED)
    recorded = [
        (stop, counter, str(intent)) for stop, counter, intent in calls.values_list("stop", "counter", "intent")
    ]
    passed_over, compared = find_passed_over(journal, read_standings(hall, stops))
    kinds = list(events.values_list("kind", flat=True))
    return {
        "day": str(hall.day),
        "calls": len(recorded),
        "double_clicks": double_clicks,
        "visitors": Ticket.objects.filter(date=hall.day).count(),
        "left": kinds.count(StopEventKind.LEFT),
        "transferred": kinds.count(StopEventKind.TRANSFERRED),
        "compared": compared,
        "seconds": round(time.monotonic() - hall.began),
        "still_waiting": stops.filter(state__in=(StopState.WAITING, StopState.CALLED)).count(),
        "faults": [
            *replay(events.values_list("stop", "kind")),
            *compare_calls(journal, recorded),
            *passed_over,
        ][:20],
    }


def read_standings(hall: Hall, stops: Iterable[Stop]) -> dict[int, Standing]:
    """Key and possible counters of every stop, worked out from plain rows."""
    handled = {counter.pk: set(counter.procedures.all()) for counter in Counter.objects.all()}
    items: dict[int, set[int]] = {}
    for owner, procedure in StopItem.objects.filter(stop__in=stops).values_list("stop", "procedure"):
        items.setdefault(owner, set()).add(procedure)
    places: dict[int, set[int]] = {}
    for ticket, counter in Ticket.objects.filter(date=hall.day, appointment__isnull=False).values_list(
        "pk", "appointment__reservations__counter"
    ):
        places.setdefault(ticket, set()).add(counter)
    standings = {}
    for stop in stops:
        able = {
            counter
            for counter, procedures in handled.items()
            if (
                items[stop.pk] <= {one.pk for one in procedures}
                if stop.pk in items
                else stop.service_id in {one.service_id for one in procedures}
            )
        }
        only = {stop.only_counter_id} if stop.only_counter_id else able
        booked = places.get(stop.ticket_id, set()) if stop.booked_at else set()
        standings[stop.pk] = Standing(
            (stop.due_at, stop.arrived_at, stop.pk), frozenset(able & only), frozenset(booked)
        )
    return standings


def spend_day_naively(hall: Hall, visitors: int) -> dict[str, Any]:
    """The positive control: the same people, called without protection."""
    admit_group(hall, visitors)
    together = FORK.Barrier(len(hall.sessions))
    results = run_crowd([partial(call_naively, hall, session, together) for session in hall.sessions])
    return {"visitors": visitors, "calls": sum(len(journal) for journal, _doubles in results)}


def main(clerks: int, visitors: int, days: int, seed: int) -> None:
    """So many days, each with its own visitors, and a short one without protection."""
    town, other, sessions = make_hall(clerks)
    reception = make_clerk("reception")
    for number in range(days + 1):
        day = FIRST_DAY + timedelta(days=number)
        hall = Hall(town, other, day, sessions, reception, datetime.combine(day, OPENS, town.location.tz))
        told = spend_day(hall, visitors, seed) if number < days else spend_day_naively(hall, NAIVE_VISITORS)
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:5]))
