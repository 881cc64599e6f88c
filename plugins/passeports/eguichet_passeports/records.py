"""Criminal records."""

from eguichet_passeports import bring
from eguichet_rdv.plugin import Procedure, _, minutes

IN_PERSON = _("The person concerned")
AT_ONCE_TO_THREE_DAYS = _("At once, or 3 working days")

RECORDS = (
    Procedure(
        "casier-595",
        _("Criminal record extract – model 595"),
        minutes(10),
        summary=_("For general use."),
        bring=(bring.IDENTITY, bring.REASON),
        who=_("The person concerned, or somebody with a proxy and a copy of both sides of their card"),
        fee_cents=500,
        delay=AT_ONCE_TO_THREE_DAYS,
        online_url="https://e-guichet.example/casier-595",
    ),
    Procedure(
        "casier-596-1",
        _("Criminal record extract – model 596.1 (regulated activities)"),
        minutes(10),
        summary=_("For weapons, transport, security, serving drinks and the like."),
        bring=(bring.IDENTITY, bring.ACTIVITY),
        who=_("The person concerned, or somebody with a proxy"),
        fee_cents=500,
        delay=AT_ONCE_TO_THREE_DAYS,
        online_url="https://e-guichet.example/casier-596-1",
    ),
    Procedure(
        "casier-596-2",
        _("Criminal record extract – model 596.2 (work with minors)"),
        minutes(10),
        bring=(bring.IDENTITY, bring.EMPLOYER),
        who=_("The person concerned; nobody can come instead"),
        fee_cents=500,
        delay=AT_ONCE_TO_THREE_DAYS,
    ),
    Procedure(
        "casier-effacement",
        _("Information on expungement and rehabilitation"),
        minutes(15),
        summary=_("We inform you; rehabilitation itself is asked for at the public prosecutor's office."),
        bring=(bring.IDENTITY,),
        who=IN_PERSON,
        fee_cents=0,
    ),
)
