"""Who one is: nationality, names, sex, and the records that prove it."""

from eguichet_etat_civil import bring
from eguichet_rdv.plugin import Procedure, _, minutes

IN_PERSON = _("The person concerned")

CHANGES = (
    Procedure(
        "nationalite",
        _("Declaration of acquisition of Belgian nationality"),
        minutes(60),
        summary=_(
            "A federal registration duty (€ 1,000 in 2025, indexed each year) is paid to the ministry of Finance "
            "beforehand. Several visits are needed."
        ),
        bring=(bring.PERMIT, bring.BIRTH_LEGALISED, bring.NATIONALITY_PROOFS, bring.DUTY_PAID),
        who=IN_PERSON,
        # The duty is not paid at the counter; what the municipality itself asks differs from town to town.
        fee_cents=None,
        delay=_("The public prosecutor has 4 months to give an opinion"),
    ),
    Procedure(
        "changement-prenom",
        _("Change of first name"),
        minutes(30),
        summary=_("For Belgians, refugees and stateless persons. In some cases the fee is reduced to a tenth."),
        bring=(bring.BIRTH_COPY, bring.CRIMINAL_RECORD, bring.IDENTITY),
        who=_("The person concerned; both parents for a minor"),
        fee_cents=49000,
        delay=_("At most 3 months"),
        sensitive=True,
    ),
    Procedure(
        "changement-nom",
        _("Change of surname"),
        minutes(30),
        summary=_("Possible once in a lifetime at the town hall."),
        bring=(bring.BIRTH_COPY, bring.IDENTITY, bring.FILIATION),
        who=IN_PERSON,
        fee_cents=49000,
        delay=_("Several weeks"),
    ),
    Procedure(
        "changement-sexe",
        _("Change of registered sex"),
        minutes(30),
        summary=_("Two declarations, with 3 to 6 months between them."),
        bring=(bring.IDENTITY, bring.BIRTH_COPY),
        who=IN_PERSON,
        fee_cents=0,
        delay=_("3 to 6 months"),
        sensitive=True,
    ),
)

RECORDS = (
    Procedure(
        "extrait-acte",
        _("Extract or copy of a civil status record"),
        minutes(10),
        summary=_(
            "Birth, marriage, death or divorce. Any municipality can give it; it is free of charge in the e-guichet."
        ),
        bring=(bring.IDENTITY,),
        who=_("The person concerned, a parent, child or spouse, a lawyer or a notary"),
        fee_cents=200,
        delay=_("At once"),
        max_persons=5,
        per_extra_person=minutes(5),
        online_url="https://e-guichet.example/extrait-acte",
    ),
    Procedure(
        "acte-etranger",
        _("Recognition of a foreign civil status record"),
        minutes(45),
        bring=(bring.FOREIGN_DEED, bring.SWORN_TRANSLATION, bring.IDENTITY),
        who=IN_PERSON,
        fee_cents=1000,
        delay=_("A few weeks"),
    ),
)
