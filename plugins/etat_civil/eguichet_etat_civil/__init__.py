"""The service « État civil »: births, couples, deaths, names, records."""

from eguichet_etat_civil import family, records
from eguichet_rdv.plugin import Counter, Service, _

CEREMONY = "mariage-celebration"
PROCEDURES = (*family.CHILDREN, *family.COUPLES, *family.DEATHS, *records.CHANGES, *records.RECORDS)

service = Service(
    code="etat-civil",
    label=_("Civil status"),
    # M as in « mairie »: clearly heard beside the letters of the other services.
    letter="M",
    summary=_("Births, marriages, deaths, names, nationality and the records about them."),
    procedures=PROCEDURES,
    counters=(
        Counter(
            "general",
            _("Civil status counter"),
            handles=tuple(procedure.code for procedure in PROCEDURES if procedure.code != CEREMONY),
        ),
        Counter("wedding-hall", _("Wedding hall"), handles=(CEREMONY,)),
    ),
)
