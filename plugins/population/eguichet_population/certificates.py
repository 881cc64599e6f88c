"""Certificates, signatures and declarations about oneself."""

from eguichet_population import bring
from eguichet_rdv.plugin import Procedure, _, minutes

IN_PERSON = _("The person concerned")
OR_PROXY = _("The person concerned, or somebody with a proxy and a copy of their card")
AT_ONCE = _("At once")
FREE_ONLINE = _("Free of charge in the e-guichet.")

CERTIFICATES = (
    Procedure(
        "composition-menage",
        _("Certificate of household composition"),
        minutes(10),
        summary=FREE_ONLINE,
        bring=(bring.IDENTITY,),
        who=OR_PROXY,
        fee_cents=1500,
        delay=AT_ONCE,
        online_url="https://e-guichet.example/composition-menage",
    ),
    Procedure(
        "certificat-residence",
        _("Certificate of residence"),
        minutes(10),
        summary=FREE_ONLINE,
        bring=(bring.IDENTITY, bring.REDUCTION),
        who=_("The person concerned, somebody with a proxy and a copy of their card, a lawyer or a judge"),
        fee_cents=1500,
        delay=_("At once; 3 days if it is meant for another country"),
        online_url="https://e-guichet.example/certificat-residence",
    ),
    Procedure(
        "certificat-vie",
        _("Life certificate"),
        minutes(10),
        summary=FREE_ONLINE,
        bring=(bring.IDENTITY,),
        who=IN_PERSON,
        fee_cents=550,
        delay=AT_ONCE,
        online_url="https://e-guichet.example/certificat-vie",
    ),
    Procedure(
        "certificat-nationalite",
        _("Certificate of Belgian nationality"),
        minutes(10),
        summary=FREE_ONLINE,
        bring=(bring.IDENTITY,),
        who=OR_PROXY,
        fee_cents=200,
        delay=AT_ONCE,
        online_url="https://e-guichet.example/certificat-nationalite",
    ),
)

SIGNATURES = (
    Procedure(
        "legalisation",
        _("Legalisation of a signature"),
        minutes(10),
        bring=(bring.IDENTITY, bring.DOCUMENT_TO_SIGN),
        who=_("The person who signs"),
        fee_cents=200,
        delay=AT_ONCE,
    ),
    Procedure(
        "copie-conforme",
        _("Certified true copy"),
        minutes(10),
        bring=(bring.ORIGINAL,),
        who=_("Whoever holds the original"),
        fee_cents=200,
        delay=AT_ONCE,
    ),
    Procedure(
        "autorisation-parentale",
        _("Parental travel authorisation"),
        minutes(10),
        summary=_("For a child who travels without you, or with only one of the parents."),
        bring=(bring.PARENT_CARD, bring.CHILD_DOCUMENT),
        who=_("The parent who signs"),
        fee_cents=200,
        delay=AT_ONCE,
        max_persons=4,
        per_extra_person=minutes(5),
    ),
)

WISHES = (
    Procedure(
        "dernieres-volontes",
        _("Declaration of last wishes (burial rites)"),
        minutes(15),
        bring=(bring.IDENTITY,),
        who=IN_PERSON,
        fee_cents=0,
        delay=AT_ONCE,
    ),
    Procedure(
        "don-organes",
        _("Organ donation declaration"),
        minutes(10),
        bring=(bring.IDENTITY,),
        who=IN_PERSON,
        fee_cents=0,
        delay=AT_ONCE,
    ),
    Procedure(
        "euthanasie",
        _("Advance euthanasia declaration"),
        minutes(20),
        bring=(bring.LEGAL_FORM, bring.WITNESS_CARDS),
        who=IN_PERSON,
        fee_cents=0,
        delay=AT_ONCE,
        sensitive=True,
    ),
)
