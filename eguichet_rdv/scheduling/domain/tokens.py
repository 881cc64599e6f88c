"""The tokens of an appointment: derived when needed, looked up by digest."""

from eguichet_rdv.common.prepared import Prepared
from eguichet_rdv.common.tokens import TokenKind, derive_token, digest_token
from eguichet_rdv.scheduling.models import Appointment

BY_CHECK_IN = Prepared(lambda digest: Appointment.objects.filter(check_in_digest=digest).order_by(), str)


def check_in_token(appointment: Appointment) -> str:
    """What the QR code of the confirmation holds."""
    return derive_token(TokenKind.CHECK_IN, appointment.uid, appointment.generation)


def manage_token(appointment: Appointment) -> str:
    """What the link to move or cancel holds."""
    return derive_token(TokenKind.MANAGE, appointment.uid, appointment.generation)


def activate_token(appointment: Appointment) -> str:
    """What the link to confirm an e-mail address holds."""
    return derive_token(TokenKind.ACTIVATE, appointment.uid, appointment.generation)


def seal(appointment: Appointment) -> None:
    """Set the digests that find the appointment by its tokens; an address to be confirmed has one more."""
    appointment.check_in_digest = digest_token(check_in_token(appointment))
    appointment.manage_digest = digest_token(manage_token(appointment))
    appointment.activate_digest = digest_token(activate_token(appointment)) if appointment.confirm_by else None


def find_by_manage_token(token: str) -> Appointment | None:
    """The appointment, or nothing."""
    return Appointment.objects.filter(manage_digest=digest_token(token)).select_related("location", "visitor").first()


def find_by_activate_token(token: str) -> Appointment | None:
    """The appointment whose address this link confirms or has confirmed, or nothing."""
    return Appointment.objects.filter(activate_digest=digest_token(token)).select_related("location", "visitor").first()


def find_by_check_in_token(token: str) -> Appointment | None:
    """The appointment, or nothing."""
    return next(iter(BY_CHECK_IN(digest_token(token))), None)
