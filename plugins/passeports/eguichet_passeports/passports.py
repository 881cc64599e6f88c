"""Passports: adults, minors, urgent ones, collection."""

from datetime import timedelta

from eguichet_passeports import bring
from eguichet_rdv.plugin import Procedure, _, minutes

IN_PERSON = _("The person concerned")
FIVE_TO_TEN_DAYS = _("5 to 10 working days")

PASSPORTS = (
    Procedure(
        "passeport-adulte",
        _("Biometric passport – adult"),
        minutes(15),
        summary=_("Valid for 7 years. Your photo, fingerprints and signature are taken at the counter."),
        bring=(bring.IDENTITY, bring.PHOTO, bring.OLD_PASSPORT_OR_LOSS),
        who=IN_PERSON,
        fee_cents=9000,
        delay=FIVE_TO_TEN_DAYS,
        max_persons=5,
        per_extra_person=minutes(10),
        residents_only=True,
    ),
    Procedure(
        "passeport-mineur",
        _("Biometric passport – minor"),
        minutes(20),
        summary=_("Valid for 5 years. Both parents must agree."),
        bring=(bring.PARENT_CARD, bring.CHILD_CARD, bring.PHOTO, bring.PARENTS_CONSENT),
        who=_("The child and a parent"),
        # Towns ask for the child from the age of four to six; the youngest age spares a second trip.
        child_from_age=4,
        fee_cents=3500,
        delay=FIVE_TO_TEN_DAYS,
        max_persons=5,
        per_extra_person=minutes(10),
        residents_only=True,
    ),
    Procedure(
        "passeport-urgence",
        _("Passport – urgent procedure"),
        minutes(15),
        bring=(bring.IDENTITY, bring.PHOTO, bring.URGENCY),
        who=IN_PERSON,
        fee_cents=26500,
        delay=_("1 to 3 working days"),
        horizon=timedelta(days=5),
        last_start="15:00",
        max_persons=5,
        per_extra_person=minutes(10),
        residents_only=True,
    ),
    Procedure(
        "passeport-retrait",
        _("Collection of the passport"),
        minutes(5),
        bring=(bring.IDENTITY, bring.OLD_PASSPORT),
        who=_("The person concerned, or somebody with a proxy"),
        fee_cents=0,
        max_persons=5,
        per_extra_person=minutes(5),
        residents_only=True,
        follows="passeport-adulte",
    ),
)
