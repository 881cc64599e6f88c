"""What a clerk orders beside calling and finishing: through the door a browser uses."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from eguichet_rdv.ledger.models import AccessEntry
from eguichet_rdv.scheduling.domain.agenda import rebuild_from
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.enums import Channel
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Assignment, OpeningPeriod
from eguichet_rdv.waiting.domain.answers import ByAppointment
from eguichet_rdv.waiting.domain.check_in import check_in
from eguichet_rdv.waiting.enums import ArrivalChannel, SessionState, StopState
from eguichet_rdv.waiting.models import CounterSession, HelpCall, Stop, StopEvent
from tests.hall import Hall, make_hall
from tests.town import make_clerk, make_counter, make_procedure

pytestmark = [pytest.mark.django_db]
HTMX = {"HX-Request": "true"}


class Desk:
    """A clerk at a counter with a browser."""

    def __init__(self, hall: Hall, username: str = "", counter: int = 0) -> None:
        self.client = Client()
        self.clerk = hall.clerk
        if username:
            self.clerk = make_clerk(username)
            Assignment.objects.create(user=self.clerk, location=hall.town.location, role=Role.CLERK)
        self.client.force_login(self.clerk)
        self.sit(hall, counter)

    def sit(self, hall: Hall, counter: int) -> None:
        """Sit down, if need be in somebody's place."""
        self.client.post(reverse("desk-open"), {"counter": hall.town.counters[counter].pk, "take_over": "yes"})

    def order(self, command: str, stop: Stop | None = None, *, htmx: bool = False, **more: object) -> HttpResponse:
        """Give an order as the button does."""
        content = {"intent": str(uuid4()), "stop": str(stop.pk) if stop else "", **more}
        return self.client.post(  # type: ignore[return-value]
            reverse("desk-command", args=[command]), content, headers=HTMX if htmx else {}, follow=not htmx
        )

    def look(self, name: str = "desk", *args: object, **query: str) -> HttpResponse:
        """Open a page."""
        return self.client.get(reverse(name, args=args), query)  # type: ignore[return-value]

    @property
    def state(self) -> object:
        """What the page shows."""
        return self.look().context["state"]  # type: ignore[attr-defined]


@pytest.fixture
def hall() -> Hall:
    made = make_hall()
    # Open at whatever hour the test runs.
    OpeningPeriod.objects.update(opens="00:00", closes="23:55")
    for weekday in (5, 6):
        for counter in made.town.counters:
            OpeningPeriod.objects.create(counter=counter, weekday=weekday, opens="00:00", closes="23:55")
    rebuild_from(made.town.counters, timezone.now())
    return made


@pytest.fixture
def desk(hall: Hall) -> Desk:
    return Desk(hall)


def at_counter(desk: Desk, hall: Hall) -> Stop:
    hall.arrive()
    desk.order("call")
    return Stop.objects.get(state=StopState.CALLED)


def somebody_booked(hall: Hall) -> Appointment:
    """An appointment of today whose person is here."""
    now = timezone.now()
    start = now.replace(minute=0, second=0, microsecond=0)
    wanted = hall.town.wanted(channel=Channel.CLERK)
    person = Person("Lejeune", "Anne", "1990-02-01", "anne@example.org")
    made = book(wanted, start, person, language="nl", now=start, intent=uuid4(), needs=["hearing"])
    check_in(hall.town.location, ByAppointment(made), channel=ArrivalChannel.KIOSK, now=now)
    return made


def test_each_sight_of_a_person_is_one_line_in_the_log(hall: Hall, desk: Desk) -> None:
    made = somebody_booked(hall)
    desk.order("call")
    for _look in range(2):
        desk.look()
        desk.look("desk-state")
    subject = f"appointment:{made.reference}"
    assert list(AccessEntry.objects.values_list("user__username", "subject")) == [("clerk", subject)]
    other = Desk(hall, "other")
    other.look()
    assert list(AccessEntry.objects.values_list("user__username", flat=True)) == ["clerk", "other"]


def test_undo_is_offered_and_carried_out_once(hall: Hall, desk: Desk) -> None:
    stop = at_counter(desk, hall)
    event = StopEvent.objects.get(kind="called")
    page = desk.look().content.decode()
    assert f'name="event" value="{event.pk}"' in " ".join(page.split())
    desk.order("undo", event=event.pk)
    desk.order("undo", event=event.pk)
    stop.refresh_from_db()
    assert (stop.state, stop.counter) == (StopState.WAITING, None)
    assert StopEvent.objects.filter(kind="withdrawn").count() == 1


def test_one_person_is_called_with_a_reason(hall: Hall, desk: Desk) -> None:
    hall.arrive()
    second = hall.arrive().stops.get()
    desk.order("call-one", second, reason=" ")
    assert not Stop.objects.filter(state=StopState.CALLED).exists()
    desk.order("call-one", second, reason="Numéro 93.05.18-223.61 a un train")
    assert StopEvent.objects.get(kind="called").reason == "Numéro … a un train"
    assert Stop.objects.get(state=StopState.CALLED) == second


