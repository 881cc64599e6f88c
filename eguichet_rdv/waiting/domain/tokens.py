"""The token of « my ticket on my phone »."""

from eguichet_rdv.common.tokens import TokenKind, derive_token, digest_token
from eguichet_rdv.waiting.models import Ticket


def follow_token(ticket: Ticket) -> str:
    """What the QR code on the paper ticket holds."""
    return derive_token(TokenKind.FOLLOW, ticket.uid, ticket.generation)


def seal_ticket(ticket: Ticket) -> None:
    """Set the digest that finds the ticket by its token."""
    ticket.follow_digest = digest_token(follow_token(ticket))


def find_by_follow_token(token: str) -> Ticket | None:
    """The ticket, or nothing."""
    rows = Ticket.objects.filter(follow_digest=digest_token(token)).select_related("location", "zone", "number")
    return rows.first()
