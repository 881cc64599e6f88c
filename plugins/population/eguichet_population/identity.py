"""Identity cards and Kids-ID: asked for, collected, lost, unblocked."""

from datetime import timedelta

from eguichet_population import bring
from eguichet_rdv.plugin import Procedure, _, minutes

IN_PERSON = _("The person concerned")
TWO_TO_THREE_WEEKS = _("2 to 3 weeks")

PROCEDURES = (
    Procedure(
        "eid-demande",
        _("Electronic identity card (application or renewal)"),
        minutes(15),
        summary=_("From the age of 12. Your fingerprints and your signature are taken at the counter."),
        bring=(bring.INVITATION, bring.OLD_CARD, bring.PHOTO),
        who=IN_PERSON,
        fee_cents=3330,
        delay=TWO_TO_THREE_WEEKS,
        max_persons=4,
        per_extra_person=minutes(10),
    ),
    Procedure(
        "eid-retrait",
        _("Collection and activation of the identity card"),
        minutes(10),
        summary=_("Come when the letter with your codes has arrived. The card was paid for when you asked for it."),
        bring=(bring.OLD_CARD_OR_LOSS, bring.CODES_LETTER),
        who=IN_PERSON,
        fee_cents=0,
        delay=_("As soon as the codes have arrived"),
        max_persons=4,
        per_extra_person=minutes(5),
        follows="eid-demande",
    ),
    Procedure(
        "eid-urgence",
        _("Identity card – urgent procedure"),
        minutes(15),
        summary=_("Dearer and faster. Delivery to the ministry in Brussels costs more than delivery to the town hall."),
        bring=(bring.OLD_CARD_OR_LOSS, bring.PHOTO),
        who=IN_PERSON,
        fee_cents=12140,
        delay=_("1 to 3 working days"),
        horizon=timedelta(days=5),
        last_start="15:00",
    ),
    Procedure(
        "kids-id",
        _("Kids-ID (identity document for children under 12)"),
        minutes(15),
        summary=_("Valid for 3 years. The same adult collects the document."),
        bring=(bring.PARENT_CARD, bring.CHILD_PHOTO),
        who=_("The child and a parent with parental authority"),
        child_from_age=0,
        fee_cents=770,
        delay=TWO_TO_THREE_WEEKS,
        max_persons=5,
        per_extra_person=minutes(10),
        residents_only=True,
    ),
    Procedure(
        "eid-perte",
        _("Report of a lost or stolen identity card"),
        minutes(15),
        summary=_(
            "First block the card, day and night: DOC STOP, 00800 2123 2123, free of charge. "
            "The new card is paid for in addition."
        ),
        bring=(bring.PHOTO, bring.POLICE_REPORT),
        who=IN_PERSON,
        fee_cents=500,
        delay=_("At once"),
    ),
    Procedure(
        "eid-pin-puk",
        _("PIN/PUK codes: reissue or unblocking"),
        minutes(10),
        bring=(bring.IDENTITY,),
        who=IN_PERSON,
        fee_cents=300,
        delay=_("About 3 weeks for new codes, by post"),
    ),
)
