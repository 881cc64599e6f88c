"""Staying: residence cards, certificates, family, undertakings."""

from datetime import timedelta

from eguichet_etrangers import bring
from eguichet_rdv.plugin import Procedure, Question, _, minutes

IN_PERSON = _("The person concerned")
AT_ONCE = _("At once")
FILE_NUMBER = Question("file-number", _("Number of your file at the Immigration Office, if you know it"))
EIGHT_WORKING_DAYS = timedelta(days=10)

CARDS = (
    Procedure(
        "carte-sejour-ue",
        _("Residence card EU / EU+"),
        minutes(20),
        summary=_("With a card EU+, go to Population instead. An urgent card costs more."),
        bring=(bring.PHOTO, bring.PASSPORT_OR_CARD, bring.OLD_EU_CARD),
        who=_("The person concerned, from the age of 12"),
        fee_cents=2580,
        delay=_("2 to 3 weeks"),
        max_persons=5,
        per_extra_person=minutes(10),
    ),
    Procedure(
        "carte-sejour-hors-ue",
        _("Residence card A, B, F, F+, H, K, L, M, N"),
        minutes(30),
        summary=_(
            "Come 30 to 45 days before your card expires. With a card F+, K, L or permanent M, go to Population instead."
        ),
        bring=(bring.PHOTO, bring.VALID_PASSPORT, bring.OLD_CARD, bring.CONDITIONS),
        who=IN_PERSON,
        fee_cents=2630,
        delay=_("2 to 3 weeks after the agreement"),
        max_persons=5,
        per_extra_person=minutes(15),
        questions=(FILE_NUMBER,),
    ),
    Procedure(
        "carte-sejour-retrait",
        _("Collection of the residence card"),
        minutes(10),
        summary=_("Come when the letter with your codes has arrived."),
        bring=(bring.OLD_CARD, bring.CODES_LETTER),
        who=IN_PERSON,
        fee_cents=0,
        delay=_("As soon as the codes have arrived"),
        max_persons=5,
        per_extra_person=minutes(5),
        # The same counter hands out the cards of Europeans too; a procedure can follow only one other.
        follows="carte-sejour-hors-ue",
    ),
)

DOCUMENTS = (
    Procedure(
        "attestation-immatriculation",
        _("Certificate of immatriculation (orange card)"),
        minutes(20),
        summary=_("First issue or extension."),
        bring=(bring.PASSPORT_OR_CARD, bring.TWO_PHOTOS, bring.INSTRUCTION),
        who=IN_PERSON,
        fee_cents=200,
        delay=AT_ONCE,
        max_persons=5,
        per_extra_person=minutes(10),
        sensitive=True,
    ),
    Procedure(
        "annexe-15",
        _("Annex 15 (temporary cover document)"),
        minutes(15),
        bring=(bring.PASSPORT, bring.EXPIRED_OR_REQUEST),
        who=IN_PERSON,
        fee_cents=200,
        delay=AT_ONCE,
    ),
    Procedure(
        "titre-voyage",
        _("Travel document for refugees, stateless persons or foreigners"),
        minutes(20),
        bring=(bring.PERMIT, bring.PHOTO),
        who=IN_PERSON,
        fee_cents=9000,
        delay=_("10 working days"),
        max_persons=5,
        per_extra_person=minutes(10),
        sensitive=True,
    ),
)

FILES = (
    Procedure(
        "regroupement-familial",
        _("Family reunification application"),
        minutes(60),
        bring=(bring.PASSPORT_OR_CARD, bring.FAMILY_DEED, bring.FAMILY_MEANS, bring.TWO_PHOTOS, bring.CONTRIBUTION),
        who=_("The applicant and the family member who lives here"),
        fee_cents=2500,
        delay=_("The Immigration Office decides, often after 6 to 9 months"),
        max_persons=6,
        per_extra_person=minutes(15),
        questions=(FILE_NUMBER,),
    ),
    Procedure(
        "prise-en-charge",
        _("Undertaking of responsibility (annex 3bis)"),
        minutes(25),
        bring=(bring.GUARANTOR_CARD, bring.GUARANTOR_INCOME, bring.GUEST_PASSPORT),
        who=_("The guarantor"),
        fee_cents=1500,
        delay=_("At once, or a few days"),
    ),
    Procedure(
        "changement-adresse-etranger",
        _("Change of address of a foreign national"),
        minutes(20),
        bring=(bring.PERMIT_OR_ANNEX, bring.PASSPORT, bring.LEASE),
        who=_("Everybody in the household"),
        fee_cents=1500,
        delay=_("To be declared within 8 working days"),
        legal_deadline=EIGHT_WORKING_DAYS,
        max_persons=6,
        per_extra_person=minutes(5),
    ),
    Procedure(
        "sejour-permanent",
        _("Permanent residence application"),
        minutes(40),
        summary=_("For a card EU+, F+ or L."),
        bring=(bring.PERMIT, bring.PASSPORT, bring.TWO_PHOTOS, bring.FIVE_YEARS),
        who=IN_PERSON,
        fee_cents=0,
        delay=_("About 5 months"),
        questions=(FILE_NUMBER,),
    ),
)