def test_priority_moves_somebody_forward_once_and_says_so(hall: Hall, desk: Desk) -> None:
    first, second = (hall.arrive().stops.get() for _visitor in range(2))
    for _press in range(2):
        desk.order("priority", second, reason="sent_back")
    row, other = desk.state.line  # type: ignore[attr-defined]
    assert (row.stop, other.stop, row.stop.priority) == (second, first, 15)
    assert second.due_at - row.stop.due_at == timedelta(minutes=15)
    assert "15" in row.reason.removeprefix(other.reason[:10])
    assert desk.order("priority", first, reason="nicer").status_code == 404


def test_who_is_not_there_any_more_leaves_the_line(hall: Hall, desk: Desk) -> None:
    stop = hall.arrive().stops.get()
    assert desk.look("desk-waiting", stop.pk).status_code == 200
    desk.order("left", stop)
    assert desk.state.line == []  # type: ignore[attr-defined]
    assert desk.state.last_order.event.kind == "left"  # type: ignore[attr-defined]


def test_what_was_really_done_is_written_down(hall: Hall, desk: Desk) -> None:
    stop = at_counter(desk, hall)
    assert desk.look("desk-ending", stop.pk).status_code == 200
    desk.order("finish-with", stop, done=["", str(hall.town.kids.pk)])
    done = stop.items.order_by("pk").values_list("procedure", "done")
    assert list(done) == [(hall.town.card.pk, False), (hall.town.kids.pk, True)]


def test_not_served_then_booked_again_in_two_presses(hall: Hall, desk: Desk) -> None:
    made = somebody_booked(hall)
    desk.order("call")
    stop = Stop.objects.get(state=StopState.CALLED)
    desk.order("unserved", stop, reason="photo")
    made.refresh_from_db()
    assert (made.state, stop.events.last().reason) == ("honoured", "photo")  # type: ignore[union-attr]
    assert desk.state.before == stop  # type: ignore[attr-defined]
    sheet = desk.look("desk-follow-up", stop.pk, **{"from": f"{timezone.localdate() + timedelta(days=7)}"})
    start = sheet.context["days"][0][2][0]  # type: ignore[attr-defined]
    content = {"what": "same", "start": start.isoformat(), "intent": str(uuid4())}
    for _press in range(2):
        answer = desk.client.post(reverse("desk-keep-follow-up", args=[stop.pk]), content, follow=True)
        assert answer.context["booked"]["told"] is True
    again = Appointment.objects.exclude(pk=made.pk).get()
    assert (again.start, again.language, again.needs, again.booked_by) == (start, "nl", ["hearing"], desk.clerk)
    assert str(again.visitor) == "Anne Lejeune"


def test_the_collection_follows_what_was_asked_for_unless_it_could_not_be_done(hall: Hall, desk: Desk) -> None:
    collect = make_procedure(hall.town.service, "retrait", "Retrait", "Afhaling", minutes=5)
    collect.follows = hall.town.card
    collect.save()
    hall.town.counters[1].procedures.add(collect)
    somebody_booked(hall)
    desk.order("call")
    stop = Stop.objects.get(state=StopState.CALLED)
    sheet = desk.look("desk-follow-up", stop.pk)
    assert [one.key for one in sheet.context["choices"]] == [str(collect.pk), "same"]  # type: ignore[attr-defined]
    desk.order("unserved", stop, reason="photo")
    sheet = desk.look("desk-follow-up", stop.pk)
    assert [one.key for one in sheet.context["choices"]] == ["same"]  # type: ignore[attr-defined]
    assert sheet.context["chosen"].key == "same"  # type: ignore[attr-defined]


def test_sent_on_only_where_somebody_can_serve_them(hall: Hall, desk: Desk) -> None:
    passport = make_procedure(hall.town.service, "passeport", "Passeport", "Paspoort", minutes=20)
    third = make_counter(hall.town.zone_b, "9", [passport])
    stop = at_counter(desk, hall)
    [(service, counters)] = desk.look("desk-send-on", stop.pk).context["targets"]  # type: ignore[attr-defined]
    assert (service, [counter.name for counter, _open in counters]) == (hall.town.service, ["2", "9"])
    desk.order("transfer", stop, to=f"population/{third.pk}")
    assert Stop.objects.get().state == StopState.CALLED
    desk.order("transfer", stop, to=f"population/{hall.town.counters[1].pk}", note="vient du 1")
    new = Stop.objects.get(state=StopState.WAITING)
    assert (new.only_counter, new.note, new.ticket) == (hall.town.counters[1], "vient du 1", stop.ticket)


def test_notes_and_ticks_stay_and_other_windows_see_them(hall: Hall, desk: Desk) -> None:
    stop = at_counter(desk, hall)
    key = desk.look("desk-state")["Desk-Key"]
    item = stop.items.get()
    answer = desk.order("brought", stop, htmx=True, brought=[f"{item.pk}-0", "99-9"])
    assert (answer.status_code, answer["Desk-Key"] != key) == (204, True)
    answer = desk.order("note", stop, htmx=True, note="photo\u00a0trop  sombre")
    assert desk.look("desk-state")["Desk-Key"] == answer["Desk-Key"]
    stop.refresh_from_db()
    assert (stop.brought, stop.note) == ([f"{item.pk}-0"], "photo trop sombre")
    desk.order("brought", stop)
    stop.refresh_from_db()
    assert stop.brought == []


