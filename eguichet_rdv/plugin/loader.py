"""Finds the installed service plugins. A bad plugin is a status with a sentence, never a stopped site."""

import os
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path

from eguichet_rdv.plugin.declarations import API, Service
from eguichet_rdv.plugin.packages import describe_program_parts
from eguichet_rdv.plugin.probe import PROBING, describe_import, find_import_problems
from eguichet_rdv.plugin.probe_cache import ProbeCache, compute_fingerprint

GROUP = "eguichet_rdv.services"
PROBE_SECONDS = 4.0


class Status(StrEnum):
    """What became of an installed plugin."""

    ACTIVE = "active"
    DISABLED = "disabled"
    """Switched off by the municipality; not even imported."""
    BROKEN = "broken"
    """It can't be imported, or what it declares can't be right."""
    INCOMPATIBLE = "incompatible"
    """Written for a newer contract than this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """One installed plugin, good or bad."""

    name: str
    """Name of the entry point; the code of the service."""
    value: str
    """``module:attribute`` of the entry point."""
    package: str
    """The Python package holding its ``locale/`` and ``templates/``."""
    distribution: str
    version: str
    status: Status
    problem: str = ""
    """Why it is not active; beside an active plugin, a warning."""
    service: Service | None = None
    """Present exactly when the plugin is active."""


def discover(
    cache: Path | None = None, *, disabled: Collection[str] = (), limit: float = PROBE_SECONDS
) -> tuple[Discovered, ...]:
    """All installed plugins, sorted by name and distribution; never raises because of one of them.

    New or changed plugins are first imported in child processes, together at most ``limit`` seconds long; ``cache`` is
    the file that remembers the result. ``disabled`` holds names of plugins that are not to be loaded.
    """
    if PROBING in os.environ:
        return ()
    found = sorted(_find_plugins(), key=lambda plugin: (plugin.name, plugin.distribution))
    found = [
        replace(plugin, status=Status.DISABLED, problem="") if plugin.name in disabled else plugin for plugin in found
    ]
    problems = _find_problems([plugin for plugin in found if plugin.status is Status.ACTIVE], cache, limit)
    accepted: list[Discovered] = []
    for plugin in found:
        accepted.append(_accept(plugin, problems, accepted) if plugin.status is Status.ACTIVE else plugin)
    return tuple(_refuse_twin(plugin, accepted) for plugin in accepted)


def check(name: str, service: object, *, api: int = API) -> tuple[Status, str]:
    """Whether ``service`` may be used under the entry point ``name``; with the problem, or a warning, as a sentence."""
    if not isinstance(service, Service):
        return Status.BROKEN, f"The entry point names a {type(service).__name__}; it must name a Service."
    if service.api > api:
        return Status.INCOMPATIBLE, (
            f"It is written for version {service.api} of the plugin contract; this installation knows version {api}. "
            "Update the framework, or install an older version of the plugin."
        )
    if service.code != name:
        return Status.BROKEN, f"The service has the code « {service.code} », but its entry point is called « {name} »."
    if service.api < api:
        return Status.ACTIVE, (
            f"It is written for version {service.api} of the plugin contract and still works with version {api}; "
            "update it when you can."
        )
    return Status.ACTIVE, ""


def _find_plugins() -> Iterator[Discovered]:
    """One unchecked record for each entry point; of two copies of a distribution the first on the path counts."""
    seen: set[str] = set()
    for distribution in distributions():
        try:
            if GROUP not in (distribution.read_text("entry_points.txt") or ""):
                continue
            name = distribution.metadata["Name"] or ""
        except Exception:  # noqa: BLE001, S112 - unreadable metadata of somebody else's package
            continue
        if name not in seen:
            seen.add(name)
            yield from _read_entry_points(distribution, name)


def _read_entry_points(distribution: Distribution, name: str) -> Iterator[Discovered]:
    unreadable = Discovered(
        name=name,
        value="",
        package="",
        distribution=name,
        version=distribution.metadata["Version"] or "",
        status=Status.BROKEN,
        problem="Its entry points can't be read.",
    )
    try:
        entries = [entry for entry in distribution.entry_points if entry.group == GROUP]
    except Exception:  # noqa: BLE001 - a malformed file raises whatever the parser stumbles over
        yield unreadable
        return
    for entry in entries:
        if EntryPoint.pattern.match(entry.value):
            module = entry.module
            yield replace(
                unreadable, name=entry.name, value=entry.value, package=module, status=Status.ACTIVE, problem=""
            )
        else:
            yield replace(unreadable, name=entry.name, value=entry.value)


def _find_problems(plugins: Collection[Discovered], cache: Path | None, limit: float) -> dict[str, str]:
    """The import problem of each plugin by its value: remembered, or found out now in child processes."""
    memory = ProbeCache(cache)
    problems: dict[str, str] = {}
    unknown: dict[str, tuple[str, str]] = {}
    for plugin in plugins:
        key = f"{plugin.distribution} {plugin.version} {plugin.value}"
        fingerprint = compute_fingerprint(plugin.package)
        remembered = memory.get(key, fingerprint)
        if remembered is None:
            unknown[plugin.value] = (key, fingerprint)
        else:
            problems[plugin.value] = remembered
    try:
        probed = find_import_problems(unknown, limit)
    except OSError as problem:  # no process can be started: say so rather than import unprobed code
        probed = dict.fromkeys(unknown, f"It could not be tried out: {problem}")
    for value, problem_found in probed.items():
        memory.put(*unknown[value], problem_found)
    memory.save()
    return problems | probed


def _accept(plugin: Discovered, problems: Mapping[str, str], accepted: Collection[Discovered]) -> Discovered:
    """The plugin with its final status, given those accepted before it."""
    problem = problems[plugin.value] or describe_import(plugin.value)
    if problem:
        return replace(plugin, status=Status.BROKEN, problem=problem)
    plugin = replace(plugin, package=_name_package(plugin.package))
    service = EntryPoint(name=plugin.name, value=plugin.value, group=GROUP).load()
    status, problem = check(plugin.name, service)
    if status is not Status.ACTIVE:
        return replace(plugin, status=status, problem=problem)
    others = [other for other in accepted if other.service]
    clash = describe_program_parts(plugin.package) or _describe_clash(plugin, others)
    if clash:
        return replace(plugin, status=Status.BROKEN, problem=clash)
    return replace(plugin, problem=problem or _describe_shared_letter(service, others), service=service)


def _describe_clash(plugin: Discovered, others: Collection[Discovered]) -> str:
    for other in others:
        if other.package != plugin.package and _name_last(other.package) == _name_last(plugin.package):
            return f"The packages « {other.package} » and « {plugin.package} » end alike; rename one of them."
    return ""


def _refuse_twin(plugin: Discovered, accepted: Collection[Discovered]) -> Discovered:
    """Leave out all that claim one code: were one chosen, a newcomer could retire everything the other declares."""
    twins = [other.distribution for other in accepted if other.service and other.name == plugin.name]
    if plugin.service is None or len(twins) == 1:
        return plugin
    problem = f"The code « {plugin.name} » is declared by {' and '.join(twins)}; none of them is used. Remove one."
    return replace(plugin, status=Status.BROKEN, problem=problem, service=None)


def _describe_shared_letter(service: Service, others: Collection[Discovered]) -> str:
    """The letter is only a proposal, so sharing one is no reason to close a service."""
    for other in others:
        if other.service and other.service.letter == service.letter:
            return (
                f"It proposes the letter {service.letter}, which « {other.name} » proposes too; "
                "choose another letter for one of them."
            )
    return ""


def _name_last(package: str) -> str:
    """What the site calls the package: its last part, which has to be unique among all that is installed."""
    return package.rpartition(".")[2]


def _name_package(module: str) -> str:
    """The package around an imported ``module``: itself, or its parent when it is a single file in one."""
    return sys.modules[module].__package__ or module
