"""Where people live: addresses, departures, returns."""

from datetime import timedelta

from eguichet_population import bring
from eguichet_rdv.plugin import Procedure, _, minutes

# Eight working days never span fewer calendar days than this.
EIGHT_WORKING_DAYS = timedelta(days=10)
WITHIN_EIGHT_DAYS = _("To be declared within 8 working days")

PROCEDURES = (
    Procedure(
        "eid-adresse",
        _("Address update on the identity card chip"),
        minutes(10),
        summary=_("After the visit of the neighbourhood officer."),
        bring=(bring.HOUSEHOLD_CARDS, bring.HOUSEHOLD_CODES),
        who=_("One member of the household, with the cards and codes of all"),
        fee_cents=0,
        delay=_("At once, when your home has been checked"),
        follows="changement-adresse",
    ),
    Procedure(
        "changement-adresse",
        _("Change of address"),
        minutes(15),
        summary=_("After your declaration, a neighbourhood officer visits your home."),
        bring=(bring.HOUSEHOLD_COPIES, bring.HOME),
        who=_("The reference person of the household"),
        fee_cents=500,
        delay=WITHIN_EIGHT_DAYS,
        legal_deadline=EIGHT_WORKING_DAYS,
    ),
    Procedure(
        "depart-etranger",
        _("Declaration of departure abroad (model 8)"),
        minutes(15),
        bring=(bring.LEAVING_CARDS, bring.ADDRESS_ABROAD),
        who=_("The reference person of the household; everybody, if you leave for different addresses"),
        fee_cents=0,
    ),
    Procedure(
        "retour-etranger",
        _("Registration of a Belgian returning from abroad"),
        minutes(20),
        summary=_("After your declaration, a neighbourhood officer visits your home."),
        bring=(bring.PASSPORT_OR_CARD, bring.DEPARTURE, bring.HOME),
        who=_("The person concerned"),
        fee_cents=500,
        delay=WITHIN_EIGHT_DAYS,
        legal_deadline=EIGHT_WORKING_DAYS,
        max_persons=6,
        per_extra_person=minutes(10),
    ),
)
