"""A small service as a plugin would declare it, in the shapes a test needs."""

from dataclasses import replace

from eguichet_rdv.plugin import Bring, Counter, Procedure, Service, Text, minutes
from eguichet_rdv.plugin.loader import Discovered, Status

PLOT = Procedure(
    "plot",
    Text("Garden plot"),
    minutes(20),
    bring=(Bring("identity", Text("Identity card")), Bring("boots", Text("Boots"))),
    who=Text("The gardener"),
    fee_cents=1250,
    max_persons=3,
    per_extra_person=minutes(5),
)
KEY = Procedure("key", Text("Collect the key"), minutes(5), follows="plot")
GARDEN = Service(
    code="garden",
    label=Text("Gardens"),
    letter="G",
    procedures=(KEY, PLOT),
    counters=(Counter("shed", Text("Shed"), handles=("plot",)), Counter("all", Text("All"))),
)


def plugin(service: Service | None = GARDEN, *, status: Status = Status.ACTIVE, problem: str = "") -> Discovered:
    """The plugin of ``service`` as the loader would report it."""
    return Discovered(
        name="garden",
        value="garden:service",
        package="eguichet_population",  # its translations serve for texts of the same wording
        distribution="garden-plugin",
        version="1.0",
        status=status,
        problem=problem,
        service=service if status is Status.ACTIVE else None,
    )


def garden(*procedures: Procedure) -> Discovered:
    """The plugin with other procedures."""
    return plugin(replace(GARDEN, procedures=procedures, counters=()))
