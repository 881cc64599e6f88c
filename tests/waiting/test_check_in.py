"""One arrival, whatever happens; each refusal its own sentence and never a name."""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

import pytest

from eguichet_rdv.ledger.domain.intents import IntentMismatch
from eguichet_rdv.scheduling.domain.cancel import cancel
from eguichet_rdv.scheduling.domain.move import move
from eguichet_rdv.scheduling.domain.tokens import check_in_token, manage_token
from eguichet_rdv.scheduling.enums import CancelledBy
from eguichet_rdv.scheduling.models import Appointment
from eguichet_rdv.townhall.models import Counter, Location
from eguichet_rdv.waiting.domain.answers import ByAppointment, ByBirthDate, ByCode, ByReference, CheckIn
from eguichet_rdv.waiting.domain.call import call_next
from eguichet_rdv.waiting.domain.check_in import check_in
from eguichet_rdv.waiting.domain.numbers import build_roster
from eguichet_rdv.waiting.domain.refusals import AlreadyArrived, JustCalled
from eguichet_rdv.waiting.domain.serve import finish, mark_no_show, recall, transfer
from eguichet_rdv.waiting.domain.sessions import open_session
from eguichet_rdv.waiting.domain.walk_in import give_ticket
from eguichet_rdv.waiting.enums import ArrivalChannel, StopState
from eguichet_rdv.waiting.models import Stop, Ticket
from tests.town import MONDAY, Town, make_clerk

pytestmark = [pytest.mark.django_db, pytest.mark.db]
Book = Callable[..., Appointment]
At = Callable[..., datetime]
KIOSK = ArrivalChannel.KIOSK


def scan(town: Town, appointment: Appointment, now: datetime, **facts: object) -> CheckIn:
    return check_in(town.location, ByCode(check_in_token(appointment)), channel=KIOSK, now=now, **facts)  # type: ignore[arg-type]


def test_a_scan_gives_a_ticket_and_a_second_one_the_same(town: Town, booked: Book, at: At) -> None:
    made = booked("09:00")
    first = scan(town, made, at("08:50"))
    assert (first.outcome, str(first.ticket.number), first.ticket.zone.code) == ("ticket", "P001", "A")  # type: ignore[union-attr]
    assert "P001" in first.sentence
    second = scan(town, made, at("08:51"))
    assert (second.outcome, second.ticket) == ("same_ticket", first.ticket)
    assert Ticket.objects.count() == Stop.objects.count() == 1


def test_the_due_time_follows_the_rule_for_late_people(town: Town, booked: Book, at: At) -> None:
    early, tolerated, late = booked("09:00"), booked("09:15"), booked("09:30")
    for appointment, clock in ((early, "08:40"), (tolerated, "09:25"), (late, "09:45")):
        scan(town, appointment, at(clock))
    due = {stop.booked_at: stop.due_at for stop in Stop.objects.all()}
    assert [due[appointment.start] for appointment in (early, tolerated, late)] == [
        at("09:00"),
        at("09:15"),
        at("09:55"),
    ]


def test_the_birth_date_alone_is_enough_when_it_is_the_only_one(town: Town, booked: Book, at: At) -> None:
    made = booked("09:00", "1961-07-00")
    answer = check_in(town.location, ByBirthDate("1961-07-00"), channel=KIOSK, now=at("08:50"))
    assert (answer.outcome, answer.ticket.appointment) == ("ticket", made)  # type: ignore[union-attr]


def test_a_shared_birth_date_asks_the_hour_once(town: Town, booked: Book, at: At) -> None:
    booked("09:00")
    second = booked("10:00")
    asked = check_in(town.location, ByBirthDate("1990-02-01"), channel=KIOSK, now=at("08:50"))
    assert (asked.outcome, asked.hours) == ("which_hour", ["09:00", "10:00"])
    answer = check_in(town.location, ByBirthDate("1990-02-01", "10:00"), channel=KIOSK, now=at("08:50"))
    assert answer.ticket.appointment == second  # type: ignore[union-attr]


def test_nobody_and_ambiguous_twice_look_alike(town: Town, booked: Book, at: At) -> None:
    booked("09:00")
    booked("09:00")
    nobody = check_in(town.location, ByBirthDate("1900-01-01"), channel=KIOSK, now=at("08:50"))
    twice = check_in(town.location, ByBirthDate("1990-02-01", "09:00"), channel=KIOSK, now=at("08:50"))
    assert (nobody.outcome, nobody.sentence) == (twice.outcome, twice.sentence) == ("go_to_desk", nobody.sentence)


