"""« Tell me when a time is free »: one message to those who asked, in the order in which they asked."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.common.tokens import keyed_hash
from eguichet_rdv.ledger.domain.budgets import spend
from eguichet_rdv.ledger.domain.once import insert_once
from eguichet_rdv.messaging.domain.outbox import queue_message
from eguichet_rdv.messaging.enums import MessageChannel
from eguichet_rdv.messaging.jobs import nudge
from eguichet_rdv.scheduling.domain.availability import bounds, find_starts
from eguichet_rdv.scheduling.domain.links import fold
from eguichet_rdv.scheduling.domain.refusals import NotBookable, TooManyPersons
from eguichet_rdv.scheduling.domain.wanted import Wanted, read_wanted
from eguichet_rdv.scheduling.models import Watch

KIND = "watch.free"
WATCHED = timedelta(days=30)
"""How long we look; afterwards the address is erased."""
HEAD_START = timedelta(minutes=30)
"""How long the first have a free time for themselves before the next in line are told of it."""
WORTH_SENDING = timedelta(days=1)
KEEP_TOLD = timedelta(days=2)
"""Longer than a message may wait in the outbox: it is written from the row."""
PER_BLOCK = 30
"""Questions from one block of network addresses in ``BLOCK_WINDOW``."""
BLOCK_WINDOW = timedelta(minutes=10)
PER_RECIPIENT = 5
"""Questions for one mailbox in ``DAY``; beyond, nothing is kept and nothing is said."""
DAY = timedelta(days=1)

Line = tuple[int, str]
"""A place and a wish: those who wait for the same stand in one line."""


class TooManyWatches(Refusal):
    """Far more was asked from one block of addresses than people sit behind it."""

    code = "too_many_watches"
    sentence = _("This was asked for very often from here. Please try again in ten minutes, or telephone us.")


def ask_to_be_told(
    email: str, wanted: Wanted, *, language: str, before: datetime | None, block: str, now: datetime
) -> datetime:
    """Keep ``email`` until a time (earlier than ``before``) is free for ``wanted``; until when we look.

    Asked again, the place in the line stays and the rest is as asked last. The answer is the same for everybody.
    ``block`` is where the question comes from. Raises ``TooManyWatches``.
    """
    if not spend("watch from", block, limit=PER_BLOCK, window=BLOCK_WINDOW, now=now):
        raise TooManyWatches
    until = min(now + WATCHED, before or now + WATCHED)
    address = fold(email)
    if not spend("watch for", address, limit=PER_RECIPIENT, window=DAY, now=now):
        return until
    wish = [[item.procedure.service.code, item.procedure.code, item.persons] for item in wanted.items]
    digest = keyed_hash("watch", json.dumps([address, wanted.location.pk, sorted(wish)]))
    facts = {"language": language, "until": until, "before": before}
    row = Watch(location=wanted.location, wish=wish, digest=digest, email=email, asked_at=now, **facts)
    if not insert_once(row):
        Watch.objects.filter(digest=digest, told_at__isnull=True).update(**facts)
    return until


def tell_watchers(now: datetime) -> int:
    """Queue a message to the first in each line, as many as there are free times; how many."""
    told = sum(tell(watch, now) for watch in find_due(now))
    if told:
        nudge()
    return told


def find_due(now: datetime) -> list[Watch]:
    """Who is to be told now, those who asked first before the others."""
    lines: dict[Line, list[Watch]] = defaultdict(list)
    for watch in Watch.objects.filter(told_at__isnull=True, until__gt=now).select_related("location"):
        lines[_line_of(watch)].append(watch)
    if not lines:
        return []
    ahead: dict[Line, int] = defaultdict(int)
    for watch in Watch.objects.filter(told_at__gt=now - HEAD_START):
        ahead[_line_of(watch)] += 1
    return [watch for line, waiting in lines.items() for watch in _choose(waiting, ahead[line], now)]


@transaction.atomic
def tell(watch: Watch, now: datetime) -> bool:
    """Queue the message and forget the address, both or neither; False when it has been done meanwhile."""
    waiting = Watch.objects.filter(pk=watch.pk, told_at__isnull=True)
    if not waiting.update(told_at=now, email="", digest=""):
        return False
    queue_message(
        f"watch:{watch.uid}",
        KIND,
        "",  # about nobody in particular: the address is erased as soon as the message is sent
        watch.email,
        channel=MessageChannel.EMAIL,
        due_at=now,
        not_after=now + WORTH_SENDING,
    )
    return True


def forget_watches(now: datetime) -> int:
    """Delete those whose time is over, and with them the address; how many."""
    over = Watch.objects.filter(told_at__isnull=True, until__lte=now).delete()[0]
    return over + Watch.objects.filter(told_at__lt=now - KEEP_TOLD).delete()[0]


def forget_watches_of(emails: Iterable[str]) -> int:
    """Delete what was asked for with one of these addresses; how many."""
    wanted = {fold(email) for email in emails if email}
    rows = Watch.objects.exclude(email="").values_list("pk", "email")
    return Watch.objects.filter(pk__in=[pk for pk, email in rows if fold(email) in wanted]).delete()[0]


def read_wish(watch: Watch) -> Wanted:
    """The wish as it can be booked now. Raises ``NotBookable``, ``TooManyPersons`` when it no longer can."""
    wishes = [(service, procedure, persons) for service, procedure, persons in watch.wish]
    return read_wanted(wishes, location=watch.location.slug)


def _choose(waiting: list[Watch], ahead: int, now: datetime) -> Iterator[Watch]:
    """The first of a line for whom there is a time; ``ahead`` were told a moment ago and may still be choosing."""
    try:
        wanted = read_wish(waiting[0])
    except (NotBookable, TooManyPersons):
        return
    today = wanted.location.local(now).date()
    found = find_starts(wanted, today, bounds(wanted, now)[1], now=now)
    left = sorted(start for starts in found.values() for start in starts)[ahead:]
    for watch in waiting:
        start = next((start for start in left if watch.before is None or start < watch.before), None)
        if start is not None:
            left.remove(start)
            yield watch


def _line_of(watch: Watch) -> Line:
    return watch.location_id, json.dumps(watch.wish)
