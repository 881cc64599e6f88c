"""Driving licences."""

from eguichet_passeports import bring
from eguichet_rdv.plugin import Procedure, _, minutes

IN_PERSON = _("The person concerned")
FOUR_TO_FIVE_DAYS = _("4 to 5 working days")

LICENCES = (
    Procedure(
        "permis-provisoire",
        _("Provisional driving licence (M12, M18, M36, M3)"),
        minutes(15),
        bring=(bring.IDENTITY, bring.EXAM_FORM, bring.DRIVING_SCHOOL, bring.GUIDE),
        who=IN_PERSON,
        fee_cents=3000,
        delay=_("At most 5 working days"),
    ),
    Procedure(
        "permis-premier",
        _("Driving licence – first issue"),
        minutes(15),
        summary=_("Valid for 10 years. Your signature is taken at the counter."),
        bring=(bring.IDENTITY, bring.EXAM_FORM, bring.PROVISIONAL, bring.PHOTO_IF_NEEDED),
        who=IN_PERSON,
        fee_cents=3000,
        delay=FOUR_TO_FIVE_DAYS,
    ),
    Procedure(
        "permis-renouvellement",
        _("Driving licence – renewal"),
        minutes(10),
        summary=_("Or exchange for a card; paper licences remain valid until 19 January 2033."),
        bring=(bring.IDENTITY, bring.OLD_LICENCE, bring.PHOTO_IF_NEEDED),
        who=IN_PERSON,
        fee_cents=3000,
        delay=FOUR_TO_FIVE_DAYS,
    ),
    Procedure(
        "permis-duplicata",
        _("Duplicate driving licence"),
        minutes(15),
        summary=_("When it is lost, stolen or damaged."),
        bring=(bring.IDENTITY, bring.LOST_LICENCE, bring.PHOTO_IF_NEEDED),
        who=IN_PERSON,
        fee_cents=3000,
        delay=FOUR_TO_FIVE_DAYS,
    ),
    Procedure(
        "permis-international",
        _("International driving permit"),
        minutes(10),
        summary=_("Valid for 3 years, beside your Belgian licence."),
        bring=(bring.LICENCE, bring.PHOTO, bring.IDENTITY),
        who=_("The person concerned, or somebody with a proxy"),
        fee_cents=2850,
        delay=_("At once, or 2 working days"),
    ),
    Procedure(
        "permis-echange",
        _("Exchange of a foreign driving licence"),
        minutes(30),
        summary=_("Every licence from the EU can be exchanged; from other countries only recognised ones."),
        bring=(bring.FOREIGN_LICENCE, bring.IDENTITY_OR_PERMIT, bring.PHOTO, bring.RESIDENCE_PROOF),
        who=IN_PERSON,
        fee_cents=3000,
        delay=_("1 to 3 months, for the licence is checked"),
    ),
    Procedure(
        "permis-groupe2",
        _("Group 2 licence (C, D) with medical fitness"),
        minutes(20),
        bring=(bring.IDENTITY, bring.LICENCE, bring.MEDICAL, bring.PROFESSIONAL),
        who=IN_PERSON,
        fee_cents=3000,
        delay=_("4 working days"),
    ),
)
