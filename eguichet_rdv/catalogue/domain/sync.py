"""Bring the catalogue in line with the installed plugins. What the municipality has changed is never touched."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Model

from eguichet_rdv.catalogue.domain.declared import (
    CONFIRMED_VALUES,
    describe_kind,
    describe_procedure,
    describe_service,
    list_handled,
)
from eguichet_rdv.catalogue.domain.editors import allow_editors
from eguichet_rdv.catalogue.domain.page_tree import create_pages
from eguichet_rdv.catalogue.enums import PluginStatus
from eguichet_rdv.catalogue.models import CounterKind, PluginRecord, Procedure, Service
from eguichet_rdv.plugin import Service as Declared
from eguichet_rdv.plugin.loader import Discovered, Status

EDITED = {"service": ("view", "add", "change"), "procedure": ("view", "change"), "pluginrecord": ("view",)}


@dataclass
class SyncReport:
    """What a sync has changed; names are ``service`` or ``service/procedure``."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    pages: int = 0
    """How many pages were created."""
    problems: list[str] = field(default_factory=list)
    """One sentence for each plugin with a problem."""

    @property
    def unchanged(self) -> bool:
        """Whether everything was as declared already."""
        return not (self.created or self.changed or self.retired or self.returned or self.pages)

    def lines(self) -> list[str]:
        """The report as lines for a terminal."""
        counts = (("new", self.created), ("changed", self.changed), ("retired", self.retired), ("back", self.returned))
        lines = [f"{word}: {', '.join(names)}" for word, names in counts if names]
        if self.pages:
            lines.append(f"pages created: {self.pages}")
        return [*(lines or ["The catalogue is up to date."]), *self.problems]


@transaction.atomic
def sync_catalogue(plugins: Sequence[Discovered], *, now: datetime, pages: bool = True) -> SyncReport:
    """Record ``plugins`` and what the active ones declare; retire what vanished; create missing pages once.

    A broken or incompatible plugin keeps what it declared last: a bad update must not close a service. A plugin that
    is gone or disabled takes its service out of the offer; its appointments stay. ``pages=False`` leaves pages alone.
    """
    report = SyncReport(problems=[_describe_problem(plugin) for plugin in plugins if plugin.problem])
    known = set(PluginRecord.objects.values_list("name", flat=True))
    _record_plugins(plugins, report, now)
    declared = {plugin.name: plugin for plugin in plugins if plugin.status is Status.ACTIVE and plugin.service}
    services = {service.code: service for service in Service.objects.all()}
    for position, plugin in enumerate(declared.values()):
        if plugin.service is not None:
            service = services.get(plugin.name) or Service(code=plugin.name, position=position)
            if plugin.name not in known:  # it may have been in the house without appointments; now a plugin brings them
                service.takes_appointments = True
            _sync_service(service, plugin.service, plugin.package, report)
    kept = {plugin.name for plugin in plugins if plugin.status in {Status.BROKEN, Status.INCOMPATIBLE}}
    for code in known - declared.keys() - kept:
        if code in services:
            _retire_service(services[code], report, now)
    _retire_vanished(declared, report, now)
    if pages:
        report.pages = create_pages()
        allow_editors("catalogue", EDITED)
    return report


def _describe_problem(plugin: Discovered) -> str:
    return f"{plugin.name} ({plugin.distribution} {plugin.version}) is {plugin.status}: {plugin.problem}"


def _record_plugins(plugins: Sequence[Discovered], report: SyncReport, now: datetime) -> None:
    records = {(record.name, record.distribution): record for record in PluginRecord.objects.all()}
    seen = set()
    for plugin in plugins:
        key = (plugin.name[:120], plugin.distribution[:120])
        if key in seen:  # the same name twice in one distribution: the first counts
            continue
        seen.add(key)
        values = {"version": plugin.version[:60], "status": str(plugin.status), "problem": plugin.problem}
        record = records.get(key, PluginRecord(name=key[0], distribution=key[1], seen_at=now))
        if key not in records or _assign(record, values):
            _assign(record, {**values, "seen_at": now})
            report.changed.append(f"plugin {plugin.name}")
            record.save()
    for key, record in records.items():
        if key not in seen and _assign(record, {"status": PluginStatus.MISSING, "problem": ""}):
            report.changed.append(f"plugin {record.name}")
            record.save()


