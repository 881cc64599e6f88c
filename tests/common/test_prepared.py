"""A prepared query gives what the queryset gives."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, Model, QuerySet
from django.forms.models import model_to_dict

from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.common.prepared import Prepared, insert_row, update_row
from eguichet_rdv.scheduling.models import AgendaDay, Reservation
from eguichet_rdv.townhall.models import Location
from eguichet_rdv.waiting.models import CallNumber, Ticket
from tests.town import MONDAY, Town, make_town

pytestmark = [pytest.mark.django_db, pytest.mark.db]


@pytest.fixture
def town(db: None) -> Town:
    return make_town()


def facts(row: Model) -> dict[str, Any]:
    """All that was read, of related rows too."""
    found = {name: value for name, value in vars(row).items() if name not in {"_state", "_prefetched_objects_cache"}}
    related = {name: facts(value) for name, value in row._state.fields_cache.items() if isinstance(value, Model)}
    prefetched = getattr(row, "_prefetched_objects_cache", {})
    return {**found, **related, **{name: [facts(one) for one in rows] for name, rows in prefetched.items()}}


def same(plain: QuerySet[Any], prepared: list[Any]) -> Iterator[Model]:
    """The rows of both, one after the other, after comparing them."""
    assert [facts(row) for row in prepared] == [facts(row) for row in plain]
    assert [row._state.adding for row in prepared] == [False] * len(prepared)
    yield from prepared


def by_code(service: str, code: str) -> QuerySet[Procedure]:
    rows = Procedure.objects.filter(service__code=service, code=code).select_related("service", "follows")
    return rows.prefetch_related("counters__zone")


def test_related_rows_json_and_prefetches_are_read(town: Town) -> None:
    prepared = Prepared(by_code, str, str)
    assert len(list(same(by_code("population", "carte"), prepared("population", "carte")))) == 1
    Procedure.objects.filter(code="carte").update(minutes_override=40)
    assert [row.minutes for row in prepared("population", "carte")] == [40]
    assert list(same(by_code("population", "kids-id"), prepared("population", "kids-id")))
    assert prepared("population", "x' OR 'a' = 'a") == []


def test_annotations_and_moments_are_read(town: Town) -> None:
    def days(location: int, first: date, before: datetime) -> QuerySet[Location]:
        rows = Location.objects.filter(pk=location, counters__agenda_days__date=first)
        rows = rows.exclude(kiosks__seen_at__gt=before)
        return rows.annotate(counter=F("counters"), day=F("counters__agenda_days__date")).order_by("counter")

    prepared = Prepared(days, int, date, datetime)
    values = (town.location.pk, date(2026, 11, 24), MONDAY)
    assert len({row.counter for row in same(days(*values), prepared(*values))}) == 2  # type: ignore[attr-defined]


def test_masks_are_read(town: Town) -> None:
    prepared = Prepared(lambda day: AgendaDay.objects.filter(date=day).order_by("pk"), date)
    day = date(2026, 11, 24)
    assert [bytes(row.open) for row in prepared(day)] == [bytes(row.open) for row in AgendaDay.objects.filter(date=day)]


@pytest.mark.django_db(transaction=True)
def test_a_lock_needs_a_transaction(town: Town) -> None:
    prepared = Prepared(lambda holder: Reservation.objects.filter(holder=holder).select_for_update(), str)
    with transaction.atomic():
        assert prepared("nobody") == []
    with pytest.raises(transaction.TransactionManagementError):
        prepared("nobody")


def test_a_value_that_goes_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="not among"):
        Prepared(lambda code: Procedure.objects.exclude(code=str(len(code))), str)("carte")


def test_an_inserted_row_is_the_one_save_writes(town: Town) -> None:
    def make(ordinal: int) -> Ticket:
        place, day = town.location, MONDAY.date()
        number = CallNumber.objects.create(location=place, date=day, letter="A", ordinal=ordinal)
        facts = {"follow_digest": str(ordinal), "language": "fr", "needs": ["wheelchair"], "channel": "kiosk"}
        return Ticket(location=place, date=day, number=number, zone=town.zone_a, arrived_at=MONDAY, **facts)

    saved, inserted = make(1), make(2)
    saved.save()
    insert_row(inserted)
    assert inserted.pk != saved.pk
    assert not inserted._state.adding
    own = {"id", "uid", "number", "follow_digest"}
    written = [model_to_dict(Ticket.objects.get(pk=one.pk)) for one in (saved, inserted)]
    assert [{name: one[name] for name in one.keys() - own} for one in written] == [
        {name: written[0][name] for name in written[0].keys() - own}
    ] * 2
    assert Ticket.objects.get(number=inserted.number).uid == inserted.uid
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_row(Ticket(**{field.attname: getattr(inserted, field.attname) for field in Ticket._meta.fields[1:]}))


def test_an_update_writes_the_row_it_means_and_no_other(town: Town) -> None:
    rows = list(Procedure.objects.order_by("pk")[:2])
    before = model_to_dict(rows[1])
    for minutes in (40, 45):  # made, then kept
        code = rows[0].code
        assert update_row(Procedure, {"id": rows[0].pk, "code": code}, minutes_override=minutes, follows_id=None)
        assert Procedure.objects.get(pk=rows[0].pk).minutes_override == minutes
    assert not update_row(Procedure, {"id": rows[0].pk, "code": "another"}, minutes_override=50, follows_id=None)
    assert Procedure.objects.get(pk=rows[0].pk).minutes_override == 45
    assert model_to_dict(Procedure.objects.get(pk=rows[1].pk)) == before
