"""The same command sent twice has its effect once: the client names it, the database remembers the name."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from eguichet_rdv.common.prepared import update_row
from eguichet_rdv.common.refusals import Refusal
from eguichet_rdv.common.tokens import keyed_hash
from eguichet_rdv.ledger.domain.once import insert_once
from eguichet_rdv.ledger.models import Intent


class IntentMismatch(Refusal):
    """The id was used before, for something else."""

    code = "intent_mismatch"
    sentence = _("This request number was already used for something else.")


def open_intent(id: UUID, command: str, content: Mapping[str, object]) -> Intent:  # noqa: A002
    """The row of this command, locked until the end of the transaction the caller has begun.

    When ``result`` is not empty the command was carried out before: answer with what it refers to. The same id with
    another command or other content raises IntentMismatch. A command that is refused leaves no row, so that it may be
    tried again under the same id.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("open_intent needs a transaction to hold its lock")
    digest = digest_content(content)
    # Of two at the same instant the second waits here until the first has committed or rolled back.
    intent = Intent(id=id, command=command, digest=digest)
    if insert_once(intent):
        return intent
    intent = Intent.objects.select_for_update(no_key=True).get(id=id)
    if (intent.command, intent.digest) != (command, digest):
        raise IntentMismatch
    return intent


def is_known(id: UUID) -> bool:  # noqa: A002
    """Whether the id is remembered; it then is until the end of the transaction the caller has begun."""
    return bool(Intent.objects.filter(id=id).select_for_update(no_key=True))


def finish_intent(intent: Intent, result: str) -> None:
    """Remember what the command made: a reference of at most 120 characters, never a copy."""
    if not result:
        raise ValueError("An intent ends with a reference to its result")
    intent.result = result
    update_row(Intent, {"id": intent.pk}, result=result)


def finished_intent(id: UUID, command: str, content: Mapping[str, object], result: str) -> Intent:  # noqa: A002
    """The row of a command that is carried out in this very transaction, to be written with others.

    An id that was used before must fail there: by the rule of the database, so that nothing of it happens twice.
    """
    return Intent(id=id, command=command, digest=digest_content(content), result=result)


def digest_content(content: Mapping[str, object]) -> str:
    """A keyed hash of ``content`` as canonical JSON: the order of keys and the time zone of moments do not count.

    Keyed, for there are few dates of birth: a stolen copy of the database must not tell who checked in with which.
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain)
    return keyed_hash("intent", text)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    raise TypeError(f"An intent's content cannot hold {type(value).__name__}")