def _assign(row: Model, values: dict[str, Any]) -> list[str]:
    """Set ``values`` on ``row``; the names of those that were different."""
    different = [name for name, value in values.items() if getattr(row, name) != value]
    for name in different:
        setattr(row, name, values[name])
    return different


def _store(row: Model, values: dict[str, Any], name: str, report: SyncReport) -> list[str]:
    """Save ``row`` if it is new or differs from ``values``, and say so."""
    new = row.pk is None
    returning = not new and getattr(row, "retired_at", None) is not None
    different = _assign(row, {**values, "retired_at": None})
    if new or different:
        row.save()
        (report.created if new else report.returned if returning else report.changed).append(name)
    return [] if new else different


def _sync_service(service: Service, declared: Declared, package: str, report: SyncReport) -> None:
    _store(service, describe_service(declared, package, _list_languages()), declared.code, report)
    procedures = {procedure.code: procedure for procedure in service.procedures.all()}
    for place, described in enumerate(declared.procedures):
        procedure = procedures.setdefault(described.code, Procedure(service=service, code=described.code))
        values = describe_procedure(described, package, _list_languages())
        # A procedure this one follows may be declared later, so the links come in a second round.
        different = _store(procedure, {**values, "position": place}, f"{declared.code}/{described.code}", report)
        _ask_again(procedure, different)
    for described in declared.procedures:
        procedure, followed = procedures[described.code], procedures.get(described.follows)
        if procedure.follows_id != (followed.pk if followed else None):
            procedure.follows = followed
            procedure.save(update_fields=["follows"])
    _sync_kinds(service, declared, package, procedures, report)


def _ask_again(procedure: Procedure, different: list[str]) -> None:
    """A confirmed value that the plugin has changed since is to be confirmed again, unless a local one hides it."""
    changed = [name for name in CONFIRMED_VALUES if f"{name}_declared" in different]
    if procedure.confirmed_at and any(getattr(procedure, f"{name}_override") is None for name in changed):
        procedure.confirmed_at = procedure.confirmed_by = None
        procedure.save(update_fields=["confirmed_at", "confirmed_by"])


def _sync_kinds(
    service: Service, declared: Declared, package: str, procedures: dict[str, Procedure], report: SyncReport
) -> None:
    kinds = {kind.code: kind for kind in service.counter_kinds.all()}
    for counter in declared.counters:
        kind = kinds.pop(counter.code, None) or CounterKind(service=service, code=counter.code)
        values = describe_kind(counter, package, _list_languages())
        _store(kind, values, f"{declared.code} (counter {counter.code})", report)
        handled = {procedures[code].pk for code in list_handled(counter, declared)}
        if set(kind.procedures.values_list("pk", flat=True)) != handled:
            kind.procedures.set(handled)


def _retire_service(service: Service, report: SyncReport, now: datetime) -> None:
    if service.retired_at is None:
        service.retired_at = now
        service.save(update_fields=["retired_at"])
        report.retired.append(service.code)
    rows: list[Procedure | CounterKind] = [
        *service.procedures.filter(retired_at=None),
        *service.counter_kinds.filter(retired_at=None),
    ]
    for row in rows:
        _retire(row, report, now)


def _retire_vanished(declared: dict[str, Discovered], report: SyncReport, now: datetime) -> None:
    """Retire procedures and kinds of counter that their service no longer declares."""
    scope = {"service__code__in": list(declared), "retired_at": None}
    rows: list[Procedure | CounterKind] = [
        *Procedure.objects.filter(**scope).select_related("service"),
        *CounterKind.objects.filter(**scope).select_related("service"),
    ]
    for row in rows:
        service = declared[row.service.code].service
        if service is None:
            continue
        members = service.procedures if isinstance(row, Procedure) else service.counters
        if row.code not in {member.code for member in members}:
            _retire(row, report, now)


def _retire(row: Procedure | CounterKind, report: SyncReport, now: datetime) -> None:
    row.retired_at = now
    row.save(update_fields=["retired_at"])
    if isinstance(row, Procedure):
        report.retired.append(f"{row.service.code}/{row.code}")


def _list_languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES]
