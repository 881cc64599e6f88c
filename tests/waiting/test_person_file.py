"""What is kept about somebody can be handed out, and erased."""

import json
from io import StringIO
from uuid import uuid4

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction

from eguichet_rdv.ledger.models import AccessEntry
from eguichet_rdv.messaging.models import Message
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.cancel import cancel
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.enums import AppointmentState, CancelledBy
from eguichet_rdv.scheduling.models import Appointment, Visitor
from eguichet_rdv.waiting.domain.answers import ByAppointment
from eguichet_rdv.waiting.domain.call import call_stop
from eguichet_rdv.waiting.domain.check_in import check_in
from eguichet_rdv.waiting.domain.sessions import open_session
from eguichet_rdv.waiting.domain.visit import write_note
from eguichet_rdv.waiting.enums import ArrivalChannel
from eguichet_rdv.waiting.models import Stop, StopEvent
from tests.town import MONDAY, Town, make_clerk

pytestmark = pytest.mark.django_db
MARIE = Person("Dupont", "Marie", "1990-02-01", "marie@verviers.example")


def run(command: str, *words: str) -> str:
    out = StringIO()
    call_command(command, *words, "--reason", "asked in writing", stdout=out)
    return out.getvalue()


def book_for(town: Town, person: Person, clock: str, day: int = 24) -> Appointment:
    start = town.at(clock, day)
    # Another procedure each time: online somebody has one appointment for each.
    procedure = town.card if day == 24 else town.kids
    return book(town.wanted(procedure), start, person, language="fr", now=MONDAY, intent=uuid4())


def test_all_of_one_person_and_nothing_of_others_is_handed_out_then_erased(town: Town) -> None:
    first = book_for(town, MARIE, "09:00")
    second = book_for(town, Person("DUPONT", "marie", "1990-02-01"), "10:00", 25)
    other = book_for(town, Person("Dupont", "Jean", "1990-02-01"), "09:00")
    ticket = check_in(town.location, ByAppointment(first), channel=ArrivalChannel.KIOSK, now=town.at("08:55")).ticket
    assert ticket is not None
    session = open_session(town.counters[0], make_clerk(), now=town.at("08:30"))
    stop = call_stop(session, ticket.stops.get(), "Marie has a train", intent=uuid4(), now=town.at("08:56")).stop
    assert stop is not None
    write_note(stop, "Marie fetches a photo")
    given = json.loads(run("export_person", first.reference.lower()))
    assert [one["reference"] for one in given] == [first.reference, second.reference]
    assert given[0]["person"]["email"] == "marie@verviers.example"
    assert [(one["what"], one["why"]) for one in given[0]["visit"]] == [
        ("arrived", ""),
        ("called", "Marie has a train"),
    ]
    assert given[0]["notes"] == ["Marie fetches a photo"]
    assert any(one["to"] == "marie@verviers.example" for one in given[0]["messages"])
    with time_machine.travel(MONDAY), pytest.raises(CommandError, match="Still to come"):
        run("erase_person", first.reference, "--yes")
    with time_machine.travel(town.at("12:00", 30)):
        assert "Nothing has been erased" in run("erase_person", first.reference)
        assert Visitor.objects.count() == 3
        assert "2 appointments" in run("erase_person", first.reference, "--yes")
    assert [visitor.appointment for visitor in Visitor.objects.all()] == [other]
    assert not Message.objects.filter(recipient__contains="marie").exists()
    assert not StopEvent.objects.filter(reason__contains="Marie").exists()
    assert not Stop.objects.filter(note__contains="Marie").exists()
    assert Appointment.objects.count() == 3
    with pytest.raises(CommandError, match="erased"):
        run("export_person", first.reference)
    entries = AccessEntry.objects.filter(user=None, reason="asked in writing").order_by("pk")
    assert [entry.action for entry in entries] == ["export", "export", "erase", "erase"]


@time_machine.travel(MONDAY, tick=False)
def test_a_restore_brings_nobody_back_who_was_erased_since_the_backup(town: Town) -> None:
    marie = book_for(town, MARIE, "09:00")
    other = book_for(town, Person("Dupont", "Jean", "1990-02-01"), "09:00")
    backup = transaction.savepoint()
    cancel(marie, by=CancelledBy.CITIZEN, now=MONDAY)
    run("erase_person", marie.reference, "--yes")
    transaction.savepoint_rollback(backup)
    marie.refresh_from_db()
    assert (marie.state, str(marie.visitor)) == (AppointmentState.CONFIRMED, "Marie Dupont")
    for expected in ("erased again: 1", "erased again: 0"):
        said = StringIO()
        call_command("erase_again", stdout=said)
        assert expected in said.getvalue()
    marie.refresh_from_db()
    assert (marie.state, marie.visitor) == (AppointmentState.CANCELLED, None)
    assert not Message.objects.filter(recipient__contains="marie").exists()
    assert [visitor.appointment for visitor in Visitor.objects.all()] == [other]