def test_a_birth_date_tells_neither_the_hour_nor_that_somebody_was_served(town: Town, booked: Book, at: At) -> None:
    town.location.check_in_minutes = 30
    town.location.save()
    booked("09:00")
    Appointment.objects.update(language="nl")

    def ask(clock: str, born: str = "1990-02-01", **facts: object) -> CheckIn:
        return check_in(town.location, ByBirthDate(born), channel=KIOSK, now=at(clock), **facts)  # type: ignore[arg-type]

    nobody = ask("08:20", "1900-01-01")
    early = ask("08:20")
    assert (early.outcome, early.sentence, early.language) == ("go_to_desk", nobody.sentence, nobody.language)
    ticket = ask("08:50").ticket
    session = open_session(town.counters[0], make_clerk(), now=at("08:30"))
    stop = call_next(session, intent=uuid4(), now=at("09:00")).stop
    assert stop is not None
    assert (ask("09:01").outcome, ask("09:01").ticket) == ("already_called", ticket)
    sent_on = transfer(session, stop, service=town.service, intent=uuid4(), now=at("09:05"))
    Stop.objects.filter(pk=sent_on.pk).delete()
    served = ask("09:10")
    assert (served.outcome, served.sentence) == ("go_to_desk", nobody.sentence)
    assert ask("09:00", reported_later=True).outcome == "already_served"


def test_the_reference_is_the_third_key(town: Town, booked: Book, at: At) -> None:
    made = booked("09:00")
    typed = f" {made.reference[:3].lower()} {made.reference[3:]}"
    assert check_in(town.location, ByReference(typed), channel=KIOSK, now=at("08:50")).outcome == "ticket"


def test_every_other_outcome_has_its_sentence(town: Town, booked: Book, at: At) -> None:
    made = booked("09:00")
    assert scan(town, made, at("09:00", day=25)).outcome == "other_day"
    elsewhere = Location.objects.create(
        slug="antenne", name="Antenne", municipality="V", street="x", postcode="1", city="V"
    )
    answer = check_in(elsewhere, ByCode(check_in_token(made)), channel=KIOSK, now=at("08:50"))
    assert answer.outcome == "other_place"
    assert "Name" not in answer.sentence
    for wrong in (manage_token(made), "https://shop.example/", "", "c" * 5000):
        assert check_in(town.location, ByCode(wrong), channel=KIOSK, now=at("08:50")).outcome == "unknown"
    town.location.check_in_minutes = 30
    town.location.save()
    made.location.refresh_from_db()
    assert scan(town, made, at("08:29")).outcome == "too_early"
    assert scan(town, made, at("08:31")).outcome == "ticket"
    cancelled = booked("10:00", "1950-01-01")
    cancel(cancelled, by=CancelledBy.CITIZEN, now=MONDAY)
    assert scan(town, cancelled, at("10:00")).outcome == "cancelled"


def test_an_old_code_gives_the_new_hour(town: Town, booked: Book, at: At) -> None:
    made = booked("09:00")
    code = check_in_token(made)
    move(made, at("10:00", day=25), now=MONDAY, intent=uuid4())
    answer = check_in(town.location, ByCode(code), channel=KIOSK, now=at("08:50"))
    assert answer.outcome == "other_day"
    assert "25" in answer.sentence


def test_a_party_is_asked_whether_all_are_here(town: Town, booked: Book, at: At) -> None:
    made = booked("09:00", persons=4)
    asked = scan(town, made, at("08:50"))
    assert (asked.outcome, asked.persons, Ticket.objects.count()) == ("party", 4, 0)
    first = scan(town, made, at("08:51"), party_complete=False)
    assert Stop.objects.get().state == StopState.PARKED
    assert scan(town, made, at("08:52")).outcome == "party"
    waits = scan(town, made, at("08:52"), party_complete=False)
    assert (waits.outcome, waits.sentence, waits.ticket) == ("same_ticket", first.sentence, first.ticket)
    complete = scan(town, made, at("08:55"), party_complete=True)
    assert (complete.ticket, complete.sentence != first.sentence) == (first.ticket, True)
    assert Stop.objects.get().state == StopState.WAITING


