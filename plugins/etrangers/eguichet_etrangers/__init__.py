"""The service « Étrangers »: arrival, residence cards and files of people from other countries."""

from eguichet_etrangers import arrival, residence
from eguichet_rdv.plugin import Counter, Service, _

# What takes minutes rather than half an hour.
SHORT = ("arrivee-court-sejour", "annexe-15", *(procedure.code for procedure in residence.CARDS))

service = Service(
    code="etrangers",
    label=_("Foreign nationals"),
    # S as in « séjour »: a letter on a call screen must not tell the room who is a foreigner.
    letter="S",
    summary=_(
        "Arrival, residence cards and files of people of other nationalities. "
        "With a card EU+, F+, K, L or permanent M, go to Population."
    ),
    neutral_label=_("Municipal services"),
    procedures=(
        *arrival.FIRST_REGISTRATIONS,
        *arrival.STUDENTS,
        *residence.CARDS,
        *residence.DOCUMENTS,
        *residence.FILES,
    ),
    counters=(
        Counter("general", _("Counter for all procedures")),
        Counter("cards", _("Counter for cards and short visits"), handles=SHORT),
    ),
)
