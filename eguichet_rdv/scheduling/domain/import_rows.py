"""Take over appointments made in another system: all of a file or nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from eguichet_rdv.common.birth_dates import parse_birth_date
from eguichet_rdv.common.people import clean_email, clean_name, clean_phone
from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.ledger.domain.intents import is_known
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.domain.wanted import Wanted, read_wanted
from eguichet_rdv.scheduling.enums import Channel
from eguichet_rdv.scheduling.messages import queue_mail, reminder_due
from eguichet_rdv.scheduling.models import Appointment, Visitor
from eguichet_rdv.scheduling.papers.wordings import Told
from eguichet_rdv.townhall.models import Location

COLUMNS = (
    *("id", "service", "procedure", "start", "persons", "last_name", "first_name", "birth_date"),
    *("email", "phone", "language"),
)
NEEDED = ("id", "service", "procedure", "start", "last_name")
NAMESPACE = UUID("6d1f0a8e-7a51-4f43-9f0e-5b7c8ad3c1b2")
Row = Mapping[str, str]


class BadRow(Refusal):
    """A value cannot be read."""

    code = "bad_row"

    def __init__(self, problem: str) -> None:
        super().__init__()
        self.problem = problem

    def __str__(self) -> str:
        return self.problem


@dataclass
class Outcome:
    """What came of a file: how many rows are appointments now, how many were so already, and what is wrong by row."""

    booked: int = 0
    known: int = 0
    problems: dict[int, str] = field(default_factory=dict)


@dataclass
class Importer:
    """Imports rows into ``location``. ``source`` names the other system: the same id of it is never booked twice."""

    location: Location
    source: str
    now: datetime
    tell: bool = False
    wishes: dict[tuple[str, str, int], Wanted] = field(default_factory=dict)

    def run(self, rows: Iterable[tuple[int, Row]], *, keep: bool) -> Outcome:
        """Book all ``rows`` (their number in the file, their values) in one transaction.

        With a single problem nothing is kept, nor when ``keep`` is false; every row is looked at all the same.
        """
        outcome = Outcome()
        seen: dict[str, int] = {}
        with transaction.atomic():
            for number, row in rows:
                try:
                    known = seen.setdefault(row.get("id", "").strip(), number)
                    if known != number:
                        raise BadRow(_("The same id is in row %(row)s already.") % {"row": known})
                    self._import(row, outcome)
                except Refusal as refusal:
                    outcome.problems[number] = str(refusal)
            if outcome.problems or not keep:
                transaction.set_rollback(True)
        return outcome

    def _import(self, row: Row, outcome: Outcome) -> None:
        missing = [name for name in NEEDED if not row.get(name, "").strip()]
        if missing:
            raise BadRow(_("Missing: %(columns)s.") % {"columns": ", ".join(missing)})
        intent = uuid5(NAMESPACE, f"{self.source}\n{row['id'].strip()}")
        start, person = self._read_start(row["start"]), self._read_person(row)
        language = row.get("language", "").strip() or settings.LANGUAGE_CODE
        if language not in dict(settings.LANGUAGES):
            raise BadRow(_("Unknown language: %(language)s.") % {"language": language})
        wish = self._read_wish(row)
        before = Appointment.objects.filter(owner=self._owner(row)).exists()
        if before and not is_known(intent):  # the appointment outlives the memory of how it was asked for
            outcome.known += 1
            return
        # Without their addresses at first: nobody gets a confirmation of what they have known for weeks.
        silent = person if self.tell else Person(person.last_name, person.first_name, person.birth_date)
        appointment = book(
            wish,
            start,
            silent,
            language=language,
            now=self.now,
            intent=intent,
            owner=self._owner(row),
        )
        if before:
            outcome.known += 1
            return
        outcome.booked += 1
        if not self.tell and appointment.visitor_id:
            Visitor.objects.filter(pk=appointment.visitor_id).update(email=person.email, phone=person.phone)
            reminder = reminder_due(appointment)
            if person.email and reminder > self.now:
                queue_mail(appointment, Told.REMINDER, person.email, reminder)

    def _owner(self, row: Row) -> str:
        return f"{self.source}:{row['id'].strip()}"[:120]

    def _read_wish(self, row: Row) -> Wanted:
        text = row.get("persons", "").strip() or "1"
        if not text.isdecimal() or len(text) > 2:  # noqa: PLR2004 - digits
            raise BadRow(_("Not a number of persons: %(text)s.") % {"text": text})
        key = (row["service"].strip(), row["procedure"].strip(), int(text))
        if key not in self.wishes:
            self.wishes[key] = read_wanted([key], Channel.CLERK, location=self.location.slug)
        return self.wishes[key]

    def _read_start(self, text: str) -> datetime:
        try:
            start = datetime.fromisoformat(text.strip())
        except ValueError as error:
            raise BadRow(_("Not an hour as 2026-12-01T08:30: %(text)s.") % {"text": text[:40]}) from error
        return start if start.tzinfo else start.replace(tzinfo=self.location.tz)

    def _read_person(self, row: Row) -> Person:
        born, email, phone = (row.get(name, "").strip() for name in ("birth_date", "email", "phone"))
        first = row.get("first_name", "").strip()
        return Person(
            clean_name(row["last_name"]),
            clean_name(first) if first else "",
            parse_birth_date(born, today=self.location.local(self.now).date()) if born else "",
            clean_email(email) if email else "",
            clean_phone(phone) if phone else "",
        )
