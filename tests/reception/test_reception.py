"""The reception counter through the door a browser uses, on a Tuesday at half past eight."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from eguichet_rdv.accounts.models import User
from eguichet_rdv.common.cells import cell_of
from eguichet_rdv.desk.showing import describe_person
from eguichet_rdv.ledger.models import AccessEntry
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.cancel import cancel
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.enums import AppointmentState, CancelledBy, Channel, ReservationKind
from eguichet_rdv.scheduling.models import Appointment, Reservation
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Assignment, Location, WaitingZone
from eguichet_rdv.waiting.domain.answers import ByAppointment
from eguichet_rdv.waiting.domain.check_in import check_in
from eguichet_rdv.waiting.domain.end_day import end_past_days
from eguichet_rdv.waiting.enums import ArrivalChannel, StopState
from eguichet_rdv.waiting.models import Stop, Ticket
from tests.town import MONDAY, Town, make_clerk

pytestmark = [pytest.mark.django_db, pytest.mark.db]
Book = Callable[..., Appointment]


@pytest.fixture(autouse=True)
def tuesday(town: Town) -> Iterator[None]:
    with time_machine.travel(town.at("08:30"), tick=False):
        yield


@pytest.fixture
def booked(town: Town) -> Book:
    def make(clock: str, last_name: str = "Dupont", day: int = 24) -> Appointment:
        person = Person(last_name, "Marie", "1990-02-01")
        start = town.at(clock, day)
        return book(town.wanted(), start, person, language="fr", now=MONDAY, intent=uuid4())

    return make


def give_to(town: Town, appointment: Appointment) -> Ticket:
    """The ticket of somebody who is here."""
    key = ByAppointment(appointment)
    answer = check_in(town.location, key, channel=ArrivalChannel.RECEPTION, now=timezone.now(), party_complete=True)
    assert answer.ticket is not None
    return answer.ticket


def found(desk: Client, text: str) -> list[str]:
    answer = desk.post(reverse("reception"), {"text": text})
    return [row.reference for row in answer.context["rows"]]


def test_strangers_sign_in_and_other_roles_are_refused(client: Client, town: Town) -> None:
    assert client.get(reverse("reception")).status_code == 302
    clerk = make_clerk()
    Assignment.objects.create(user=clerk, location=town.location, role=Role.EDITOR)
    client.force_login(clerk)
    for name in ("reception", "reception-book", "reception-walk-in"):
        assert client.get(reverse(name)).status_code == 403
    assert client.get(reverse("reception-visit", args=["ABC234"])).status_code == 403


def test_the_list_of_the_day(desk: Client, booked: Book) -> None:
    late, early = booked("10:00"), booked("09:00", "Martin")
    booked("09:00", "Tomorrow", day=25)
    rows = desk.get(reverse("reception")).context["rows"]
    assert [row.reference for row in rows] == [early.reference, late.reference]
    assert list(AccessEntry.objects.values_list("subject", flat=True)) == ["day:maison-communale:2026-11-24"]


def test_found_by_name_reference_birth_date_and_hour(desk: Client, booked: Book) -> None:
    appointment = booked("09:00")
    booked("10:00", "Martin")
    reference = appointment.reference
    for text in ("dupont", "Marie Dupont", reference, reference.lower(), "9:00", "09h00"):
        assert found(desk, text) == [reference], text
    assert len(found(desk, "1/2/1990")) == 2
    assert found(desk, "Nobody") == []


def test_every_person_seen_leaves_a_line(desk: Client, booked: Book) -> None:
    appointment = booked("09:00")
    desk.post(reverse("reception"), {"text": "dupont"})
    desk.get(reverse("reception-visit", args=[appointment.reference]))
    desk.get(reverse("reception-confirmation", args=[appointment.reference]))
    seen = AccessEntry.objects.filter(subject=f"appointment:{appointment.reference}")
    assert list(seen.values_list("action", flat=True).order_by("pk")) == ["view", "view", "export"]


def test_appointments_of_other_places_do_not_exist(client: Client, town: Town, booked: Book) -> None:
    appointment = booked("09:00")
    elsewhere = town.location
    elsewhere.pk, elsewhere.slug = None, "elsewhere"
    elsewhere.save()
    user = make_clerk("reception")
    Assignment.objects.create(user=user, location=elsewhere, role=Role.RECEPTION)
    client.force_login(user)
    assert found(client, "dupont") == []
    address = reverse("reception-visit", args=[appointment.reference])
    assert client.get(address, follow=True).status_code == 404
    assert client.post(reverse("reception-cancel", args=[appointment.reference]), follow=True).status_code == 404


def test_every_page_hears_of_the_place_whose_calls_for_help_it_shows(desk: Client, town: Town, booked: Book) -> None:
    other = Location.objects.create(slug="antenne", name="Antenne", street="x", postcode="1", city="y")
    Assignment.objects.create(user=User.objects.get(), role=Role.MANAGER)
    visit = booked("09:00")
    ticket = give_to(town, visit)
    desk.post(reverse("reception-place"), {"place": other.slug})
    addresses = [reverse(name) for name in ("reception", "reception-level", "reception-deadlines")]
    addresses += [reverse("reception-visit", args=[visit.reference]), reverse("reception-ticket", args=[ticket.uid])]
    for address in addresses:
        assert 'data-socket="/ws/desk/?place=antenne"' in desk.get(address).content.decode(), address


def test_check_in_gives_one_ticket(desk: Client, booked: Book) -> None:
    appointment = booked("09:00")
    address = reverse("reception-check-in", args=[appointment.reference])
    assert desk.get(address).status_code == 405
    first = desk.post(address, {"intent": str(uuid4())})
    again = desk.post(address, {"intent": str(uuid4())})
    ticket = Ticket.objects.get()
    assert first["Location"] == again["Location"] == reverse("reception-ticket", args=[ticket.uid])
    page = desk.get(first["Location"])
    assert page.context["ticket"]["number"] == str(ticket.number)
    assert "Dupont" not in page.content.decode()


def test_check_in_on_another_day_is_explained(desk: Client, booked: Book) -> None:
    appointment = booked("09:00", day=25)
    answer = desk.post(reverse("reception-check-in", args=[appointment.reference]), follow=True)
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]
    assert not Ticket.objects.exists()


def test_the_confirmation_is_a_letter(desk: Client, booked: Book) -> None:
    letter = desk.get(reverse("reception-confirmation", args=[booked("09:00").reference]))
    assert letter["Content-Type"] == "application/pdf"
    assert letter.content.startswith(b"%PDF-")


def test_answers_to_the_questions_of_a_procedure_are_shown(desk: Client, town: Town, booked: Book) -> None:
    town.card.questions = [{"code": "file", "label": {"fr": "Numéro de dossier"}, "required": False}]
    town.card.save()
    appointment = booked("11:00")
    appointment.answers = {"population_carte_file": "<b>8 123</b>", "population_other_file": "of no procedure here"}
    appointment.save()
    page = desk.get(reverse("reception-visit", args=[appointment.reference]))
    assert page.context["answers"] == [("Numéro de dossier", "<b>8 123</b>")]
    assert "&lt;b&gt;8 123" in page.content.decode()
    ticket = give_to(town, appointment)
    shown = describe_person(ticket.stops.get())
    assert shown.answers == page.context["answers"]


def test_cancelling_is_a_post_with_its_reason(desk: Client, booked: Book) -> None:
    appointment = booked("11:00")
    address = reverse("reception-cancel", args=[appointment.reference])
    assert desk.get(address).status_code == 405
    desk.post(address, {"by": "municipality", "reason": "The clerk is ill"})
    appointment.refresh_from_db()
    assert appointment.state == AppointmentState.CANCELLED
    assert (appointment.cancelled_by, appointment.cancel_reason) == (CancelledBy.MUNICIPALITY, "The clerk is ill")


def test_a_reason_is_kept_without_national_number_and_invisible_signs(desk: Client, booked: Book) -> None:
    appointment = booked("11:00")
    address = reverse("reception-cancel", args=[appointment.reference])
    answer = desk.post(address, {"reason": "a\0b"}, follow=True)
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]
    desk.post(address, {"reason": "asked by 85.07.30-033 28"})
    appointment.refresh_from_db()
    assert appointment.cancel_reason == "asked by …"


def test_a_walk_in_sent_twice_is_one_ticket(desk: Client, town: Town) -> None:
    content = {"procedure": town.card.pk, "persons": 1, "language": "nl", "intent": str(uuid4())}
    answers = [desk.post(reverse("reception-walk-in"), content) for _click in range(2)]
    ticket = Ticket.objects.get()
    assert ticket.language == "nl"
    assert [answer["Location"] for answer in answers] == [reverse("reception-ticket", args=[ticket.uid])] * 2


def test_needs_follow_somebody_without_appointment_to_the_counter_and_not_beyond_the_day(
    desk: Client, town: Town
) -> None:
    content = {"procedure": town.card.pk, "persons": 1, "language": "nl", "intent": str(uuid4())}
    desk.post(reverse("reception-walk-in"), content | {"needs": ["wheelchair", "fetch"]})
    ticket = Ticket.objects.get()
    assert ticket.needs == ["fetch", "wheelchair"]
    assert len(describe_person(ticket.stops.get()).needs) == 2
    end_past_days(town.at("00:10", 25))
    ticket.refresh_from_db()
    assert ticket.needs == []
    unknown = desk.post(reverse("reception-walk-in"), content | {"needs": ["ill"], "intent": str(uuid4())})
    assert set(unknown.context["form"].errors) == {"needs"}


def test_the_reception_sees_how_full_the_zones_are_and_may_give_a_ticket_all_the_same(desk: Client, town: Town) -> None:
    WaitingZone.objects.filter(pk=town.zone_a.pk).update(limit=2)
    content = {"procedure": town.card.pk, "persons": 1, "language": "fr"}
    for _each in range(3):
        answer = desk.post(reverse("reception-walk-in"), content | {"intent": str(uuid4())})
        assert answer.status_code == 302
    for name in ("reception", "reception-walk-in", "reception-presences"):
        text = " ".join(desk.get(reverse(name)).content.decode().split())
        assert "Zone A : 3 sur 2 <span" in text, name
        assert text.count('<span class="tag tag-bad">') == 1
        assert "Zone B : 0 </li>" in text


def test_a_walk_in_without_procedure_keeps_the_form(desk: Client, town: Town) -> None:
    answer = desk.post(reverse("reception-walk-in"), {"language": "nl", "persons": "0", "intent": str(uuid4())})
    assert answer.status_code == 200
    assert set(answer.context["form"].errors) == {"procedure", "persons"}


def test_booking_on_the_telephone(desk: Client, town: Town) -> None:
    answer = desk.get(reverse("reception-book"))
    assert [len(procedures) for _service, procedures in answer.context["services"]] == [2]
    times = reverse("reception-times", args=["population", "kids-id"])
    days = desk.get(times, {"persons": "2", "from": "2026-11-25"}).context["days"]
    _day, _spoken, starts = days[0]
    start, iso = starts[0]
    kept = desk.post(reverse("reception-hold", args=["population", "kids-id"]), {"persons": "2", "start": iso})
    assert Reservation.objects.get().kind == "hold"
    person = {"last_name": "d'Haese", "language": "nl", "needs": ["wheelchair"]}
    for _click in range(2):
        done = desk.post(kept["Location"], person)
    appointment = Appointment.objects.get()
    assert done["Location"] == reverse("reception-visit", args=[appointment.reference])
    assert (appointment.start, appointment.persons, appointment.channel) == (start, 2, Channel.CLERK)
    assert (appointment.language, appointment.needs) == ("nl", ["wheelchair"])
    assert (str(appointment.visitor), appointment.booked_by_id) == ("d'Haese", int(desk.session["_auth_user_id"]))
    page = desk.get(done["Location"])
    assert [message.level_tag for message in page.context["messages"]].count("warning") >= 1  # print the confirmation


def test_a_time_gone_meanwhile_is_explained_with_others(desk: Client, town: Town, booked: Book) -> None:
    for counter in town.counters:
        booked("09:30", f"Visitor {counter}", day=25)
    content = {"persons": "1", "start": town.at("09:30", 25).isoformat()}
    answer = desk.post(reverse("reception-hold", args=["population", "carte"]), content, follow=True)
    (message,) = answer.context["messages"]
    assert message.level_tag == "error"
    assert "09:45" in str(message) or "09:15" in str(message)
    assert "days" in answer.context


def test_choosing_again_gives_up_the_time_before_and_loses_nothing_typed(
    desk: Client, town: Town, booked: Book
) -> None:
    hold_url = reverse("reception-hold", args=["population", "carte"])
    page = desk.get(reverse("reception-times", args=["population", "carte"]))
    content = {"persons": "1", "basket": page.context["basket"], "start": town.at("09:30", 25).isoformat()}
    kept = desk.post(hold_url, content)
    again = desk.post(hold_url, content | {"start": town.at("10:00", 25).isoformat()})
    assert Reservation.objects.get().first_cell == cell_of(town.at("10:00", 25))
    person = {"last_name": "d'Haese", "language": "nl", "needs": ["sight", "hearing"]}
    other = desk.post(again["Location"], person | {"other_time": "1"})
    assert desk.get(other["Location"]).context["draft"]
    for counter in town.counters:
        booked("09:30", f"Visitor {counter}", day=25)
    lost = desk.post(kept["Location"], person, follow=True)
    assert [message.level_tag for message in lost.context["messages"]] == ["error"]
    assert lost.context["basket"] == page.context["basket"]
    third = desk.post(hold_url, content | {"start": town.at("11:00", 25).isoformat()})
    shown = desk.get(third["Location"]).context["form"]
    assert [shown[name].value() for name in person] == list(person.values())
    desk.post(third["Location"], person)
    assert Appointment.objects.get(start=town.at("11:00", 25)).needs == ["hearing", "sight"]
    assert "d'Haese" not in str(dict(desk.session.items()))
    assert not Reservation.objects.filter(kind=ReservationKind.HOLD).exists()
    back = desk.post(hold_url, content | {"start": town.at("11:15", 25).isoformat()})
    assert str(page.context["basket"]) not in back["Location"]


def test_moving_for_somebody_on_the_telephone(desk: Client, town: Town, booked: Book) -> None:
    appointment = booked("09:30", day=25)
    address = reverse("reception-move", args=[appointment.reference])
    page = desk.get(address)
    content = {"start": town.at("10:30", 25).isoformat(), "intent": page.context["intent"]}
    for _click in range(2):
        assert desk.post(address, content)["Location"] == reverse("reception-visit", args=[appointment.reference])
    appointment.refresh_from_db()
    assert (appointment.start, appointment.version) == (town.at("10:30", 25), 1)
    assert desk.post(address, {"start": town.at("03:00", 25).isoformat()}).status_code == 200
    cancel(appointment, by=CancelledBy.CITIZEN, now=MONDAY)
    assert desk.get(address)["Location"] == reverse("reception-visit", args=[appointment.reference])


def test_wrong_input_keeps_the_form(desk: Client, town: Town) -> None:
    content = {"persons": "1", "start": town.at("09:30", 25).isoformat()}
    kept = desk.post(reverse("reception-hold", args=["population", "carte"]), content)
    person = {"last_name": "", "birth_date": "31/02/1990", "email": "a@b", "phone": "112", "language": "xx"}
    answer = desk.post(kept["Location"], person)
    assert answer.status_code == 200
    assert set(answer.context["form"].errors) == {"last_name", "birth_date", "email", "phone", "language"}
    assert 'value="31/02/1990"' in answer.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "?start=x",
        "",
        "?start=2026-11-25T09:30:00",
        "?start=9999-99-99T00:00:00Z",
        "?start=9999-12-31T23:55-12:00",
        "?start=0001-01-01T00:00Z",
    ],
)
def test_nonsense_in_the_address_is_not_found(desk: Client, town: Town, query: str) -> None:
    address = reverse("reception-person", args=["population", "carte", uuid4()])
    assert desk.get(f"{address}{query}", follow=True).status_code == 404


def test_unknown_procedures_lead_back(desk: Client, town: Town) -> None:
    answer = desk.get(reverse("reception-times", args=["population", "nothing"]))
    assert answer["Location"] == reverse("reception-book")
    person = reverse("reception-person", args=["population", "nothing", uuid4()])
    for answer in (desk.get(f"{person}?start=2026-11-25T09:30Z"), desk.post(f"{person}?start=2026-11-25T09:30Z", {})):
        assert answer["Location"] == reverse("reception-book")


def test_a_ticket_to_clarify_is_seen_until_its_visitor_has_gone(desk: Client, town: Town, booked: Book) -> None:
    ticket = give_to(town, booked("09:00"))
    pages = [
        reverse("reception"),
        reverse("reception-ticket", args=[ticket.uid]),
        reverse("reception-visit", args=[ticket.appointment.reference]),  # type: ignore[union-attr]
    ]

    def tell() -> list[bool]:
        return ["P777 was printed" in desk.get(page).content.decode() for page in pages]

    assert tell() == [False, False, False]
    Ticket.objects.update(to_clarify="P777 was printed")
    assert tell() == [True, True, True]
    Stop.objects.update(state=StopState.LEFT)
    assert tell() == [False, True, True]
