"""The demo's staff. Their password is known to everybody, so they exist only on this computer."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from eguichet_rdv.accounts.models import User
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Assignment, Location

PASSWORD = "demo-verviers"  # noqa: S105 - printed at every start; demo accounts are refused on a public address


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in."""

    username: str
    role: Role | None
    does: str


ACCOUNTS = (
    Account("clerk1", Role.CLERK, "serves at a counter: /guichet/"),
    Account("clerk2", Role.CLERK, "serves at another counter: /guichet/"),
    Account("reception", Role.RECEPTION, "books, finds, checks in: /accueil/"),
    Account("editor", Role.EDITOR, "keeps texts, hours and closures: /cms/"),
    Account("manager", Role.MANAGER, "has all of these roles"),
    Account("helper", Role.HELPER, "books for others: /fr/rendez-vous/"),
    Account("admin", None, "administers everything: /cms/"),
)
COLLEAGUES = tuple(f"colleague{number:02d}" for number in range(1, 13))
"""Sit at the counters in the demo's day; nobody can sign in as one of them."""


def make_accounts(location: Location) -> None:
    """Make the missing accounts; a password changed since is kept."""
    known = set(User.objects.values_list("username", flat=True))
    hashed = make_password(PASSWORD) if any(one.username not in known for one in ACCOUNTS) else ""
    for account in ACCOUNTS:
        if account.username in known:
            continue
        user = User.objects.create(
            username=account.username,
            first_name=account.username.capitalize(),
            email=f"{account.username}@verviers.example",
            password=hashed,
            is_staff=account.role is None,
            is_superuser=account.role is None,
        )
        if account.role:
            Assignment.objects.create(user=user, location=location, role=account.role)
    for username in COLLEAGUES:
        if username not in known:
            user = User(username=username, first_name="Collègue", last_name=username[-2:])
            user.set_unusable_password()
            user.save()
            Assignment.objects.create(user=user, location=location, role=Role.CLERK)
