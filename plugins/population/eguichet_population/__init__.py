"""The service « Population »: identity cards, addresses, certificates."""

from eguichet_population import certificates, identity, residence
from eguichet_rdv.plugin import Counter, Service, _

# Quick ones, for a counter that never makes anybody wait long.
EXPRESS = ("eid-retrait", "eid-pin-puk", "eid-adresse", *(procedure.code for procedure in certificates.CERTIFICATES))

service = Service(
    code="population",
    label=_("Population"),
    # H as in « hôtel de ville »: short, and not mistaken for another letter when it is called out.
    letter="H",
    summary=_(
        "Identity cards, addresses and certificates, for Belgians and for holders of a card EU+, F+, K, L or permanent M."
    ),
    procedures=(
        *identity.PROCEDURES,
        *residence.PROCEDURES,
        *certificates.CERTIFICATES,
        *certificates.SIGNATURES,
        *certificates.WISHES,
    ),
    counters=(
        Counter("general", _("Counter for all procedures")),
        Counter("express", _("Express counter"), handles=EXPRESS),
    ),
)
