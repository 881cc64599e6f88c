"""Births, couples, deaths."""

from datetime import timedelta

from eguichet_etat_civil import bring
from eguichet_rdv.plugin import Mode, Procedure, _, minutes

BOTH_PARTNERS = _("Both partners")
AT_ONCE = _("At once")

CHILDREN = (
    Procedure(
        "naissance",
        _("Birth registration"),
        minutes(30),
        summary=_("The name given to the first child holds for the next ones too."),
        bring=(bring.BIRTH_NOTICE, bring.PARENTS_CARDS, bring.FAMILY_BOOKLET, bring.NAME_CHOICE),
        who=_("One parent if you are married; both parents if not, unless the child is already recognised"),
        fee_cents=0,
        delay=_("Within 15 days of the birth"),
        legal_deadline=timedelta(days=15),
        # Young parents come when they can: the next free time, however near.
        minimum_notice=minutes(15),
        horizon=timedelta(days=15),
    ),
    Procedure(
        "reconnaissance",
        _("Recognition of a child"),
        minutes(30),
        summary=_("Before or after the birth."),
        bring=(bring.PARENTS_CARDS, bring.DUE_DATE, bring.PARENTS_BIRTH),
        who=_("Both parents"),
        fee_cents=0,
        delay=AT_ONCE,
    ),
)

COUPLES = (
    Procedure(
        "mariage-declaration",
        _("Declaration of marriage"),
        minutes(45),
        summary=_("The declaration is valid for 6 months and 14 days."),
        bring=(bring.COUPLE_CARDS, bring.FOREIGN_DEEDS, bring.WITNESS_COPIES, bring.PROXY),
        who=_("Both future spouses, or one with a legalised proxy of the other"),
        fee_cents=2500,
        delay=_("At least 14 days before the wedding"),
        horizon=timedelta(days=180),
    ),
    Procedure(
        "mariage-celebration",
        _("Marriage ceremony"),
        minutes(20),
        summary=_("The date is agreed when you declare your marriage. Arrive ten minutes early."),
        bring=(bring.COUPLE_CARDS,),
        who=_("Both spouses, at most four witnesses, a sworn interpreter if needed"),
        fee_cents=0,
        delay=_("From 14 days to 6 months and 14 days after the declaration"),
        mode=Mode.CLERK,
        minimum_notice=timedelta(days=14),
        horizon=timedelta(days=195),
        follows="mariage-declaration",
    ),
    Procedure(
        "cohabitation-legale",
        _("Declaration of legal cohabitation"),
        minutes(30),
        summary=_("You must both be registered at the same address."),
        bring=(bring.COUPLE_CARDS, bring.FOREIGN_PAPERS),
        who=BOTH_PARTNERS,
        fee_cents=500,
        delay=AT_ONCE,
    ),
    Procedure(
        "cessation-cohabitation",
        _("Termination of legal cohabitation"),
        minutes(20),
        summary=_("If only one of you wishes it, a bailiff informs the other; you pay the bailiff in addition."),
        bring=(bring.IDENTITY,),
        who=_("Both partners, or one alone"),
        fee_cents=500,
        delay=AT_ONCE,
    ),
    Procedure(
        "carnet-mariage",
        _("Duplicate marriage booklet"),
        minutes(10),
        bring=(bring.IDENTITY,),
        who=_("One of the spouses"),
        fee_cents=2000,
        delay=_("A few days"),
    ),
)

DEATHS = (
    Procedure(
        "deces",
        _("Death registration"),
        minutes(30),
        summary=_("Come without an appointment and go to the reception: you are served first."),
        bring=(bring.DEATH_CERTIFICATE, bring.DECEASED_CARD, bring.DECEASED_PAPERS),
        who=_("A relative, or the undertaker"),
        fee_cents=0,
        delay=_("As soon as possible"),
        mode=Mode.WALK_IN,
    ),
    Procedure(
        "inhumation",
        _("Burial plot and burial or cremation permit"),
        minutes(30),
        bring=(bring.DEATH_DEED, bring.IDENTITY),
        who=_("A relative, or the undertaker"),
        delay=AT_ONCE,
        minimum_notice=minutes(15),
    ),
)
