"""Sessions in the database, as every request of a member of staff reads one."""

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from eguichet_rdv.common.prepared import Prepared

LASTING = Prepared(
    lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now).order_by(), str, datetime
)


class SessionStore(db.SessionStore):
    """Django's own, with a prepared query."""

    def _get_session_from_db(self) -> Any:
        found = LASTING(self.session_key, timezone.now())
        if found:
            return found[0]
        self._session_key = None
        return None
