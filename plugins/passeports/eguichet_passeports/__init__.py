"""The service « Passeports – permis de conduire – casiers judiciaires »."""

from eguichet_passeports import licences, passports, records
from eguichet_rdv.plugin import Counter, Service, _

COLLECTION = "passeport-retrait"

service = Service(
    code="passeports",
    label=_("Passports, driving licences, criminal records"),
    letter="P",
    procedures=(*passports.PASSPORTS, *licences.LICENCES, *records.RECORDS),
    counters=(
        Counter("general", _("Counter for all procedures")),
        Counter(
            "biometric",
            _("Counter for passports"),
            handles=tuple(procedure.code for procedure in passports.PASSPORTS),
        ),
        Counter(
            "express",
            _("Express counter"),
            handles=(COLLECTION, "permis-international", *(procedure.code for procedure in records.RECORDS)),
        ),
    ),
)
