"""Arriving in the municipality: short stays, first registrations, students."""

from datetime import timedelta

from eguichet_etrangers import bring
from eguichet_rdv.plugin import Procedure, _, minutes

IN_PERSON = _("The person concerned")
WHOLE_HOUSEHOLD = _("Everybody in the household who is to be registered")
WITHIN_EIGHT_DAYS = _("To be done within 8 working days of arrival")
ADDRESS_FEE = _("The first check of your address costs € 15 more.")
# Working days never span fewer calendar days than this.
THREE_WORKING_DAYS = timedelta(days=3)
EIGHT_WORKING_DAYS = timedelta(days=10)

FIRST_REGISTRATIONS = (
    Procedure(
        "arrivee-court-sejour",
        _("Declaration of arrival (annex 3, short stay)"),
        minutes(20),
        summary=_("For a stay of at most three months."),
        bring=(bring.PASSPORT_OR_CARD, bring.VISA_STAMP, bring.TWO_PHOTOS),
        who=IN_PERSON,
        fee_cents=500,
        delay=_("To be done within 3 working days of arrival"),
        legal_deadline=THREE_WORKING_DAYS,
        max_persons=5,
        per_extra_person=minutes(10),
    ),
    Procedure(
        "premiere-inscription-ue",
        _("First registration – EU citizen (annex 19)"),
        minutes(45),
        bring=(bring.PASSPORT_OR_CARD, bring.LEASE, bring.FOUR_PHOTOS, bring.EU_REASON),
        who=WHOLE_HOUSEHOLD,
        fee_cents=1000,
        delay=_("To be done within 8 days of arrival"),
        legal_deadline=timedelta(days=8),
        max_persons=6,
        per_extra_person=minutes(15),
    ),
    Procedure(
        "premiere-inscription-hors-ue",
        _("First registration – non-EU national (D visa)"),
        minutes(60),
        summary=ADDRESS_FEE,
        bring=(bring.PASSPORT_WITH_VISA, bring.LEASE, bring.FOUR_PHOTOS, bring.VISA_REASON, bring.CONTRIBUTION),
        who=WHOLE_HOUSEHOLD,
        fee_cents=2500,
        delay=WITHIN_EIGHT_DAYS,
        legal_deadline=EIGHT_WORKING_DAYS,
        max_persons=6,
        per_extra_person=minutes(20),
    ),
)

STUDENTS = (
    Procedure(
        "etudiant-annexe33",
        _("Student from a neighbouring country (annex 33)"),
        minutes(20),
        bring=(bring.PASSPORT_OR_CARD, bring.ENROLMENT, bring.TWO_PHOTOS, bring.HOME, bring.PARENTAL_CONSENT),
        who=IN_PERSON,
        fee_cents=1500,
        delay=WITHIN_EIGHT_DAYS,
        legal_deadline=EIGHT_WORKING_DAYS,
    ),
    Procedure(
        "etudiant-hors-ue",
        _("Non-EU student"),
        minutes(40),
        summary=ADDRESS_FEE,
        bring=(bring.PASSPORT_WITH_VISA, bring.ENROLMENT, bring.GUARANTEE, bring.TWO_PHOTOS),
        who=IN_PERSON,
        fee_cents=2500,
        delay=WITHIN_EIGHT_DAYS,
        legal_deadline=EIGHT_WORKING_DAYS,
    ),
    Procedure(
        "etudiant-echange",
        _("Exchange student (AFS, Rotary, WEP…)"),
        minutes(40),
        summary=ADDRESS_FEE,
        bring=(
            bring.PASSPORT_WITH_VISA,
            bring.ENROLMENT,
            bring.EXCHANGE_CONTRACT,
            bring.TWO_PHOTOS,
            bring.PARENTAL_CONSENT,
        ),
        who=IN_PERSON,
        fee_cents=2500,
        delay=WITHIN_EIGHT_DAYS,
        legal_deadline=EIGHT_WORKING_DAYS,
    ),
)
