"""What somebody who tries the demo has to know."""

from datetime import datetime

from eguichet_rdv.demo.accounts import ACCOUNTS, PASSWORD
from eguichet_rdv.demo.day import list_expected
from eguichet_rdv.townhall.models import Location


def describe_demo(location: Location, now: datetime) -> list[str]:
    """Accounts, and people who may still check in."""
    lines = ["", f"Demo accounts (password of all: {PASSWORD})"]
    lines += [f"  {account.username:<10} {account.does}" for account in ACCOUNTS]
    expected = list_expected(location, now)
    if expected:
        lines += ["", "Invented people who have not arrived yet (hour, birth date, reference, QR text)"]
        lines += [
            f"  {one.hour}  {'/'.join(reversed(one.birth_date.split('-')))}  {one.reference}  {one.code}  {one.name}"
            for one in expected
        ]
    return lines