def test_a_repeated_request_gets_its_first_answer(town: Town, booked: Book, at: At) -> None:
    made = booked("09:00")
    scan(town, made, at("08:50"))
    same, called = uuid4(), uuid4()
    before = scan(town, made, at("08:51"), intent=same)
    session = open_session(town.counters[0], make_clerk(), now=at("08:30"))
    stop = call_next(session, intent=uuid4(), now=at("09:00")).stop
    assert stop is not None
    there = scan(town, made, at("09:01"), intent=called)
    for intent, answer in ((same, before), (called, there)):
        again = scan(town, made, at("09:02"), intent=intent)
        assert (again.outcome, again.sentence, again.ticket) == (answer.outcome, answer.sentence, answer.ticket)
    assert (before.outcome, there.outcome) == ("same_ticket", "already_called")
    finish(session, stop, intent=uuid4(), now=at("09:10"))
    for intent in (same, called):
        assert scan(town, made, at("09:11"), intent=intent).outcome == "already_served"
        assert scan(town, made, at("09:01"), intent=intent, reported_later=True).ticket == before.ticket


def test_a_request_repeated_after_an_absence_is_answered_by_how_things_stand(town: Town, booked: Book, at: At) -> None:
    made = booked("09:00")
    intent = uuid4()
    first = scan(town, made, at("08:50"), intent=intent)
    session = open_session(town.counters[0], make_clerk(), now=at("08:30"))
    stop = call_next(session, intent=uuid4(), now=at("09:00")).stop
    assert stop is not None
    recall(session, stop, intent=uuid4(), now=at("09:02"))
    mark_no_show(session, stop, intent=uuid4(), now=at("09:05"))
    told = scan(town, made, at("08:50"), intent=intent, reported_later=True)
    assert (told.outcome, Stop.objects.get().state) == ("ticket", StopState.NO_SHOW)
    for _twice in range(2):
        back = scan(town, made, at("09:20"), intent=intent)
        assert (back.outcome, back.ticket) == ("ticket", first.ticket)
    again = Stop.objects.get()
    assert (again.state, again.back_at) == (StopState.WAITING, at("09:20"))
    Stop.objects.update(state=StopState.LEFT)
    assert scan(town, made, at("09:00", day=25), intent=intent).outcome == "other_day"


def test_the_same_intent_gives_the_same_ticket_and_other_content_is_refused(town: Town, booked: Book, at: At) -> None:
    made, other = booked("09:00"), booked("10:00", "1950-01-01")
    intent = uuid4()
    answers = [scan(town, made, at("08:50"), intent=intent) for _ in range(3)]
    assert {(answer.outcome, answer.ticket) for answer in answers} == {("ticket", answers[0].ticket)}
    with pytest.raises(IntentMismatch):
        scan(town, other, at("08:50"), intent=intent)


def test_the_roster_gives_numbers_in_the_order_of_hours(town: Town, booked: Book, at: At) -> None:
    late, early = booked("11:00"), booked("09:00", "1950-01-01")
    build_roster(town.location, at("09:00").date())
    assert (str(early.call_number), str(late.call_number)) == ("P001", "P002")
    assert str(scan(town, late, at("10:50")).ticket.number) == "P002"  # type: ignore[union-attr]


def test_after_being_absent_the_same_ticket_comes_back_behind_those_due(town: Town, booked: Book, at: At) -> None:
    first, second = booked("09:00"), booked("09:15", "1950-01-01")
    ticket = scan(town, first, at("08:50")).ticket
    session = open_session(town.counters[0], make_clerk(), now=at("08:30"))
    stop = call_next(session, intent=uuid4(), now=at("09:00")).stop
    assert stop is not None
    recall(session, stop, intent=uuid4(), now=at("09:02"))
    mark_no_show(session, stop, intent=uuid4(), now=at("09:05"))
    scan(town, second, at("09:10"))
    back = scan(town, first, at("09:20"))
    assert (back.outcome, back.ticket) == ("ticket", ticket)
    assert call_next(session, intent=uuid4(), now=at("09:20")).stop.ticket.appointment == second  # type: ignore[union-attr]


def test_called_and_served_people_hear_so(town: Town, booked: Book, at: At) -> None:
    made = booked("09:00")
    scan(town, made, at("08:50"))
    session = open_session(town.counters[0], make_clerk(), now=at("08:30"))
    stop = call_next(session, intent=uuid4(), now=at("09:00")).stop
    assert stop is not None
    called = scan(town, made, at("09:01"))
    assert called.outcome == "already_called"
    assert " 1" in called.sentence
    with pytest.raises(JustCalled):
        cancel(made, by=CancelledBy.CITIZEN, now=at("09:01"))
    finish(session, stop, intent=uuid4(), now=at("09:10"))
    assert scan(town, made, at("09:11")).outcome == "already_served"
    made.refresh_from_db()
    assert made.state == "honoured"