def test_a_window_that_shows_another_counter_is_drawn_anew(hall: Hall, desk: Desk) -> None:
    key = desk.look("desk-state")["Desk-Key"]
    desk.sit(hall, 1)
    assert desk.look("desk-state")["Desk-Key"] != key


def test_a_note_still_being_typed_is_kept_with_any_order(hall: Hall, desk: Desk) -> None:
    stop = at_counter(desk, hall)
    desk.order("park", stop, typed="cherche une photo", typed_for=stop.pk)
    desk.order("resume", stop)
    desk.order("call")
    stop.refresh_from_db()
    assert (stop.state, stop.note) == (StopState.CALLED, "cherche une photo")
    # What may not be written holds the order up: the note would be lost with the page.
    desk.order("finish", stop, typed="photo\u202etrop sombre", typed_for=stop.pk)
    stop.refresh_from_db()
    assert (stop.state, stop.note) == (StopState.CALLED, "cherche une photo")
    # The answer was lost: the same once more is no refusal, though nobody writes about who has gone.
    intent = str(uuid4())
    for _press in range(2):
        answer = desk.order("finish", stop, intent=intent, typed="revient lundi", typed_for=stop.pk)
        assert list(answer.context["messages"]) == []  # type: ignore[attr-defined]
    stop.refresh_from_db()
    assert (stop.state, stop.note) == (StopState.DONE, "revient lundi")


def test_ticks_go_along_and_an_emptied_note_does_not(hall: Hall, desk: Desk) -> None:
    stop = at_counter(desk, hall)
    desk.order("brought", stop, brought=[f"{stop.items.get().pk}-0"])
    desk.order("note", stop, note="sans photo")
    desk.order("transfer", stop, to=f"population/{hall.town.counters[1].pk}", note="")
    new = Stop.objects.get(state=StopState.WAITING)
    assert (new.brought, new.note) == ([f"{new.items.get().pk}-0"], "")


def test_what_is_refused_is_said_and_what_was_typed_stays(hall: Hall, desk: Desk) -> None:
    stop = at_counter(desk, hall)
    answer = desk.order("note", stop, htmx=True, note="photo\u202etrop sombre")
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#desk", "outerHTML")
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]  # type: ignore[attr-defined]
    answer = desk.order("transfer", stop, htmx=True, to="population", note="\u202e")
    assert 'id="desk-sheet"' not in answer.content.decode()
    answer = desk.order("transfer", stop, htmx=True, to="population", note="")
    assert 'id="desk-sheet" hx-swap-oob="true"' in answer.content.decode()


def test_help_is_seen_by_colleagues_and_one_goes(hall: Hall, desk: Desk) -> None:
    other, third = Desk(hall, "other", 1), Client()
    receptionist = make_clerk("reception")
    Assignment.objects.create(user=receptionist, location=hall.town.location, role=Role.RECEPTION)
    third.force_login(receptionist)
    for _press in range(2):
        desk.order("help")
    [call] = HelpCall.objects.all()
    assert other.state.others_ask == [call]  # type: ignore[attr-defined]
    assert list(third.get(reverse("reception-help")).context["calls"]) == [call]
    third.post(reverse("reception-come"), {"call": call.pk})
    other.order("come", call=call.pk)
    call.refresh_from_db()
    assert (call.comes, desk.state.asked) == (receptionist, call)  # type: ignore[attr-defined]
    desk.order("close")
    call.refresh_from_db()
    assert call.ended_at is not None


def test_after_the_last_visitor_nobody_is_called(hall: Hall, desk: Desk) -> None:
    stop = at_counter(desk, hall)
    hall.arrive()
    desk.order("last")
    desk.order("finish", stop)
    desk.order("call")
    assert not Stop.objects.filter(state=StopState.CALLED).exists()
    # The other visitor would have nobody: that is said before closing.
    answer = desk.order("close", htmx=True)
    assert [left.ticket.number.ordinal for left in answer.context["closing"]] == [2]  # type: ignore[attr-defined]
    assert CounterSession.objects.get().state == SessionState.LAST
    Desk(hall, "other", 1)
    desk.order("close")
    assert CounterSession.objects.get(clerk=desk.clerk).state == SessionState.CLOSED


def test_sheets_of_another_day_or_place_do_not_exist(hall: Hall, desk: Desk) -> None:
    stop = hall.arrive().stops.get()
    stop.ticket.date -= timedelta(days=1)
    stop.ticket.save()
    for name in ("desk-waiting", "desk-send-on", "desk-ending", "desk-follow-up"):
        assert desk.look(name, stop.pk).status_code == 404
        assert desk.look(name, 10**30).status_code == 404
