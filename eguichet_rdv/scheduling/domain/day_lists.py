"""Read the days of many counters at once, a row for each counter instead of one for each of its days."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import connection

from eguichet_rdv.scheduling.domain.masks import MASK_BYTES
from eguichet_rdv.scheduling.models import AgendaDay

STRIDE = 2 * MASK_BYTES
"""Bytes from one day to the next when days lie side by side: a gap no visit is long enough to bridge."""
_GAP = "00" * MASK_BYTES
_NEVER_OPEN = ("", "[]")
# The inner query sorts so that counters open alike have equal texts; all lists of a row are in the same order anyway.
_READ = {
    "postgresql": """
SELECT counter_id, STRING_AGG(TO_CHAR(date, 'YYYY-MM-DD'), ' '), STRING_AGG(lanes, ' '),
    STRING_AGG(ENCODE(open, 'hex'), ' '), STRING_AGG(ENCODE(taken, 'hex'), ' ')
FROM ({}) AS days GROUP BY counter_id
""",
    "sqlite": """
SELECT counter_id, GROUP_CONCAT(date, ' '), GROUP_CONCAT(lanes, ' '),
    GROUP_CONCAT(HEX(open), ' '), GROUP_CONCAT(HEX(taken), ' ')
FROM ({}) AS days GROUP BY counter_id
""",
}


@dataclass(frozen=True, slots=True)
class Hours:
    """On which days a counter is open, and how; the same for all counters that are open alike.

    Each is a text with an item for each day and blanks between: dates, lanes (JSON without blanks), open masks in hex.
    """

    dates: str
    lanes: str
    opened: str

    @property
    def days(self) -> list[date]:
        """The days in the order of the texts."""
        return [date.fromisoformat(text) for text in self.dates.split(" ")]


def read_days(counters: Collection[int], first: date, last: date) -> list[tuple[int, Hours, int]]:
    """Of each counter open from ``first`` to ``last``: its id, when it is open, and what is taken, day beside day."""
    rows = AgendaDay.objects.filter(counter__in=counters, date__range=(first, last)).exclude(lanes__in=_NEVER_OPEN)
    columns = rows.order_by("counter_id", "date").values("counter_id", "date", "lanes", "open", "taken")
    sql, params = columns.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_READ[connection.vendor].format(sql), params)
        found = cursor.fetchall()
    return [
        (counter, Hours(dates, lanes, opened), int.from_bytes(bytes.fromhex(taken.replace(" ", _GAP)), "little"))
        for counter, dates, lanes, opened, taken in found
    ]
