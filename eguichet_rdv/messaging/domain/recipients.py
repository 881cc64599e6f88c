"""Exactly one address: Django's mail layer would take ``a@b.be, x@evil.be`` as two."""

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from eguichet_rdv.common.refusals import Refusal

LONGEST = 254
FORBIDDEN = frozenset(',;:<>()[]"\\')
_validate = EmailValidator(allowlist=[])


class NotOneAddress(Refusal):
    """The text is not exactly one e-mail address."""

    code = "not_one_address"
    sentence = _("Please write one complete e-mail address, for example name@example.be.")


def is_one_address(text: str) -> bool:
    """Whether ``text`` is one deliverable address and nothing else."""
    if len(text) > LONGEST or any(sign.isspace() or sign in FORBIDDEN for sign in text):
        return False
    try:
        _validate(text)
    except ValidationError:
        return False
    return text.count("@") == 1