def test_cancelling_while_waiting_leaves_the_line_and_moving_is_refused(town: Town, booked: Book, at: At) -> None:
    made = booked("09:00")
    scan(town, made, at("08:50"))
    with pytest.raises(AlreadyArrived):
        move(made, at("10:00"), now=at("08:51"), intent=uuid4())
    cancel(made, by=CancelledBy.CITIZEN, now=at("08:52"))
    assert Stop.objects.get().state == StopState.LEFT


def test_staff_check_in_from_the_list(town: Town, booked: Book, at: At) -> None:
    made = booked("09:00", persons=4)
    clerk = make_clerk()
    answer = check_in(town.location, ByAppointment(made), channel=ArrivalChannel.RECEPTION, now=at("08:50"), user=clerk)
    assert (answer.outcome, answer.ticket.channel) == ("ticket", "reception")  # type: ignore[union-attr]


def test_walk_ins_get_tickets_until_the_time_is_used_up(town: Town, at: At) -> None:
    outcomes = [
        give_ticket(town.location, town.card, language="fr", channel=KIOSK, now=at("11:00")).outcome for _ in range(9)
    ]
    assert outcomes == ["ticket"] * 8 + ["cut_off"]
    assert max(str(ticket.number) for ticket in Ticket.objects.all()) == "P008"


def test_walk_ins_outside_the_hours_hear_when_and_where(town: Town, at: At) -> None:
    answer = give_ticket(town.location, town.card, language="fr", channel=KIOSK, now=at("13:00"))
    assert answer.outcome == "closed"
    assert town.location.phone in answer.sentence
    by_staff = give_ticket(
        town.location, town.card, language="fr", channel=ArrivalChannel.RECEPTION, now=at("13:00"), user=make_clerk()
    )
    assert by_staff.outcome == "ticket"


def test_somebody_absent_frees_minutes_for_walk_ins_but_not_their_claims(town: Town, booked: Book, at: At) -> None:
    for clock in ("11:00", "11:15", "11:30", "11:45"):
        booked(clock, f"19{clock[3:]}-01-01")
        booked(clock, f"18{clock[3:]}-01-01".replace("18", "17"))
    full = give_ticket(town.location, town.card, language="fr", channel=KIOSK, now=at("11:01"))
    assert full.outcome == "cut_off"
    later = give_ticket(town.location, town.card, language="fr", channel=KIOSK, now=at("11:26"))
    assert later.outcome == "cut_off"
    Ticket.objects.all().delete()
    shorter = town.card
    shorter.minutes_override = 5
    shorter.save()
    assert give_ticket(town.location, shorter, language="fr", channel=KIOSK, now=at("11:26")).outcome == "ticket"


def test_who_waits_beyond_their_hour_takes_the_minutes_of_walk_ins_and_who_was_served_early_gives_theirs(
    town: Town, booked: Book, at: At
) -> None:
    Counter.objects.exclude(pk=town.counters[0].pk).update(active=False)
    session = open_session(town.counters[0], make_clerk(), now=at("08:30"))
    for clock in ("11:00", "11:15"):
        scan(town, booked(clock), at("10:55"))
    walk_in = {"language": "fr", "channel": KIOSK}
    assert give_ticket(town.location, town.card, **walk_in, now=at("11:30")).outcome == "cut_off"  # type: ignore[arg-type]
    for clock in ("11:31", "11:36"):
        stop = call_next(session, intent=uuid4(), now=at(clock)).stop
        assert stop is not None
        finish(session, stop, intent=uuid4(), now=at(clock))
    scan(town, booked("11:45"), at("11:36"))
    assert give_ticket(town.location, town.card, **walk_in, now=at("11:39")).outcome == "cut_off"  # type: ignore[arg-type]
    stop = call_next(session, intent=uuid4(), now=at("11:39")).stop
    assert stop is not None
    finish(session, stop, intent=uuid4(), now=at("11:44"))
    assert give_ticket(town.location, town.card, **walk_in, now=at("11:44")).outcome == "ticket"  # type: ignore[arg-type]
